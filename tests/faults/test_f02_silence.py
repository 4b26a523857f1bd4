"""F02: a camera that accepts and then is silent, after each step of the conversation.

Injection: badcam never answers OPTIONS, DESCRIBE, SETUP, PLAY, or plays without a picture.
Pass: each stage ends within 5 s, the camera is told of as silent, and it is asked again.
"""
import pytest
from conftest import PATIENCE

STAGES = ["OPTIONS", "DESCRIBE", "SETUP", "PLAY"]
CAMERAS = {f"silent-{stage.lower()}": {"silent_at": stage, "records": False} for stage in STAGES}
CAMERAS["silent-picture"] = {"mute_video": True, "reports": False, "records": False}


@pytest.mark.parametrize("name", CAMERAS)
def test_no_stage_is_waited_for_longer_than_five_seconds(hamlet, name):
    became = hamlet.became[name]
    waits = [seconds for _, seconds in became.stats["waits"]]
    assert len(waits) >= 2, became.stats
    assert [seconds for seconds in waits if not 4.5 < seconds < 5 + PATIENCE] == []
    assert became.codes() & {"silent", "no_video"}, became.states
