"""F03: a camera that refuses at once is no reason for a tight loop.

Injection: badcam accepts and resets. Pass: at most 90 attempts in an hour; the waits double
from 1 s, so that the first 40 s have no more than seven. The hour itself, with injected time:
tests/unit/watch/test_backoff.c.
"""
from bad_cameras import LONG

CAMERAS = {"closes-at-once": {"scenario": "closes_at_once", "records": False}}


def test_waits_grow_from_attempt_to_attempt(hamlet):
    assert 2 <= hamlet.became["closes-at-once"].stats["connections"] <= (25 if LONG else 9)
