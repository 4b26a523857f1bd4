"""The village of well-behaved cameras (gst-rtsp-server) beside all the misbehaving ones: it
loses no frame. KENGD_LONG: six of them and ten minutes."""
import pytest
from bad_cameras import GOOD
from conftest import stamps

CAMERAS = {}


@pytest.mark.parametrize("camera", GOOD)
def test_the_village_loses_no_frame_to_its_neighbours(hamlet, camera):
    name = camera.split(":")[0]
    became = hamlet.became[name]
    found = stamps(became.files, name)
    assert found == list(range(found[0], found[0] + len(found))), "frames are missing or doubled"
    assert found[-1] >= became.stats["frames"]["main"] - 45
    assert became.gaps() == []
