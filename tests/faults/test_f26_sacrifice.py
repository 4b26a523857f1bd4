"""F26 on the daemon: each write of a recording is held up by strace while a camera of 40 Mbit/s sends. Pass:
live pictures, detection, the sub-stream and the oldest whole fragments are given up in this order, each is
counted, and somebody is told."""
import contextlib
import re
import subprocess
import threading

import pytest
import requests
from conftest import BUILD, FOOTAGE, PATIENCE, Village, can_connect, wait_until

CAMERA, ORDER = "cong-lang", ["live", "detection", "sub", "fragments"]


@pytest.fixture
def heavy(directory):
    film = directory / "heavy.h264"
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=15:d=2,noise=alls=60",
                    "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-b:v", "40M", "-minrate", "40M",
                    "-maxrate", "40M", "-bufsize", "40M", "-g", "15", "-bsf:v", "h264_mp4toannexb", "-f", "h264", film],
                   check=True)
    village = Village(directory, [CAMERA])
    village.arguments = [f"{CAMERA}:main={film},sub={FOOTAGE}/{CAMERA}-sub.h264"]
    yield village.start()
    village.stop()


def watch(web, end):
    with contextlib.suppress(requests.RequestException), requests.get(f"{web.base}/api/cameras/{CAMERA}/live.mp4", headers=web.session.headers, stream=True,
                      timeout=120) as answer:
        for _ in answer.iter_content(65536):
            if end.is_set():
                return


def test_f26_a_slow_disk_costs_one_thing_after_the_other_and_each_is_counted(kengd, heavy):
    kengd.config["alerts"]["health"] = {"recording": "0 s"}
    kengd.add(CAMERA, heavy).write_config()
    slow = ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "--seccomp-bpf", "-e", "trace=pwritev", "-e",
            "inject=pwritev:delay_enter=4000000", "-E", "ASAN_OPTIONS=detect_leaks=0"]
    kengd.run = subprocess.Popen([*slow, BUILD / "daemon/kengd", "--config", kengd.config_file],
                                 stdout=open(kengd.log, "ab"), stderr=subprocess.STDOUT)
    wait_until("kengd's port", 30 * PATIENCE, lambda: can_connect(kengd.port))
    kengd.wait_recording(seconds=30)
    end = threading.Event()
    viewer = threading.Thread(target=watch, args=(kengd.web(person="truc-ban"), end))
    viewer.start()
    disk = lambda: kengd.ctl_json("status")["health"]["disk"]
    wait_until("fragments are given up", 60 * PATIENCE, lambda: disk()["given_up"] == "fragments" and
               disk()["dropped"] > 0, every=0.5)
    found = disk()
    staff = kengd.web(person="truc-ban")
    wait_until("somebody is told", 20 * PATIENCE, lambda: [
        a for a in staff.json("/api/alerts")["alerts"] if a["event"]["condition"] == "slow-disk"], every=0.5)
    end.set()
    kengd.kill()
    viewer.join()
    told = [ORDER.index(word) for word in re.findall(r"slow disk: .* given_up='(\w+)'", kengd.log.read_text())]
    rising = told[:told.index(ORDER.index("fragments")) + 1]
    assert rising == sorted(rising)
    assert min(found["live_withheld"], found["detection_paused_s"], found["sub_dropped"], found["dropped"]) > 0, found
