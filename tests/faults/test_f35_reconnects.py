"""F35: descriptors, threads and memory leak with reconnects.

Injection: cameras whose connections are cut over and over, 10,000 times altogether, each when
it has played for so long that kengd comes again at once (short form: 16 times, when they have
played for a moment; the child's half goes through 10,000 in the unit test
eye-session-reconnects). Then they are left alone.
Pass: the same processes have the same descriptors and threads as when each had been cut ten times;
without sanitizers, which keep freed memory (KENGD_BUILD of a build without), the nursery and each
camera's process no more than 1 MiB of memory, and kengd no more than 4: SQLite keeps as much of a
catalogue that grows (a connection's cache_size; with a tenth of it 10,000 cuts cost a tenth).
"""
import os
import pathlib
import socket
import threading
import time

from conftest import BUILD, LONG, PATIENCE, wait_until

CAMERAS = 32 if LONG else 4
CUTS = int(os.environ.get("KENGD_CUTS", 10_000)) if LONG else 16
WARM_UP = CAMERAS * 10 if LONG else CAMERAS
PLAYS_S = 10.5 if LONG else 0
MOST_KB = 1024
MOST_KENGD_KB = 4096
SANITIZED = b"__asan_init" in (BUILD / "daemon/kengd").read_bytes()


class Cutting:
    """Stands before a camera; cuts each connection off when some video has passed."""

    def __init__(self, port):
        self.behind, self.cutting, self.cuts, self.open = port, True, 0, 0
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.stand_between, args=(peer,), daemon=True).start()

    def stand_between(self, peer):
        passed, end = 0, time.monotonic() + PLAYS_S
        with peer, socket.create_connection(("127.0.0.1", self.behind)) as camera:
            threading.Thread(target=self.back, args=(peer, camera), daemon=True).start()
            self.count(1, 0)
            try:
                while (some := camera.recv(65536)) and not (
                        self.cutting and passed > 20_000 and time.monotonic() > end):
                    passed += len(some)
                    peer.sendall(some)
            except OSError:
                pass
            self.count(-1, 1)

    def count(self, opened, cut):
        with self.lock:
            self.open += opened
            self.cuts += cut

    @staticmethod
    def back(peer, camera):
        """Ends both ways with kengd's side: a camera that says nothing would never notice."""
        try:
            while some := peer.recv(4096):
                camera.sendall(some)
            camera.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def processes(pid):
    """kengd, its nursery and the cameras' processes: name -> pid."""
    found = {"kengd": pid}
    below = [pid]
    while below:
        children = pathlib.Path(f"/proc/{below[0]}/task/{below.pop(0)}/children").read_text().split()
        below += [int(child) for child in children]
        for child in children:
            found[pathlib.Path(f"/proc/{child}/comm").read_text().strip()] = int(child)
    return found


def held(pid):
    status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().split("Pss:")[1]
    return {"descriptors": len(os.listdir(f"/proc/{pid}/fd")), "threads": int(status["Threads"]),
            "pid": pid}, int(status["VmRSS"].split()[0]), int(rollup.split()[0])


def test_many_reconnects_leave_nothing_behind(kengd, make_village):
    village = make_village(*(f"c{number}:cong-lang" for number in range(CAMERAS)), login=False)
    proxies = [Cutting(village.port) for _ in range(CAMERAS)]
    for number, proxy in enumerate(proxies):
        url = f"rtsp://127.0.0.1:{proxy.port}/c{number}"
        kengd.add(f"c{number}", url=f"{url}/sub", sub_url=f"{url}/sub", motion="off", view="off")
        proxy.cutting = False
    kengd.start().wait_recording(seconds=30)

    def all_stand():
        return all(proxy.open == 2 for proxy in proxies) and all(
            c["state"] == "recording" and c["sub"] for c in kengd.ctl_json("cameras")["cameras"])

    def steady():
        """What each process holds, when that has been the same for three seconds."""
        seen = []

        def look():
            seen.append({name: held(pid) for name, pid in processes(kengd.run.pid).items()})
            facts = [{name: facts for name, (facts, _, _) in found.items()} for found in seen[-4:]]
            return len(facts) == 4 and all(f == facts[0] for f in facts) and seen[-1]

        return wait_until("processes that hold the same", 60 * PATIENCE, look, every=1)

    def held_after(cuts):
        """What each process holds when so many connections were cut and all stand again."""
        for proxy in proxies:
            proxy.cutting = True
        wait_until("cuts", cuts * 2, lambda: sum(proxy.cuts for proxy in proxies) >= cuts, every=0.5)
        for proxy in proxies:
            proxy.cutting = False
        wait_until("both connections of each camera again", 90 * PATIENCE, all_stand, every=0.5)
        return steady()

    wait_until("both connections of each camera", 30 * PATIENCE, all_stand, every=0.5)
    before = held_after(WARM_UP)
    after = held_after(WARM_UP + CUTS)
    for what, index in (("RSS", 1), ("PSS", 2)):
        print(f"{what} kB before and after {sum(proxy.cuts for proxy in proxies)} cuts:", {
            name: (before[name][index], after[name][index]) for name in list(after)[:5]}, "all:",
            sum(held[index] for held in before.values()), sum(held[index] for held in after.values()))
    print("descriptors:", sum(held[0]["descriptors"] for held in after.values()))
    for name, (now, memory_kb, _) in after.items():
        assert now == before[name][0], name
        most_kb = MOST_KENGD_KB if name == "kengd" else MOST_KB
        assert SANITIZED or memory_kb <= before[name][1] + most_kb, name
    for proxy in proxies:
        proxy.listener.close()
