"""F18: a stream that begins without a keyframe, or without parameter sets.

Injection: badcam begins a session in the middle of a GOP; parameter sets stand only in the
stream. Pass: the first sample of each segment is a sync sample.
"""
import pytest

CAMERAS = {"mid-gop": {"scenario": "mid_gop"},
           "mid-gop-no-sets": {"scenario": "mid_gop", "sprop": False}}


@pytest.mark.parametrize("name", CAMERAS)
def test_recording_begins_with_a_keyframe(hamlet, name):
    became = hamlet.became[name]
    sequences = became.assert_nothing_lost()
    assert sequences[0] == 23  # the clip's next keyframe after picture 7
    firsts = {}
    for packet in became.packets():
        firsts.setdefault(packet["file"], packet["key"])
    assert all(firsts.values())
