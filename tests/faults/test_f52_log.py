"""F52: a log that misbehaving cameras fill.

Injection: 48 cameras of badcam, every second one refuses (F03), the others
repeat decode times (F16); an hour (KENGD_HOUR_S).
Pass: at most 1 MiB of log in an hour; what was left out is told with its count. The hour itself
with injected time and a worse flood, in each run: tests/unit/core/log_test.c.
"""
import os
import re
import time

import pytest
from bad_cameras import BadCameras, add_bad
from conftest import PATIENCE, wait_until

COUNT = 48
SECONDS = int(os.environ.get("KENGD_HOUR_S", 3600))
MIB = 1024 * 1024


def cameras():
    for n in range(COUNT):
        refuses = {"scenario": "closes_at_once"}
        yield f"c{n}", refuses if n % 2 else {"scenario": "repeated_stamps"}


@pytest.mark.hour
def test_bad_cameras_fill_the_log_with_less_than_a_mebibyte_an_hour(kengd, directory):
    listed = dict(cameras())
    bad = BadCameras(directory, listed)
    try:
        for name, camera in listed.items():
            add_bad(kengd, bad, name, camera)
        kengd.start().wait_recording("c0")
        refused = wait_until("what is to be borne", SECONDS * 2 + 60 * PATIENCE, lambda: (
            s := bad.stats("c1")["connections"]) >= 3 and s, every=0.5)
        time.sleep(SECONDS)  # the fault is that it lasts
        assert kengd.stop() == 0
    finally:
        bad.stop()
    size, text = kengd.log.stat().st_size, kengd.log.read_text()
    print(f"{size} bytes of log, {COUNT} cameras, {refused} connections to one that refuses")
    assert size <= MIB * max(SECONDS, 360) / 3600, text[-3000:]
    per_camera = {n: len(re.findall(rf"camera lost: camera={n} ", text)) for n in listed}
    assert max(per_camera.values()) <= 10 + 30 * SECONDS / 3600
    if SECONDS >= 3600:
        assert re.search(r"left_out=[1-9]", text)
