"""F23: the disk is full, of us and of a stranger. Pass: never ENOSPC from our own writes; behind a
stranger, recording goes on within 2 s of there being space. F27: the disk is not mounted. Pass: 0
bytes on the file system below. F33: two daemons, one directory, also by symlink and bind mount. Pass:
the second ends with 3 and names the first, which goes on."""
import subprocess

import pytest
from writer import PROGRAM, Loop, Writer, need_root


@pytest.fixture
def disk(tmp_path):
    disk = Loop(tmp_path, 48)
    yield disk
    subprocess.run(["umount", disk.at], check=False)


def test_f23_a_small_disk_is_recorded_over_and_never_full(disk):
    writer = Writer(disk.at, RESERVE_BYTES=8 << 20)
    out = writer.run("record", 23, 900, 100_000, 25)  # 130 MB
    last = out.splitlines()[-1]
    assert "ok=1" in last and "dropped=0" in last, last
    assert writer.found()["bad"] == 0
    log = (disk.at.parent / "writer.log").read_text()
    assert "No space left" not in log and "recordings deleted: why=space" in log


def test_f23_behind_a_stranger_recording_goes_on(disk):
    writer = Writer(disk.at, RESERVE_BYTES=1 << 20)
    run = writer.start("record", 231, 600, 50_000, 25)
    stranger, lines = disk.at / "stranger", 0
    for line in run.stdout:
        lines += 1
        if lines == 40:
            with open(stranger, "wb") as file:
                try:
                    while True:
                        file.write(bytes(1 << 16))
                        file.flush()
                except OSError:
                    pass
        if lines == 200:
            stranger.unlink()
    assert run.wait() == 0 and "ok=1" in line, line
    assert writer.found()["bad"] == 0


def test_f27_nothing_is_written_where_the_disk_should_be(disk):
    disk_recordings = disk.at.parent / "w"
    disk_recordings.mkdir()
    (disk_recordings / "recordings").symlink_to(disk.at)
    writer = Writer(disk_recordings)
    writer.run("record", 27, 20, 3000, 5)
    disk.unmount()
    try:
        run = writer.start("repair")
        try:
            run.communicate(timeout=3)  # it waits for the disk
        except subprocess.TimeoutExpired:
            run.kill()
            run.communicate()
        assert list(disk.at.iterdir()) == []
        assert "is the disk mounted" in (disk_recordings.parent / "writer.log").read_text()
    finally:
        disk.mount(disk.image)
    found = writer.found()
    assert found["bad"] == 0 and found["fragments"] == 20


@pytest.mark.parametrize("way", ["same", "symlink", "bind"])
def test_f33_the_second_daemon_names_the_first(tmp_path, way):
    (tmp_path / "w").mkdir()
    first, second = Writer(tmp_path / "w"), None
    run = first.start("record", 33, 100000, 1000, 20)
    try:
        for line in run.stdout:
            if line.strip() == "20":
                break
        other = tmp_path / "other"
        other.mkdir()
        if way == "same":
            second = first
        elif way == "symlink":
            (other / "recordings").symlink_to(tmp_path / "w/recordings")
        else:
            need_root()
            (other / "recordings").mkdir()
            subprocess.run(["mount", "--bind", tmp_path / "w/recordings", other / "recordings"], check=True)
        second = second or Writer(other)
        told = subprocess.run([PROGRAM, "repair", second.directory], capture_output=True, text=True,
                              timeout=30)
        assert told.returncode == 3 and str(run.pid) in told.stderr, told.stderr
        assert run.poll() is None
    finally:
        if way == "bind":
            subprocess.run(["umount", tmp_path / "other/recordings"], check=False)
        run.kill()
        run.stdout.close()
        run.wait()

