"""F01: a camera hangs with its connection open. F04: it is away for long. F05: power returns,
and all cameras answer in the same second.

Injection: badcam is stopped (SIGSTOP) and goes on; one port is closed for a while; the ports of
48 cameras open at once. Pass: the gap is known within 5 s; a frame is on disk within 3 s of a
hung camera's return and within 60 s of any (24 hours of it with injected time:
tests/unit/watch/test_backoff.c); all 48 record within 15 s.
"""
import signal
import time

import pytest
from bad_cameras import LONG, add_bad
from conftest import PATIENCE, stamps, wait_until

AWAY_S = 600 if LONG else 8


def frames(kengd, camera):
    return len(stamps(kengd.segments(camera), camera))


def test_a_hung_camera_is_noticed_and_recorded_when_it_goes_on(kengd, bad_camera):
    bad = bad_camera(gate={})
    add_bad(kengd, bad, "gate", {})
    kengd.start().wait_recording("gate")
    wait_until("footage", 10 * PATIENCE, lambda: frames(kengd, "gate") > 30)
    bad.run.send_signal(signal.SIGSTOP)
    try:
        wait_until("the loss", 5 * PATIENCE, lambda: kengd.camera("gate")["state"] != "recording")
        time.sleep(AWAY_S)
        before = frames(kengd, "gate")
    finally:
        bad.run.send_signal(signal.SIGCONT)
    wait_until("a frame on disk", 3 * PATIENCE, lambda: frames(kengd, "gate") > before)
    web = kengd.web(person="truc-ban")
    day = f"from={int(time.time()) - 7200}&to={int(time.time()) + 60}"
    stretches = web.json("/api/cameras/gate/recordings?" + day)["stretches"]
    assert [s["cause"] for s in stretches if s["kind"] == "gap"][-1] in ("network", "camera"), stretches


@pytest.mark.parametrize("count", [48])
def test_all_record_soon_after_power_returns(kengd, bad_camera, count):
    cameras = {f"cam_{i:02}": {"audio": "aac", "sessions_most": 2, "opens": False} for i in range(count)}
    bad = bad_camera(**cameras)
    names = [name.replace("_", "-") for name in cameras]
    for name in names:
        add_bad(kengd, bad, name, {"kengd": {"sub_url": bad.url(name, "sub")}})
    kengd.start()
    wait_until("all are known to be away", 20 * PATIENCE, lambda: all(
        c["reason_code"] == "port_closed" for c in kengd.ctl_json("cameras")["cameras"]), every=0.3)
    bad.ask(open=True)
    opened = time.monotonic()
    web = kengd.web(person="truc-ban")

    def recording():
        return sum(c["state"] == "recording" for c in web.json("/api/cameras")["cameras"])
    wait_until(f"all {count} record", 15 * PATIENCE, lambda: recording() == count, every=0.3)
    print(f"all recorded {time.monotonic() - opened:.1f} s after the ports opened")
    assert all(s["sessions_at_once"] <= 2 for s in bad.ask(ask="stats").values())
