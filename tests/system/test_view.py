"""Health of the picture, not of the socket: real streams that freeze, go dark, blur or show another
place are told with a reason, become an alert and are well again; people walking are not."""
import subprocess
import time

import pytest
from conftest import FOOTAGE, PATIENCE, Village, wait_until

GOOD_S, BAD_S = 30, 22
# After the good part, each picture as it is for BAD_S; the clip then begins anew.
VIEWS = {
    "dung-hinh": ("frozen", "frozen", "[0:v]trim=0:{good},tpad=stop_mode=clone:stop_duration={bad}[v]"),
    "toi-den": ("covered", "covered_dark", "[0:v]drawbox=t=fill:c=black:enable='gte(t,{good})'[v]"),
    "mo": ("covered", "covered_blurred", "[0:v]gblur=sigma=5:enable='gte(t,{good})'[v]"),
    "xoay": ("covered", "covered_turned",
             "[0:v]trim=0:{good}[a];[1:v]trim=0:{bad},setpts=PTS-STARTPTS,hflip,scale=320:180[b];"
             "[a][b]concat=n=2:v=1[v]"),
}
# The same where motion is off: the view is watched all the same.
WITHOUT_MOTION = {"dung-hinh-2": "dung-hinh", "toi-den-2": "toi-den"}


def make_clip(file, graph):
    def scene(name):
        return ["-stream_loop", "20", "-framerate", "15", "-i", FOOTAGE / f"{name}-sub.h264"]

    subprocess.run(["ffmpeg", "-v", "error", "-y", *scene("cong-lang"), *scene("duong-de"),
                    "-filter_complex", graph.format(good=GOOD_S, bad=BAD_S), "-map", "[v]",
                    "-t", str(GOOD_S + BAD_S), "-c:v", "libx264", "-preset", "veryfast", "-crf", "26",
                    "-bf", "0", "-g", "15", "-keyint_min", "15", "-sc_threshold", "0",
                    "-x264-params", "repeat-headers=1", "-pix_fmt", "yuv420p", "-f", "h264", file],
                   check=True, timeout=300)


@pytest.fixture
def views(directory):
    village = Village(directory, ["cong-lang"], name="views")
    for camera, (_, _, graph) in VIEWS.items():
        file = directory / f"{camera}.h264"
        make_clip(file, graph)
        village.arguments.append(f"{camera}:main={file}")
    for camera, same in WITHOUT_MOTION.items():
        village.arguments.append(f"{camera}:main={directory}/{same}.h264")
    yield village.start()
    village.stop()


@pytest.mark.long
def test_a_view_that_freezes_or_is_covered_is_told_and_then_well_again(kengd, views):
    kengd.config["alerts"]["health"] = {"camera": "1 s", "settle": "1 s"}
    shorter = {"frozen": "6 s", "covered": "6 s"}
    for camera in [*VIEWS, "cong-lang"]:
        kengd.add(camera, views, sub=False, view=dict(shorter))
    for camera in WITHOUT_MOTION:
        kengd.add(camera, views, sub=False, motion=False, view=dict(shorter))
    kengd.start()
    kengd.wait_recording()
    web = kengd.web(person="truong-dong")
    told, back, walked = {}, set(), set()

    def look():
        for camera in kengd.ctl_json("cameras")["cameras"]:
            name, state = camera["id"], camera["state"]
            if name == "cong-lang":
                walked.add(state)
            elif state in ("frozen", "covered"):
                told.setdefault(name, (state, camera["reason_code"], camera["reason"]))
            elif state == "recording" and name in told:
                back.add(name)
        return len(back) == len(VIEWS) + len(WITHOUT_MOTION)

    wait_until("all are told and back", (GOOD_S + BAD_S) * 2 * PATIENCE, look, every=0.5)
    expected = VIEWS | {camera: VIEWS[same] for camera, same in WITHOUT_MOTION.items()}
    for camera, (state, code, _) in expected.items():
        assert told[camera][:2] == (state, code), told
        assert len(told[camera][2]) > 20
    assert walked == {"recording"}
    alerts = wait_until("an alert for each", 20 * PATIENCE, lambda: every_alert(web), every=0.5)
    for camera in VIEWS:
        texts = alerts[camera]["event"]["texts"]
        assert "amera" in texts["vi"] and texts["vi"] != texts["en"]
    wait_until("back again", 30 * PATIENCE,
               lambda: all(a["state"] == "resolved" for a in (every_alert(web) or {0: {"state": ""}}).values()),
               every=0.5)
    # What is frozen or covered is recorded all the same.
    for camera in VIEWS:
        end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 5))
        begin = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - GOOD_S))
        rows = kengd.web(person="truc-ban").json(f"/api/cameras/{camera}/recordings?from={begin}&to={end}")
        assert [r["kind"] for r in rows["stretches"] if r["kind"] == "gap"] == []


def every_alert(web):
    found = {a["event"]["camera"]: a for a in web.json("/api/alerts")["alerts"] if a["kind"] == "health"}
    return found if set(VIEWS) <= set(found) else None


def test_advice_is_given_by_what_a_camera_sends(kengd, views):
    """The first has no sub-stream, and its sound is asked for but not there."""
    kengd.add("xoay", views, sub=False)
    kengd.add("cong-lang", views, sub_url=views.url("khong-co", "sub"))
    kengd.start()
    kengd.wait_recording()
    codes = wait_until("advice", 20 * PATIENCE, lambda: [a["code"] for a in kengd.camera("cong-lang")["advice"]])
    assert "sub_silent" in codes
    told = kengd.ctl("cameras", "cong-lang", "--lang", "vi").stdout
    assert "Lời khuyên" in told and "luồng phụ" in told
    told = kengd.ctl("cameras", "cong-lang", "--lang", "en").stdout
    assert "Advice" in told and "sub_url" in told
    assert "there is no camera x" in kengd.ctl("cameras", "x", "--lang", "en", check=False).stderr
