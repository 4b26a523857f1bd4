"""What lasts of a camera is told after its grace time, once, and told to be over."""
from conftest import PATIENCE, wait_until


def health(web, condition):
    return [a for a in web.json("/api/alerts")["alerts"] if a["event"]["condition"] == condition]


def test_a_lost_camera_is_told_once_also_across_a_restart_and_is_back_again(kengd, make_village):
    kengd.config["alerts"]["health"] = {"camera": "1 s", "settle": "1 s"}
    village = make_village("cong-lang")
    kengd.add("cong-lang", village, name="Cổng làng", motion="off").start().wait_recording()
    village.stop()
    staff = kengd.web(person="truc-ban")
    alert = wait_until("the alert", 30 * PATIENCE, lambda: health(staff, "camera/cong-lang"))[0]
    assert alert["kind"] == "health" and alert["state"] == "open"
    assert alert["event"]["severity"] == "warning" and alert["event"]["end"] is None
    assert alert["event"]["camera"] == "cong-lang"
    assert "ngắt kết nối" in alert["event"]["texts"]["vi"]
    assert alert["event"]["texts"]["en"] != alert["event"]["texts"]["vi"]
    kengd.kill()
    kengd.start()
    staff = kengd.web(person="truc-ban")
    wait_until("it is lost still", 30 * PATIENCE, lambda: kengd.camera("cong-lang")["state"] == "lost")
    village.start()
    kengd.wait_recording(seconds=40)
    wait_until("back again", 30 * PATIENCE,
               lambda: health(staff, "camera/cong-lang")[0]["state"] == "resolved")
    alerts = health(staff, "camera/cong-lang")
    assert len(alerts) == 1 and alerts[0]["id"] == alert["id"]
    assert alerts[0]["closed_by"] == "kengd" and alerts[0]["event"]["end"]
