"""Somebody walks from one camera's view into another's: one alert, and people are woken once."""
from conftest import PATIENCE, wait_until
from test_camera_events import events_of, listen, make_device, wait_heard  # noqa: F401


def test_motion_at_two_cameras_of_one_group_is_one_alert(kengd, make_village, make_device):  # noqa: F811
    village = make_village("a:gieng-dinh", "b:gieng-dinh")
    devices = {camera: make_device(village, camera, "auth=digest") for camera in "ab"}
    kengd.config["areas"]["xa"]["group"] = "5 min"
    listen(kengd, village, "a", devices["a"], "camera")
    listen(kengd, village, "b", devices["b"], "camera", area="thon-doai")
    kengd.start().wait_recording()
    web = kengd.web(person="truc-ban")
    for camera, device in devices.items():
        wait_heard(kengd, camera)
        device.set("motion", True)
        wait_until("its event", 15 * PATIENCE, lambda: events_of(web, camera), every=0.2)
    alert, = web.json("/api/alerts")["alerts"]
    assert alert["event"]["camera"] == "a" and alert["merged"] == 1 and alert["cameras"] == ["b"]
    assert len(alert["camera_names"]) == 1
    why = kengd.ctl_json("alert", "explain", "--camera", "b")
    assert why["joins"]["alert"] == alert["id"] and why["joins"]["camera"] == "a"
    assert why["grouping"] == {"cool_down_s": 10, "group_s": 300, "group": "xa"}
    assert alert["id"] in kengd.ctl("--lang", "vi", "alert", "explain", "--camera", "b").stdout
    assert web.post(f"/api/alerts/{alert['id']}/acknowledge").status_code == 200
    assert kengd.ctl_json("alert", "explain", "--camera", "b")["joins"] is None, "answered: news"
