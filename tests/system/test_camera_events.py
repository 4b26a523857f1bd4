"""A camera's own detection: events of a simulated ONVIF device become alerts, alone or beside
our detector, whatever the device does to the one who asks."""
import sys
import time

import pytest
from conftest import PASSWORD, PATIENCE, ROOT, USER, wait_until

sys.path.insert(0, str(ROOT / "tests/peers"))
from onvif_device import Device  # noqa: E402


@pytest.fixture
def make_device():
    devices = []

    def make(village, camera, *quirks):
        streams = [village.url(camera), village.url(camera, "sub")]
        devices.append(Device(streams, USER, PASSWORD, quirks))
        return devices[-1]

    yield make
    for device in devices:
        device.close()


def listen(kengd, village, camera, device, source, **more):
    return kengd.add(camera, village, onvif={"port": device.port, "events": True},
                     motion={"source": source} | more.pop("motion", {}), **more)


def wait_heard(kengd, camera):
    wait_until(f"{camera}'s own detection", 20 * PATIENCE,
               lambda: kengd.camera(camera)["onvif"]["state"] == "on", every=0.2)


def events_of(web, camera):
    return [e for e in web.json("/api/events?limit=50")["events"] if e["camera"] == camera]


def test_what_the_camera_sees_alone_becomes_an_alert_with_its_picture(kengd, make_village, make_device):
    """Without our detector; the login is WS-UsernameToken, the camera's clock an hour off."""
    village = make_village("gieng-dinh")
    device = make_device(village, "gieng-dinh", "auth=token", "clock=-3600", "chunked")
    listen(kengd, village, "gieng-dinh", device, "camera").start()
    kengd.wait_recording()
    began = int(time.time())
    wait_heard(kengd, "gieng-dinh")
    told = kengd.camera("gieng-dinh")["onvif"]
    assert -3605 < told["clock_offset_s"] < -3595 and device.failed == 0
    web = kengd.web(person="truc-ban")
    assert not events_of(web, "gieng-dinh")
    device.set("human", True)
    wait_until("the alert", 15 * PATIENCE,
               lambda: web.json("/api/alerts")["alerts"], every=0.2)
    event = events_of(web, "gieng-dinh")[0]
    picture = wait_until("its picture", 10 * PATIENCE, lambda: (
        a := web.get(f"/api/events/{event['id']}/snapshot.jpg")).status_code == 200 and a, every=0.2)
    assert picture.content[:2] == b"\xff\xd8" and event["box"] is None
    device.set("human", False)
    wait_until("its end", 10 * PATIENCE, lambda: events_of(web, "gieng-dinh")[0]["end"], every=0.2)
    device.set("tamper", True)
    wait_until("tampering", 10 * PATIENCE, lambda: kengd.camera("gieng-dinh")["onvif"]["tamper"])
    assert len(events_of(web, "gieng-dinh")) == 1

    def reload(events, source):
        kengd.config["cameras"]["gieng-dinh"] |= {
            "onvif": {"port": device.port, "events": events}, "motion": {"source": source}}
        kengd.write_config()
        assert "gieng-dinh" not in kengd.ctl("reload").stdout, "it was started anew"
    reload(False, "own")
    assert kengd.camera("gieng-dinh")["onvif"] is None
    reload(True, "both")
    wait_heard(kengd, "gieng-dinh")
    stretches = web.json(f"/api/cameras/gieng-dinh/recordings?from={began}&to={int(time.time())}")["stretches"]
    assert all(s["kind"] == "recording" for s in stretches[:-1]), stretches


def test_agree_needs_both_and_both_needs_either(kengd, make_village, make_device):
    village = make_village("a:cong-lang", "b:cong-lang")
    agree, both = make_device(village, "a", "auth=digest"), make_device(village, "b", "auth=digest")
    listen(kengd, village, "a", agree, "agree", motion={"sensitivity": 1})
    listen(kengd, village, "b", both, "both", motion={"sensitivity": 1})
    kengd.start()
    kengd.wait_recording()
    for camera in ("a", "b"):
        wait_heard(kengd, camera)
    web = kengd.web(person="truc-ban")
    wait_until("an event by our detector alone, where either is enough", 60 * PATIENCE,
               lambda: events_of(web, "b"), every=0.5)
    assert not events_of(web, "a"), "our detector alone made an event"
    agree.set("motion", True)
    wait_until("an event, now that both see something", 60 * PATIENCE,
               lambda: events_of(web, "a"), every=0.2)
    assert events_of(web, "a")[0]["box"], "the picture is our detector's"
    assert agree.failed == 0 and both.failed == 0


@pytest.mark.parametrize("quirk", ["bomb", "deep", "huge", "junk", "faults", "slow=0.3"])
def test_a_hostile_device_costs_its_own_events_and_nothing_else(kengd, make_village, make_device, quirk):
    village = make_village("gieng-dinh")
    device = make_device(village, "gieng-dinh", quirk)
    listen(kengd, village, "gieng-dinh", device, "both").start()
    kengd.wait_recording()
    wait_until("the device's answer was refused", 25 * PATIENCE,
               lambda: kengd.camera("gieng-dinh")["onvif"]["state"] == "lost", every=0.2)
    assert kengd.camera("gieng-dinh")["state"] == "recording"
    assert kengd.camera("gieng-dinh")["reconnects"] == 0


def test_a_refused_login_is_tried_at_most_three_times_and_a_lost_device_comes_back(
        kengd, make_village, make_device):
    village = make_village("a:gieng-dinh", "b:gieng-dinh")
    refusing, leaving = make_device(village, "a", "refuse"), make_device(village, "b", "crowd")
    listen(kengd, village, "a", refusing, "both")
    listen(kengd, village, "b", leaving, "both")
    kengd.start()
    wait_heard(kengd, "b")
    wait_until("the refusal", 20 * PATIENCE,
               lambda: kengd.camera("a")["onvif"]["state"] == "refused", every=0.2)
    before = leaving.pulled()
    began = time.monotonic()
    leaving.close()
    wait_until("the loss", 20 * PATIENCE, lambda: kengd.camera("b")["onvif"]["state"] == "lost")
    passed = time.monotonic() - began
    assert leaving.pulled() - before <= passed + 3, "a device that answers at once is asked once a second"
    again = Device(leaving.streams, USER, PASSWORD, port=leaving.port)
    wait_heard(kengd, "b")
    kengd.ctl("reload")
    assert 1 <= refusing.failed <= 3
    kengd.kill()
    kengd.start()
    wait_until("the pause or another refusal", 20 * PATIENCE,
               lambda: kengd.camera("a")["onvif"]["state"] == "refused", every=0.2)
    assert refusing.failed <= 3
    again.close()
