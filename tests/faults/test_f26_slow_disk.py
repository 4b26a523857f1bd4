"""F26: the disk is slow: each write, or each sync, is held up by strace. Pass: what waits stays within the
memory set aside for it; live pictures, detection and sub-streams are given up before any fragment; every
fragment is on disk, once and in order by its frames' stamps, or counted as dropped; 0 partial ones."""
import re
import shutil

import pytest
from conftest import LONG
from frames import A_FRAGMENT, assert_first_frames, frames_of_runs
from writer import Writer

BUDGET = (32 + 16) << 20  # of one camera: what waits, and what is written and not synced


@pytest.fixture
def writer(tmp_path):
    assert shutil.which("strace"), "this fault needs strace"
    (tmp_path / "w").mkdir()
    writer = Writer(tmp_path / "w")
    writer.environment["ASAN_OPTIONS"] = "detect_leaks=0"  # its leak check cannot be traced
    return writer


def record(writer, count, every_ms, calls, held_up_us):
    """How many fragments were dropped, and the most memory that was taken."""
    slow = ["strace", "-f", "-qq", "-o", "/dev/null", "--seccomp-bpf", "-e", f"trace={calls}",
            "-e", f"inject={calls}:delay_enter={held_up_us}"]
    out = writer.run("record", 26, count, 150_000, every_ms, before=slow, seconds=600)
    end = re.search(r"end ok=\d dropped=(\d+) peak=(\d+)", out)
    return int(end[1]), int(end[2])


def test_f26_a_slow_disk_drops_whole_fragments_last_and_counts_them(writer):
    count = 4000 if LONG else 400
    dropped, peak = record(writer, count, 6, "pwritev,pwritev2", 60_000)
    log = (writer.directory.parent / "writer.log").read_text()
    given_up = re.findall(r"slow disk: .* given_up='(\w*)'", log)
    order = ["live", "detection", "sub", "fragments"]
    rising = [order.index(word) for word in given_up[:given_up.index("fragments") + 1]]
    assert rising == sorted(rising)
    assert dropped > 0 and peak <= BUDGET, (dropped, peak)
    found = writer.found()
    assert found["bad"] == 0 and found["fragments"] + dropped == count, (found, dropped)
    frames = frames_of_runs(writer.segments())[26]
    assert len(frames) == (count - dropped) * A_FRAGMENT
    for before, after in zip(frames, frames[1:]):
        # What is missing begins with a fragment and ends before a GOP: four fragments.
        assert after == before + 1 or (after > before and (before + 1) % A_FRAGMENT == 0
                                       and after % (4 * A_FRAGMENT) == 0), (before, after)


def test_f26_slow_syncs_cost_no_frame(writer):
    count, held_up_us = (1000, 2_000_000) if LONG else (150, 200_000)
    dropped, peak = record(writer, count, 20, "fdatasync,fsync", held_up_us)
    assert dropped == 0 and peak <= BUDGET, (dropped, peak)
    found = writer.found()
    assert found["bad"] == found["overlaps"] == 0 and found["fragments"] == count
    assert_first_frames(frames_of_runs(writer.segments())[26], count)
