"""F35: descriptors, threads and memory leak with reconnects.

Injection: cameras whose connections are cut when they have played for a moment, over and over:
10,000 times altogether (short form: 32, because kengd waits longer each time; the child's half
goes through 10,000 in the unit test eye-session-reconnects). Then they are left alone.
Pass: the same processes have the same descriptors and threads as before; without sanitizers,
which keep freed memory, no more than 2 MiB of memory each.
"""
import os
import pathlib
import socket
import threading
import time

from conftest import BUILD, LONG, PATIENCE, wait_until

CAMERAS = 32 if LONG else 4
CUTS = 10_000 if LONG else 32
SANITIZED = b"__asan_init" in (BUILD / "daemon/kengd").read_bytes()


class Cutting:
    """Stands before a camera; cuts each connection off when some video has passed."""

    def __init__(self, port):
        self.behind, self.cutting, self.cuts, self.open = port, True, 0, 0
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
        passed = 0
        with peer, socket.create_connection(("127.0.0.1", self.behind)) as camera:
            threading.Thread(target=self.back, args=(peer, camera), daemon=True).start()
            self.open += 1
            try:
                while (some := camera.recv(65536)) and not (self.cutting and passed > 20_000):
                    passed += len(some)
                    peer.sendall(some)
            except OSError:
                pass
            self.open -= 1
            self.cuts += 1

    @staticmethod
    def back(peer, camera):
        try:
            while some := peer.recv(4096):
                camera.sendall(some)
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
    return {"descriptors": len(os.listdir(f"/proc/{pid}/fd")), "threads": int(status["Threads"]),
            "pid": pid}, int(status["VmRSS"].split()[0])


def test_many_reconnects_leave_nothing_behind(kengd, make_village):
    village = make_village(*(f"c{number}:cong-lang" for number in range(CAMERAS)), login=False)
    proxies = [Cutting(village.port) for _ in range(CAMERAS)]
    for number, proxy in enumerate(proxies):
        url = f"rtsp://127.0.0.1:{proxy.port}/c{number}"
        kengd.add(f"c{number}", url=f"{url}/main", sub_url=f"{url}/sub", motion="off")
        proxy.cutting = False
    kengd.start().wait_recording(seconds=30)

    def all_stand():
        return all(proxy.open == 2 for proxy in proxies) and all(
            kengd.camera(camera)["sub"] for camera in kengd.config["cameras"])

    wait_until("both connections of each camera", 30 * PATIENCE, all_stand, every=0.5)
    before = {name: held(pid) for name, pid in processes(kengd.run.pid).items()}
    for proxy in proxies:
        proxy.cutting = True
    wait_until("cuts", CUTS * 2, lambda: sum(proxy.cuts for proxy in proxies) >= CUTS, every=0.5)
    for proxy in proxies:
        proxy.cutting = False
    wait_until("both connections of each camera again", 90 * PATIENCE, all_stand, every=0.5)
    time.sleep(2)  # what was on its way is closed
    for name, pid in processes(kengd.run.pid).items():
        now, memory_kb = held(pid)
        assert now == before[name][0], name
        assert SANITIZED or memory_kb < before[name][1] + 2048, name
    for proxy in proxies:
        proxy.listener.close()
