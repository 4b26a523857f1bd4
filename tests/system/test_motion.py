"""The detector under the admin's hand."""
import json
import subprocess

from conftest import FOOTAGE, PATIENCE, stamps, wait_until


def test_a_reload_changes_zones_masks_and_sensitivity_without_a_gap_in_the_recording(kengd, make_village):
    village = make_village("cong-lang")
    kengd.add("cong-lang", village, motion={"sensitivity": 3})
    kengd.start().wait_recording()
    kengd.config["site"]["place"] = [21.03, 105.85]
    kengd.config["cameras"]["cong-lang"]["motion"] = {
        "sensitivity": 5,
        "zones": {"cong": {"corners": [[0.1, 0.4], [0.9, 0.4], [0.9, 1]], "smallest": "0.3%", "stays": "2 s"}},
        "masks": {"cay": [[0, 0], [0.3, 0], [0.3, 0.2]]},
        "hours": ["mon-sun 00:00-24:00"],
        "night": {"hours": "sunset-sunrise", "sensitivity": 5}}
    kengd.write_config()
    kengd.ctl("reload")

    def taken_up():
        return "on=1 sensitivity=5 zones=1 masks=1" in kengd.log.read_text()

    wait_until("the camera's process has its new orders", 10 * PATIENCE, taken_up)
    kengd.ctl("reload")  # the same again is no change
    told = kengd.web(role="admin").json("/api/cameras/cong-lang")
    assert told["zones"] == [{"id": "cong", "corners": [[0.1, 0.4], [0.9, 0.4], [0.9, 1]], "smallest": 0.003,
                              "largest": 0, "stays_s": 2}]
    assert [mask["id"] for mask in told["masks"]] == ["cay"]
    assert told["night"] == {"hours": "sunset-sunrise", "zones": []}
    assert "zones" not in kengd.web(person="truong-dong").json("/api/cameras/cong-lang")
    newest = max(stamps(kengd.segments("cong-lang"), "cong-lang"), default=0)
    wait_until("more frames on disk", 20 * PATIENCE,
               lambda: max(stamps(kengd.segments("cong-lang"), "cong-lang"), default=0) > newest + 30)
    numbers = stamps(kengd.segments("cong-lang"), "cong-lang")
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert kengd.camera("cong-lang")["reconnects"] == 0
    assert kengd.log.read_text().count("motion looks by other settings") == 1


def test_recorded_files_are_replayed_in_the_sandbox_by_the_settings_of_a_camera(kengd, directory):
    clip = directory / "lane.mp4"
    subprocess.run(["ffmpeg", "-v", "error", "-r", "15", "-i", FOOTAGE / "gieng-dinh-sub.h264", "-c", "copy", clip],
                   check=True, timeout=60)
    move = json.loads((FOOTAGE / "gieng-dinh.json").read_text())["moves"][0]
    far = {"zones": {"sky": [[0, 0], [1, 0], [1, 0.1], [0, 0.1]]}, "night": {"hours": "18:00-06:00", "zones": {
        "lane": [[0, 0], [1, 0], [1, 1], [0, 1]]}}}
    kengd.add("gieng-dinh", area="xa", url="rtsp://127.0.0.1/x", motion=far).write_config()
    found = json.loads(kengd.ctl("motion", "replay", clip).stdout)
    assert list(found) == ["lane"] and len(found["lane"]) == 1
    start, end, decided = found["lane"][0]
    assert move["from"] - 1 <= start <= decided <= move["from"] + 6 and abs(end - move["to"]) < 3
    by_camera = ["motion", "replay", "--camera", "gieng-dinh", "--config", kengd.config_file, clip]
    assert kengd.ctl_json(*by_camera, "--at", "2026-11-21T05:00:00Z")["lane"]["events"] == []  # noon
    by_night = kengd.ctl_json(*by_camera, "--at", "2026-11-21T15:00:00Z")["lane"]
    assert by_night["zones"] == ["lane"] and by_night["decoded"] < by_night["packets"]
    refused = kengd.ctl("--lang", "en", "motion", "replay", kengd.config_file, check=False)
    assert refused.returncode == 1 and "cannot be read as MP4" in refused.stderr
