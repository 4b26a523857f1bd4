"""Whatever is broken on purpose: kengd ends when it is told to, leaves nothing behind, and
grows by nothing."""
import concurrent.futures
import os
import random
import signal
import socket
import threading
import time

import pytest
import requests
from conftest import PATIENCE, wait_until
from test_kill import nursery_and_children

ENDS_WITHIN_S = 5


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def wait_gone(pids):
    wait_until("every process gone", ENDS_WITHIN_S, lambda: not any(map(is_alive, pids)))


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def named(daemon, name):
    below = nursery_and_children(daemon.run.pid)
    return [int(pid) for pid, command in below.items() if command.startswith(name)]


@pytest.mark.parametrize("delay_s", [0.03, 0.1, 0.3, 1])
def test_it_ends_at_any_moment_of_its_start(kengd, make_village, delay_s):
    village = make_village("cong-lang", "gieng-dinh")
    kengd.add("cong-lang", village).add("gieng-dinh", village)
    kengd.start(wait=False)
    time.sleep(delay_s)
    below = [int(pid) for pid in nursery_and_children(kengd.run.pid)]
    began = time.monotonic()
    kengd.run.send_signal(signal.SIGTERM)
    assert kengd.run.wait(timeout=30) in (0, -signal.SIGTERM)
    assert time.monotonic() - began < ENDS_WITHIN_S
    wait_gone(below)


def test_nothing_outlives_kengd_in_whatever_order_its_processes_end(kengd, make_village):
    village = make_village("cong-lang", "gieng-dinh")
    kengd.add("cong-lang", village).add("gieng-dinh", village).start().wait_recording()
    children, nursery = named(kengd, "cam-"), named(kengd, "keng-nursery")
    os.kill(nursery[0], signal.SIGKILL)
    again = wait_until("another nursery", 10 * PATIENCE,
                       lambda: [pid for pid in named(kengd, "keng-nursery") if pid not in nursery])
    for camera in ("cong-lang", "gieng-dinh"):
        assert kengd.camera(camera)["reconnects"] == 0
    os.kill(again[0], signal.SIGSTOP)
    kengd.kill()
    wait_gone(children + nursery + again)


def test_of_twenty_answers_at_once_exactly_one_is_taken(kengd):
    kengd.start()
    official, staff = kengd.token(person="truong-dong"), kengd.token(person="truc-ban")
    base = f"http://127.0.0.1:{kengd.port}"

    def post(path, token, body):
        return requests.post(base + path, json=body, timeout=30,
                             headers={"Authorization": f"Bearer {token}"})

    alarm = post("/api/alarm", official, {"area": "thon-dong"}).json()
    with concurrent.futures.ThreadPoolExecutor(20) as many:
        answers = list(many.map(
            lambda i: post(f"/api/alerts/{alarm['id']}/acknowledge", official if i % 2 else staff, {}),
            range(20)))
    assert sorted(a.status_code for a in answers) == [200] + [409] * 19
    taken = next(a for a in answers if a.status_code == 200).json()
    assert all(a.json()["alert"]["answered"] == taken["answered"]
               for a in answers if a.status_code == 409)


class Watching:
    """Viewers that come again whenever they are sent away, until the end."""

    def __init__(self, daemon, count):
        self.url = (f"http://127.0.0.1:{daemon.port}/api/live"
                    "?cameras=cong-lang,gieng-dinh,duong-de!main,duong-de!jpeg")
        self.headers = {"Authorization": f"Bearer {daemon.token(person='truc-ban')}"}
        self.over = False
        self.threads = [threading.Thread(target=self.watch) for _ in range(count)]
        for thread in self.threads:
            thread.start()

    def watch(self):
        while not self.over:
            try:
                with requests.get(self.url, headers=self.headers, stream=True, timeout=5) as live:
                    for _ in live.iter_content(65536):
                        if self.over:
                            break
            except requests.RequestException:
                time.sleep(0.05)

    def end(self):
        self.over = True
        for thread in self.threads:
            thread.join()


def test_fifty_reloads_in_a_row_leave_nothing_behind(kengd, make_village):
    village = make_village("cong-lang", "gieng-dinh", "duong-de")
    kengd.add("cong-lang", village).add("gieng-dinh", village).start().wait_recording()
    before = descriptors(kengd.run.pid)
    viewers = Watching(kengd, 3)
    for turn in range(50):
        if turn % 3 == 2:
            kengd.config["cameras"].pop("duong-de", None)
        else:
            kengd.add("duong-de", village, name=f"{turn}", sub=turn % 2 == 0)
        kengd.write_config()
        kengd.run.send_signal(signal.SIGHUP)
        time.sleep(random.uniform(0, 0.1))
    kengd.config["cameras"].pop("duong-de", None)
    kengd.write_config()
    kengd.ctl("reload")
    viewers.end()
    wait_until("as many descriptors as before", 10 * PATIENCE,
               lambda: descriptors(kengd.run.pid) <= before)
    assert len(named(kengd, "cam-")) == 2
    for camera in ("cong-lang", "gieng-dinh"):
        assert kengd.camera(camera)["reconnects"] == 0


class Flapping:
    """Stands before a camera and cuts every connection off after some bytes, a few of them wrong."""

    def __init__(self, port):
        self.behind = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.count = 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            self.count += 1
            threading.Thread(target=self.pass_some, args=(peer,), daemon=True).start()

    def pass_some(self, peer):
        left = random.choice([0, 1, 300, 900, 2000, 20000, 60000])
        with peer, socket.create_connection(("127.0.0.1", self.behind)) as camera:
            threading.Thread(target=self.pass_requests, args=(peer, camera), daemon=True).start()
            try:
                while left > 0 and (some := camera.recv(min(left, 4096))):
                    left -= len(some)
                    if random.random() < 0.05:
                        some = random.randbytes(len(some))
                    peer.sendall(some)
            except OSError:
                pass

    @staticmethod
    def pass_requests(peer, camera):
        try:
            while some := peer.recv(4096):
                camera.sendall(some)
        except OSError:
            pass


def test_cameras_that_flap_cost_no_descriptor_and_no_process(kengd, make_village):
    village = make_village("cong-lang", login=False)
    flapping = [Flapping(village.port) for _ in range(12)]
    for number, camera in enumerate(flapping):
        kengd.add(f"flap{number}", url=f"rtsp://127.0.0.1:{camera.port}/cong-lang/main",
                  sub_url=f"rtsp://127.0.0.1:{camera.port}/cong-lang/sub")
    kengd.start()
    before = wait_until("all processes", 20 * PATIENCE, lambda: (
        sorted(named(kengd, "cam-")) if len(named(kengd, "cam-")) == 12 else None))
    wait_until("connections that broke off", 20 * PATIENCE,
               lambda: sum(camera.count for camera in flapping) >= 50)
    assert sorted(named(kengd, "cam-")) == before
    # Beside its own: a link and a pidfd for each camera, and perhaps a dial for each channel
    # and a file.
    assert descriptors(kengd.run.pid) < 25 + 12 * 5
    for camera in flapping:
        camera.listener.close()
