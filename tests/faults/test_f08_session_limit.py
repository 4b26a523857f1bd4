"""F08: a camera that allows few sessions is asked for as few, however many watch.

Injection: badcam refuses the second session (of two channels: the third); 20 viewers look at
the live stream. Pass: no gap in the recording.
"""
CAMERAS = {"one-session": {"sessions_most": 1, "viewers": 20},
           "two-sessions": {"sessions_most": 2, "sub": True}}


def test_viewers_cost_the_camera_no_session(hamlet):
    became = hamlet.became["one-session"]
    became.assert_nothing_lost()
    assert became.stats["sessions"] == became.stats["sessions_at_once"] == 1


def test_both_streams_fit_a_camera_of_two_sessions(hamlet):
    became = hamlet.became["two-sessions"]
    assert became.stats["sessions_at_once"] == 2 and became.stats["connections"] == 2, became.stats
    assert became.gaps() == []
