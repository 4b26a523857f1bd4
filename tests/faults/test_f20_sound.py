"""F20: sound never harms the pictures.

Injection: G.711 A-law and mu-law, AAC, none; a microphone that is there in every other
session; sound that stops. Pass: no video is lost.
"""
import pytest
from conftest import ffprobe

SOUNDS = {"alaw": {"audio": "pcma"}, "ulaw": {"audio": "pcmu"}, "aac": {"audio": "aac"},
           "no-sound": {"kengd": {"audio": True}},
           "sound-stops": {"audio": "aac", "orders": [(8, {"mute_audio": True}), (16, {"mute_audio": False})]}}
CAMERAS = SOUNDS | {"sound-toggles": {"scenario": "audio_toggles", "kengd": {"audio": True}}}


@pytest.mark.parametrize("name", SOUNDS)
def test_no_picture_is_lost_to_sound(hamlet, name):
    became = hamlet.became[name]
    became.assert_nothing_lost()
    codecs = {s["codec_name"] for s in ffprobe(became.files[0], "-show_streams")["streams"]}
    assert codecs == ({"h264"} if name == "no-sound" else {"h264", "aac"})


def test_sound_that_comes_and_goes_between_sessions_costs_no_picture(hamlet):
    became = hamlet.became["sound-toggles"]
    sequences = became.assert_stored_as_sent()
    assert sequences == list(range(sequences[0], sequences[-1] + 1))
    assert became.stats["connections"] >= 3
