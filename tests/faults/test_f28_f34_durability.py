"""F28: kill -9 at random writes, 1,000 times (50 in the short form), seeded. Pass: at most 2 s lost
(4 fragments of half a second), of the rest each frame once and in order, by their stamps; no segment
unreadable. F29: power cuts, by copying the image behind a loop-mounted ext4 under load. Pass: at
most 5 s lost, the rest as in F28; the catalogue opens, no segment unreadable. F34: a byte flipped, a file cut. Pass:
100% reported, 0 deleted. F26: EIO at a sync: nothing is lost, or it is marked."""
import random
import shutil

import pytest
from conftest import LONG
from frames import assert_first_frames, frames_of_runs
from writer import Loop, Writer

KILLS = 1000 if LONG else 50


@pytest.fixture
def writer(tmp_path):
    (tmp_path / "w").mkdir()
    return Writer(tmp_path / "w")


def test_f28_kill_at_any_write_leaves_every_segment_whole(writer):
    rng = random.Random(28)
    kept, handed = 0, {}
    for kill in range(KILLS):
        run = writer.start("record", kill, 2000, 3000, 2)
        handed[kill] = writer.kill_after(run, rng.randrange(1, 60), rng)
        if kill % 10 == 9 or kill == KILLS - 1:
            found = writer.found()
            assert found["bad"] == 0, f"kill {kill}: {found}"
            kept = found["fragments"]
    frames = frames_of_runs(writer.segments())
    for kill, count in handed.items():
        assert_first_frames(frames[kill], count - 4)
    assert kept * 10 == sum(map(len, frames.values()))


def test_f28_a_kill_costs_at_most_two_seconds(writer):
    rng = random.Random(281)
    before = 0
    for kill in range(100 if LONG else 6):
        run = writer.start("record", kill, 4000, 3000, 5)
        handed = writer.kill_after(run, rng.randrange(20, 120), rng)
        found = writer.found()
        lost = before + handed - found["fragments"]
        assert found["bad"] == 0 and lost <= 4, f"kill {kill}: {lost} fragments lost"
        before = found["fragments"]


def test_f29_a_power_cut_costs_at_most_five_seconds(tmp_path):
    disk = Loop(tmp_path, 96)
    writer = Writer(disk.at)
    try:
        for cut in range(20 if LONG else 2):
            copy = tmp_path / "copy.img"
            run = writer.start("record", cut, 100000, 20000, 50)
            handed = 0
            for line in run.stdout:
                handed = int(line) if line.strip().isdigit() else handed
                if handed >= 120 + 7 * cut:  # six seconds of its own time
                    break
            shutil.copyfile(disk.image, copy)
            run.kill()
            run.stdout.close()
            run.wait()
            disk.unmount()
            disk.mount(copy)
            found = writer.found()
            assert found["bad"] == 0, f"cut {cut}: {found}"
            # 50 ms a fragment: five seconds are a hundred of them.
            assert_first_frames(frames_of_runs(writer.segments())[cut], handed - 100)
            disk.unmount()
            disk.mount(disk.image)
            shutil.rmtree(disk.at / "recordings")
            shutil.rmtree(disk.at / "state")
            (disk.at / "state").mkdir()
    finally:
        disk.unmount()


def test_f34_bit_rot_and_truncation_are_reported_and_nothing_is_deleted(writer):
    harmed = 100 if LONG else 20
    writer.run("fill", 2 * harmed, 86400)
    rng = random.Random(34)
    files = writer.segments()
    for n, file in enumerate(rng.sample(files, harmed)):
        data = bytearray(file.read_bytes())
        if n % 4 == 0:
            del data[-5:]
        else:
            data[-1 - rng.randrange(30)] ^= 1 << rng.randrange(8)
        file.write_bytes(data)
    writer.environment["SCRUB"] = "1"
    found = writer.found("check", 60 if LONG else 6)
    assert found["damaged"] == harmed and writer.segments() == files


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_f26_an_error_of_the_nth_sync_costs_nothing(writer, nth):
    writer.environment["FAIL_SYNC"] = str(nth)
    out = writer.run("record", 26, 200, 3000, 1)
    assert "end" in out and "cannot bring a segment to the disk" in (
        writer.directory.parent / "writer.log").read_text()
    found = writer.found()
    assert found["bad"] == found["overlaps"] == 0 and found["fragments"] == 200
    assert_first_frames(frames_of_runs(writer.segments())[26], 200)
