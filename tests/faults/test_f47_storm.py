"""F47: a storm of alerts.

Injection: cameras' processes (tests/peers/hostile_nursery, since a real one has no 25 events a minute) report
motion as fast as each may (daemon/watch/ration.c): 5,000 events a minute at 200 cameras, in the short form
a few seconds of it at fewer; with `cool_down: 0 s` every event is an alert of its own.
Pass: the first is told within 2 s, at most one push a camera and minute, every event is listed; what was not
told one by one is told with its exact number (long form, at one camera and with a spacing of seconds).
"""
import sys
import time

import pytest
from conftest import LONG, PATIENCE, SYSTEM, wait_until
from test_hostile_child import take_over

sys.path.insert(0, str(SYSTEM))
from test_camera_events import events_of, listen, make_device, wait_heard  # noqa: E402, F401
from test_channels import push, start, subscribe  # noqa: E402, F401

CAMERAS, EVENTS, EVERY_S = (200, 25, 2.4) if LONG else (50, 6, 1.2)


def all_events(web):
    """Through the pages of the list, as a program reads it."""
    found, before = {}, ""
    while True:
        page = web.json(f"/api/events?limit=500{before}")
        found |= {event["id"]: event["camera"] for event in page["events"]}
        if not page["next"]:
            return found
        before = f"&before={page['next']}"


def test_five_thousand_events_a_minute_are_listed_and_wake_once_a_camera(kengd, monkeypatch, push):  # noqa: F811
    go = kengd.directory / "go"
    births = take_over(kengd, monkeypatch, KENGD_STORM=f"{go} {EVENTS} {EVERY_S}")
    for n in range(CAMERAS):
        kengd.add(f"xau-storm-{n}", url="rtsp://127.0.0.1:9/main", motion=False)
    kengd.config["alerts"] = {"motion": {"cool_down": "0 s"}, "hourly": 1000,
                              "health": {"camera": "1 day", "recording": "1 day"}, "all_well": -1}
    start(kengd, monkeypatch, push)
    phone = push.phone("dong")
    head = subscribe(kengd, phone)
    wait_until("every camera's process", 60 * PATIENCE,
               lambda: births.exists() and len(births.read_text().split()) >= CAMERAS)
    began = time.time()
    go.touch()
    wait_until("the first", 2 * PATIENCE, lambda: phone.messages, every=0.01)
    wait_until("every event", EVENTS * EVERY_S + 60 * PATIENCE,
               lambda: len(all_events(head)) == CAMERAS * EVENTS, every=1)
    listed, cameras = time.time() - began, set(all_events(head).values())
    assert len(cameras) == CAMERAS

    def told():
        times = {}
        for message, at in zip(list(phone.messages), list(phone.times)):
            times.setdefault(message["alert"]["camera"], []).append(at)
        return times
    wait_until("a push of every camera", 60 * PATIENCE, lambda: set(told()) == cameras, every=0.2)
    assert all(b - a > 59 for at in told().values() for a, b in zip(at, at[1:])), told()
    firsts = sorted(at[0] - began for at in told().values())
    print(f"{CAMERAS * EVENTS} events of {CAMERAS} cameras in {EVENTS * EVERY_S:.0f} s: the first told after "
          f"{firsts[0]:.2f} s, the last camera's first after {firsts[-1]:.1f} s, all listed after {listed:.1f} s")


SPACED, SPACING_S = 18, 10


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
    for n in range(SPACED):
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
    wait_until("the sum", (SPACING_S + 10) * PATIENCE, lambda: told() == SPACED)
    assert len(phone.messages) <= 3 + (ended - began) / SPACING_S, "one message in a spacing"
    assert all(b - a > SPACING_S - 1 for a, b in zip(phone.times, phone.times[1:]))
    assert not phone.messages[0]["digest"] and any(m["digest"] for m in phone.messages)
    assert len(head.json("/api/alerts?limit=50")["alerts"]) == SPACED
