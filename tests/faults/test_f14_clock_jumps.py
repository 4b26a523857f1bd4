"""F14: the RTP clock wraps, jumps ahead, jumps back; single stamps are poisoned.

Injection: 32 bits wrap 6 s into a session; jumps of +6 h and -6 h every 8 s; one stamp in 40
means nothing. Pass: every byte kept; no duration is wrong by more than a frame.
"""
import pytest

FPS = 15
CAMERAS = {"wrap-32": {"scenario": "wrap_32", "audio": "pcmu"},
           "jump-ahead": {"scenario": "stamps_jump"},
           "jump-back": {"scenario": "stamps_jump", "jump_s": -6 * 3600},
           "poisoned-stamp": {"scenario": "poisoned_stamp"}}


@pytest.mark.parametrize("name", CAMERAS)
def test_no_frame_is_lost_and_no_duration_is_wrong_by_a_frame(hamlet, name):
    became = hamlet.became[name]
    became.assert_nothing_lost()
    began = {}
    for number, packet in enumerate(became.packets()):
        first, pts = began.setdefault(packet["file"], (number, packet["pts"]))
        error = packet["pts"] - pts - (number - first) / FPS
        assert abs(error) <= 1 / FPS, f"{name}: picture {number} is off by {error:.3f} s"
