"""F15: sender reports are missing, or say what is not so.

Injection: no reports; reports of video that are 3 s off after ten seconds. The sound beeps at
the begin of every second of pictures. Pass: sound and pictures lie within 200 ms.
"""
import subprocess

import pytest

CAMERAS = {"no-reports": {"audio": "pcma", "reports": False},
           "reports-off": {"scenario": "reports_off", "audio": "pcma"},
           "right-reports": {"audio": "aac"}}
RATE, FPS = 8000, 15


def beeps(file):
    """When beeps begin, in seconds of the file's time."""
    done = subprocess.run(["ffmpeg", "-v", "error", "-copyts", "-i", file, "-map", "0:a", "-af",
                           f"aresample={RATE}:async=1:first_pts=0", "-ac", "1", "-f", "s16le", "-"],
                          capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    samples = memoryview(done.stdout).cast("h")
    loud = [i for i in range(0, len(samples), 40) if max(map(abs, samples[i:i + 40])) > 6000]
    return [b / RATE for a, b in zip([-RATE] + loud, loud) if b - a > RATE // 2]


@pytest.mark.parametrize("name", CAMERAS)
def test_sound_lies_within_200_ms_of_its_pictures(hamlet, name):
    became = hamlet.became[name]
    became.assert_nothing_lost()
    first = became.stamps(name)[0][0]
    pictures = [p for p in became.packets() if p["file"] == became.files[0]]
    seconds = [p["pts"] for n, p in enumerate(pictures, first) if n % FPS == 0]
    heard = beeps(became.files[0])
    assert len(heard) >= len(seconds) - 4 >= 15
    skews = [min((abs(beep - s), beep - s) for s in seconds)[1] for beep in heard[1:-1]]
    skews = sorted(skews, key=abs)
    assert abs(skews[len(skews) * 95 // 100 - 1]) <= 0.2, skews  # the encoder's clicks are no beeps
