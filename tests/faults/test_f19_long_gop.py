"""F19: a smart codec sends a keyframe every four minutes.

Injection: footage with one keyframe in 240 s; kengd is killed with -9. Pass: fragments reach
the disk by time and not by keyframe, so that at most 2 s are lost; nothing is lost otherwise.
"""
from bad_cameras import add_bad
from conftest import PATIENCE, stamps, wait_until

CAMERAS = {"smart-codec": {"scenario": "smart_codec"}}
FPS = 15


def test_pictures_between_keyframes_are_recorded_whole(hamlet):
    hamlet.became["smart-codec"].assert_nothing_lost()


def test_a_kill_loses_at_most_two_seconds_of_a_long_gop(kengd, bad_camera):
    bad = bad_camera(smart=CAMERAS["smart-codec"])
    add_bad(kengd, bad, "smart", {})
    kengd.start().wait_recording("smart")

    def frames():
        return stamps(kengd.segments("smart"), "smart")
    wait_until("footage of a GOP that goes on", 15 * PATIENCE, lambda: len(frames()) > 100)
    sent = bad.stats("smart")["frames"]["main"]
    kengd.kill()
    found = frames()
    assert found == list(range(len(found)))
    assert sent - found[-1] <= 2 * FPS * PATIENCE, f"{sent} sent, {found[-1]} on disk"
