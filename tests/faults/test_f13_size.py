"""F13: the picture changes its size.

Injection: badcam switches between 640x360 and 320x180 every 8 s, at a keyframe; and with the
new parameter sets four pictures before it. Pass: a new init and a new segment each time, no
frame lost, every segment decodes.
"""
import subprocess

import pytest
from conftest import ffprobe

CAMERAS = {"size-change": {"scenario": "size_change"},
           "sets-too-early": {"scenario": "size_change", "early": 4}}
SIZES = {(640, 360), (320, 180)}


@pytest.mark.parametrize("name", CAMERAS)
def test_each_size_has_segments_of_its_own_that_decode(hamlet, name):
    became = hamlet.became[name]
    assert became.gaps() == [] and became.stats["connections"] == 1
    became.assert_stored_as_sent()
    sizes = []
    for file in became.files:
        stream = ffprobe(file, "-show_streams")["streams"][0]
        sizes.append((stream["width"], stream["height"]))
        if name == "size-change":
            played = subprocess.run(["ffmpeg", "-v", "error", "-i", file, "-f", "null", "-"],
                                    capture_output=True, text=True, timeout=120)
            assert played.returncode == 0 and not played.stderr, f"{file}: {played.stderr}"
    assert set(sizes) == SIZES and len(sizes) >= 3, sizes


def test_a_change_at_a_keyframe_costs_no_frame(hamlet):
    hamlet.became["size-change"].assert_nothing_lost()
