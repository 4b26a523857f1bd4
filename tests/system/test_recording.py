"""Every frame that was sent is on disk, once, in order, whatever viewers and neighbours do."""
import os
import random
import subprocess
import threading
import time

import pytest

from conftest import PATIENCE, Village, ffprobe, stamps, wait_until

MINUTES = float(os.environ.get("KENGD_MINUTES", "5"))
CAMERAS = ["cong-lang::aac", "gieng-dinh", "dau-ngo::pcma", "tram-bom", "cau-kenh", "duong-de"]
NAMES = [camera.split(":")[0] for camera in CAMERAS]


def watch_now_and_then(web, cameras, stop, seen):
    """A viewer who joins a page's stream, looks for some seconds, and leaves abruptly."""
    choose = random.Random(7)
    while not stop.is_set():
        some = choose.sample(cameras, choose.randint(1, len(cameras)))
        with web.get("/api/live?cameras=" + ",".join(c + "!main" for c in some), stream=True) as answer:
            end = time.monotonic() + choose.uniform(0.5, 6)
            for part in answer.iter_content(65536):
                seen.append(len(part))
                if time.monotonic() > end or stop.is_set():
                    break


@pytest.mark.long
def test_no_frame_is_lost_while_viewers_come_and_go_and_a_neighbour_dies(kengd, make_village, directory):
    village = make_village(*CAMERAS)
    flapping = Village(directory, ["flap:cong-lang"], name="flapping").start()
    for name in NAMES:
        kengd.add(name, village, audio=name in ("cong-lang", "dau-ngo"))
    kengd.add("flap", flapping, area="thon-doai")
    kengd.start().wait_recording(*NAMES)
    stop, seen = threading.Event(), []
    viewers = [threading.Thread(target=watch_now_and_then,
                                args=(kengd.web(person="truc-ban"), NAMES, stop, seen))
               for _ in range(2)]
    for viewer in viewers:
        viewer.start()
    end = time.monotonic() + MINUTES * 60
    while time.monotonic() < end:
        time.sleep(min(20, max(0, end - time.monotonic())))
        flapping.stop()
        flapping.start()
    kengd.wait_recording("flap")
    before = village.stats()
    stop.set()
    for viewer in viewers:
        viewer.join()
    assert kengd.stop() == 0
    flapping.stop()

    assert sum(seen) > 1_000_000, "the viewers saw nothing"
    for name in NAMES:
        found = stamps(kengd.segments(name), name)
        assert found == list(range(found[0], found[0] + len(found))), f"{name}: frames are missing or doubled"
        assert found[0] <= 60 and found[-1] >= before[f"{name}/main"]["frames"] - 30
    again = stamps(kengd.segments("flap"), "flap")
    assert len(again) > 15 * 10 * MINUTES, "the camera that dies every 20 s was hardly recorded"
    for name in NAMES + ["flap"]:
        for file in kengd.segments(name):
            ffprobe(file, "-show_streams")


def test_segments_are_ordinary_files_with_the_cameras_codecs(kengd, make_village):
    village = make_village("cong-lang::aac", "dau-ngo::pcma", "cau-kenh")
    kengd.add("cong-lang", village, audio=True).add("dau-ngo", village, audio=True)
    kengd.add("cau-kenh", village)
    kengd.start().wait_recording()
    wait_until("two segments each", 40 * PATIENCE,
               lambda: all(len(kengd.segments(c)) >= 2 for c in kengd.config["cameras"]))
    growing = kengd.segments("cong-lang")[-1]
    wait_until("a second of the growing segment", 10, lambda: growing.stat().st_size > 40_000)
    played = subprocess.run(["ffmpeg", "-v", "error", "-i", growing, "-fps_mode", "passthrough", "-f", "null", "-"],
                            capture_output=True, text=True, timeout=60)
    assert played.returncode == 0 and not played.stderr, "a growing segment does not play: " + played.stderr
    assert kengd.stop() == 0
    expected = {"cong-lang": ["h264", "aac"], "dau-ngo": ["h264", "aac"], "cau-kenh": ["hevc"]}
    for camera, codecs in expected.items():
        for file in kengd.segments(camera):
            told = ffprobe(file, "-show_streams", "-show_packets")
            assert [s["codec_name"] for s in told["streams"]] == codecs
            video = [p for p in told["packets"] if p["codec_type"] == "video"]
            assert "K" in video[0]["flags"], f"{file} does not begin with a keyframe"
        fps = [s for s in told["streams"] if s["codec_type"] == "video"][0]["avg_frame_rate"]
        top, bottom = map(int, fps.split("/"))
        assert abs(top / bottom - 15) < 0.5


def test_the_timeline_is_tiled_by_recordings_and_gaps(kengd, make_village):
    village = make_village("cong-lang")
    kengd.add("cong-lang", village).start().wait_recording()

    def frames():
        return len(stamps(kengd.segments("cong-lang"), "cong-lang"))
    wait_until("footage before the break", 10 * PATIENCE, lambda: frames() > 60)
    village.stop()
    wait_until("the loss", 10 * PATIENCE, lambda: kengd.camera("cong-lang")["state"] != "recording")
    village.start()
    kengd.wait_recording()
    before = frames()
    wait_until("footage after it", 10 * PATIENCE, lambda: frames() > before + 60)
    web = kengd.web(person="truc-ban")
    day = f"from={int(time.time()) - 3600}&to={int(time.time()) + 3600}"
    answer = wait_until("the gap's end", 20, lambda: (
        lambda r: r if [s["kind"] for s in r["stretches"]][-1] == "recording" else None)(
            web.json("/api/cameras/cong-lang/recordings?" + day)))
    stretches = answer["stretches"]
    for a, b in zip(stretches, stretches[1:]):
        assert a["to"] == b["from"], "stretches overlap or leave a hole"
    gaps = [s for s in stretches if s["kind"] == "gap" and s["from"] > stretches[0]["from"]]
    assert gaps and all(s["cause"] in ("camera", "network", "stopped") for s in gaps), gaps
