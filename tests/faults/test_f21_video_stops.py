"""F21: the pictures stop while sound, or sender reports, go on.

Injection: badcam mutes its video for 8 s. Pass: `no_video` and the gap within 5 s; pictures
are recorded again.
"""
import pytest
from conftest import PATIENCE

STOPS = [(8, {"mute_video": True}), (16, {"mute_video": False})]
CAMERAS = {"sound-goes-on": {"audio": "pcma", "orders": STOPS},
           "reports-go-on": {"orders": STOPS, "report_every_s": 0.5}}


@pytest.mark.parametrize("name", CAMERAS)
def test_the_gap_is_known_within_five_seconds_and_ends(hamlet, name):
    became = hamlet.became[name]
    stopped = [at for at, state, _ in became.states if state == "no_video" and at > 5]
    assert stopped and stopped[0] <= 8 + 5 + PATIENCE, became.states
    gaps = became.gaps()
    assert gaps and all(g["cause"] in ("camera", "network") for g in gaps), gaps
    assert became.last["state"] == "recording", became.states
    became.assert_stored_as_sent()
