"""F07: packets of a dead session come on our channel.

Injection: badcam mixes pictures with another SSRC, stamped `foreign`, into the stream. Pass: no
foreign frame is stored, none of ours is lost.
"""
CAMERAS = {"stale-session": {"scenario": "stale_session"},
           "stale-at-first": {"scenario": "stale_session", "stale_s": 3},
           "new-ssrc": {"scenario": "new_ssrc"}}


def test_no_foreign_frame_is_stored(hamlet):
    for name in list(CAMERAS)[:2]:
        assert hamlet.became[name].stamps("foreign") == [], name


def test_no_frame_of_ours_is_lost_where_the_source_was_named(hamlet):
    for name in ("stale-session", "stale-at-first"):
        hamlet.became[name].assert_nothing_lost()


def test_a_change_of_ssrc_within_a_session_costs_at_most_two_gops(hamlet):
    sequences = hamlet.became["new-ssrc"].assert_stored_as_sent()
    holes = [b - a - 1 for a, b in zip(sequences, sequences[1:]) if b > a + 1]
    assert max(holes, default=0) <= 60, holes
