"""F47: a storm of alerts.

Injection: a camera's own detection reports motion 18 times as fast as it can (more a camera is
not allowed: daemon/watch/ration.c), and every one is an alert of its own (`cool_down: 0 s`).
Pass: the first is told at once (2 s), one message in a spacing (seconds here, 1 min at first), which then
says the exact number of what it stands for; every event is listed. 5,000 events in a minute with
injected time, in each run: tests/unit/alert/storm_test.c.
"""
import sys
import time

import pytest
from conftest import PATIENCE, SYSTEM, wait_until

sys.path.insert(0, str(SYSTEM))
from test_camera_events import events_of, listen, make_device, wait_heard  # noqa: E402, F401
from test_channels import push, start, subscribe  # noqa: E402, F401

EVENTS, SPACING_S = 18, 10


@pytest.mark.hour  # short enough for ./dev faults only
def test_a_storm_wakes_once_and_is_summed_up_exactly(kengd, monkeypatch, make_village, make_device, push):  # noqa: F811
    village = make_village("gieng-dinh")
    device = make_device(village, "gieng-dinh", "auth=digest")
    kengd.config["alerts"] = {"motion": {"cool_down": "0 s"}, "spacing": f"{SPACING_S} s"}
    listen(kengd, village, "gieng-dinh", device, "camera")
    start(kengd, monkeypatch, push).wait_recording()
    wait_heard(kengd, "gieng-dinh")
    phone = push.phone("dong")
    head = subscribe(kengd, phone)
    began = time.time()
    for n in range(EVENTS):
        device.set("motion", True)
        wait_until(f"event {n}", 10 * PATIENCE, lambda: len(events_of(head, "gieng-dinh")) == n + 1)
        if n == 0:
            wait_until("the first", 2 * PATIENCE, lambda: phone.messages)
            print(f"first told after {phone.times[0] - began:.2f} s")
        device.set("motion", False)
        wait_until("its end", 10 * PATIENCE, lambda: events_of(head, "gieng-dinh")[0]["end"])
    ended = time.time()

    def told():
        return sum(m["count"] for m in phone.messages)
    wait_until("the sum", (SPACING_S + 10) * PATIENCE, lambda: told() == EVENTS)
    assert len(phone.messages) <= 3 + (ended - began) / SPACING_S, "one message in a spacing"
    assert all(b - a > SPACING_S - 1 for a, b in zip(phone.times, phone.times[1:]))
    assert not phone.messages[0]["digest"] and any(m["digest"] for m in phone.messages)
    assert len(head.json("/api/alerts?limit=50")["alerts"]) == EVENTS
