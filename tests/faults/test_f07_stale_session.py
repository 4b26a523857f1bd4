"""F07: packets of a dead session come on our channel.

Injection: badcam mixes pictures with another SSRC, stamped `foreign`, into the stream, half a
second's of them before the first of ours and then among them, until a TEARDOWN, or whatever is done. It
names its SSRC in SETUP, or only the first packet in PLAY, or neither. Pass: no foreign frame is
stored; the session is ended and opened anew, once, and but for that none of ours is lost.
"""
import pytest
from bad_cameras import LONG, seconds

STALE = {"scenario": "stale_session"}
UNTOLD = STALE | {"names_ssrc": False, "rtp_info_given": False}
CAMERAS = {"stale-named": STALE,
           "stale-play-tells": STALE | {"names_ssrc": False},
           "stale-untold": UNTOLD,
           "stale-early": UNTOLD | {"begins_early": True},
           "stale-at-first": UNTOLD | {"stale_s": 0.4},
           "stale-for-ever": UNTOLD | {"goes_on": True},
           "new-ssrc": {"scenario": "new_ssrc"}}
STALE_CAMERAS = [name for name in CAMERAS if name != "new-ssrc"]


@pytest.mark.parametrize("name", STALE_CAMERAS)
def test_no_foreign_frame_is_stored(hamlet, name):
    became = hamlet.became[name]
    assert became.stats["stale"] > 0
    became.assert_stored_as_sent()
    assert became.stamps("foreign") == []


@pytest.mark.parametrize("name", STALE_CAMERAS)
def test_the_session_is_opened_anew_once_and_nothing_else_is_lost(hamlet, name):
    became = hamlet.became[name]
    anew = name != "stale-at-first"  # their end came before anything was to be done
    if LONG and name == "stale-for-ever":
        anew = min(2, became.stats["connections"] - 1)  # it did not help: not before ten minutes
    assert became.stats["connections"] == 1 + anew and became.stats["teardowns"] >= anew
    assert ("mixed" in became.codes()) == bool(anew)
    numbers = became.assert_stored_as_sent()
    holes = [(a, b) for a, b in zip(numbers, numbers[1:]) if b > a + 1]
    # What is sent while the session is ended, and up to the next keyframe, is the price.
    assert len(holes) <= anew and all(b - a <= 60 for a, b in holes), holes
    assert all(seconds(gap) <= 5 for gap in became.gaps())


def test_a_change_of_ssrc_within_a_session_costs_at_most_two_gops(hamlet):
    became = hamlet.became["new-ssrc"]
    sequences = became.assert_stored_as_sent()
    holes = [b - a - 1 for a, b in zip(sequences, sequences[1:]) if b > a + 1]
    assert max(holes, default=0) <= 60 and became.stats["connections"] == 1, holes
