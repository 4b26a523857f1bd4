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
    wrong = directory / "wrong.yaml"
    wrong.write_text(kengd.config_file.read_text().replace("[1, 0.1]", "[1, 7]").replace("- 0.1\n", "- 7\n"))
    by_wrong = ["--lang", "en", "motion", "replay", "--camera", "gieng-dinh", "--config", wrong, clip]
    refused = kengd.ctl(*by_wrong, check=False)
    assert refused.returncode == 2 and f"{wrong}:" in refused.stderr and "motion.zones.sky" in refused.stderr
    refused = kengd.ctl("--lang", "en", "motion", "replay", directory / "none.mp4", check=False)
    assert refused.returncode == 1 and "none.mp4: there is no such file or directory" in refused.stderr


def approaching(clip):
    """Half a minute of a lane at 640x360; from 12 s to 18 s somebody in a chequered coat comes nearer."""
    lane = [bytes(60 + 120 * x // 640 + 20 * (y // 16 % 2) for x in range(640)) for y in range(360)]
    coat = [bytes(40 + 80 * (x // 8 % 2) + 60 * odd for x in range(80)) for odd in range(2)]
    with subprocess.Popen(
            ["ffmpeg", "-v", "error", "-nostdin", "-f", "rawvideo", "-pix_fmt", "gray", "-s", "640x360", "-r", "15", "-i", "-",
             "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "main", "-b:v", "500k",
             "-x264-params", "keyint=30:min-keyint=30:scenecut=0:bframes=0:ref=1:slices=1:sliced-threads=0:repeat-headers=1",
             "-f", "h264", clip], stdin=subprocess.PIPE) as encoder:
        for number in range(30 * 15):
            rows, way = list(lane), (number / 15 - 12) / 6
            if 0 <= way < 1:
                left, width, height = int(560 * way), int(20 + 60 * way), int(45 + 135 * way)
                for y in range(150, 150 + height):
                    rows[y] = rows[y][:left] + coat[y // 8 % 2][:width] + rows[y][left + width:]
            encoder.stdin.write(b"".join(rows))
    assert encoder.returncode == 0


def test_a_clearly_larger_picture_becomes_that_of_its_event(kengd, make_village, directory):
    clip = directory / "gan.h264"
    approaching(clip)
    village = make_village("cong-lang")
    village.stop()
    village.arguments = [f"gan:main={clip},sub={clip}"]
    kengd.add("gan", village.start())
    kengd.start().wait_recording()
    web = kengd.web(role="admin")
    seen = {}  # event: [(what the list says of it, its picture), ...]

    def has_two():
        for event in web.json("/api/events?limit=3")["events"]:
            told = seen.setdefault(event["id"], [])
            if event["kind"] == "motion" and (not told or event["snapshot"] != told[-1][0]["snapshot"]):
                told.append((event, web.get(event["snapshot"]).content))
        return next((told for told in seen.values() if len(told) == 2), None)

    (first, small), (second, large) = wait_until("a better picture of an event", 90 * PATIENCE, has_two)
    assert small != large
    assert all(picture[:2] == b"\xff\xd8" and len(picture) <= 100_000 for picture in (small, large))
    heights = [event["box"][3] - event["box"][1] for event in (first, second)]
    assert heights[1] > 1.1 * heights[0]
