"""F14: the RTP clock wraps, jumps ahead, jumps back; single stamps are poisoned.

Injection: 32 bits wrap 6 s into a session; jumps of +6 h and -6 h every 8 s; one stamp in 40
means nothing. Pass: every byte kept; no duration is wrong by more than a frame. (Exact, with
injected time: tests/unit/eye/session/test_timeline.c. Here the first picture may have come late,
which is made up for at half a percent: by as much as a full machine let nobody run.)
"""
import pytest
from bad_cameras import LONG

FPS, LATE_S = 15, 0.2 if LONG else 1.5
CAMERAS = {"wrap-32": {"scenario": "wrap_32", "audio": "pcmu"},
           "jump-ahead": {"scenario": "stamps_jump"},
           "jump-back": {"scenario": "stamps_jump", "jump_s": -6 * 3600},
           "poisoned-stamp": {"scenario": "poisoned_stamp"}}


@pytest.mark.parametrize("name", CAMERAS)
def test_no_frame_is_lost_and_no_duration_is_wrong_by_a_frame(hamlet, name):
    became = hamlet.became[name]
    became.assert_nothing_lost(seam_s=1 if LONG else 2)
    began, before = {}, None
    for number, packet in enumerate(became.packets()):
        first, pts = began.setdefault(packet["file"], (number, packet["pts"]))
        error = packet["pts"] - pts - (number - first) / FPS
        assert abs(error) <= LATE_S + 1 / FPS, f"{name}: picture {number} is off by {error:.3f} s"
        if before and before["file"] == packet["file"]:
            lasted = packet["pts"] - before["pts"]
            assert abs(lasted - 1 / FPS) <= 1 / FPS, f"{name}: picture {number - 1} lasted {lasted:.3f} s"
        before = packet
