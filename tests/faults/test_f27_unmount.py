"""F27 on the daemon: under a recording kengd the disk is unmounted (umount -l), or the kernel makes it
read-only behind an error of its file system. Pass: an alarm; recording goes on in memory or, where there is
one, on another volume; 0 bytes on the file system below; once a sound disk is mounted again it resumes
by itself, and no frame is missing, doubled or broken."""
import pathlib
import subprocess

import pytest
from conftest import PATIENCE, stamps, wait_until
from frames import assert_all_decode
from writer import Loop

CAMERA = "cong-lang"


@pytest.fixture
def disk(kengd, tmp_path):
    (tmp_path / "dia").mkdir()
    disk = Loop(tmp_path / "dia", 64, "-e", "remount-ro")
    kengd.config["storage"]["recordings"] = str(disk.at)
    kengd.recordings = disk.at
    yield disk
    kengd.stop()
    subprocess.run(["umount", "-l", disk.at], check=False, stderr=subprocess.DEVNULL)


@pytest.fixture
def village(kengd, make_village, disk):
    kengd.config["alerts"]["health"] = {"recording": "0 s"}
    village = make_village(CAMERA)
    kengd.add(CAMERA, village, sub=False).start().wait_recording()
    await_frames(kengd, 30)
    return village


def sent(village):
    return village.stats()[f"{CAMERA}/main"]["frames"]


def await_frames(kengd, number):
    wait_until(f"frame {number} in a file", 40 * PATIENCE,
               lambda: (stamps(kengd.segments(CAMERA), CAMERA) or [0])[-1] >= number, every=0.3)


def await_alarm(kengd):
    staff = kengd.web(person="truc-ban")
    return wait_until("the alarm", 30 * PATIENCE, lambda: [
        alert for alert in staff.json("/api/alerts")["alerts"] if alert["event"]["condition"] == "recording"],
        every=0.3)[0]["event"]["texts"]["vi"]


def assert_every_frame_once(kengd):
    assert kengd.stop() == 0
    found = stamps(kengd.segments(CAMERA), CAMERA)
    assert found == list(range(found[0], found[0] + len(found))), "frames are missing or doubled"
    assert_all_decode(kengd.segments(CAMERA))


def test_f27_a_disk_that_is_unmounted_costs_no_frame_and_nothing_is_written_below(kengd, disk, village):
    subprocess.run(["umount", "-l", disk.at], check=True)
    assert str(disk.at) in await_alarm(kengd)
    before = sent(village)
    wait_until("some seconds in memory", 30 * PATIENCE, lambda: sent(village) > before + 60, every=0.3)
    assert list(disk.at.iterdir()) == []
    disk.mount(disk.image)
    await_frames(kengd, sent(village) + 15)
    assert kengd.ctl_json("status")["health"]["disk"]["ok"]
    assert_every_frame_once(kengd)


@pytest.mark.hour
def test_f27_recording_goes_on_where_there_is_another_volume(kengd, make_village, disk):
    (disk.at / CAMERA).mkdir()  # so that it begins there
    kengd.config["storage"]["volumes"] = {"dia-hai": "dia-hai"}
    other = kengd.directory / "dia-hai"
    files = lambda: kengd.segments(CAMERA) + sorted((other / CAMERA).glob("*/*.mp4"))
    kengd.add(CAMERA, make_village(CAMERA), sub=False).start().wait_recording()
    await_frames(kengd, 30)
    subprocess.run(["umount", "-l", disk.at], check=True)
    wait_until("files on the other disk", 60 * PATIENCE, lambda: (other / CAMERA).exists(), every=0.5)
    assert list(disk.at.iterdir()) == []
    disk.mount(disk.image)
    wait_until("some more", 60 * PATIENCE, lambda: len(stamps(files(), CAMERA)) > 600, every=0.5)
    assert kengd.stop() == 0
    found = stamps(files(), CAMERA)
    assert found == list(range(found[0], found[0] + len(found))), "frames are missing or doubled"


def test_f27_a_disk_that_turns_read_only_is_let_go_and_resumes_when_it_is_repaired(kengd, disk, village):
    device = pathlib.Path(disk.device()).name
    pathlib.Path(f"/sys/fs/ext4/{device}/trigger_fs_error").write_text("1\n")
    assert "chỉ đọc được" in await_alarm(kengd)
    wait_until("it can be unmounted", 20 * PATIENCE, lambda: subprocess.run(
        ["umount", disk.at], stderr=subprocess.DEVNULL).returncode == 0, every=0.5)
    subprocess.run(["fsck.ext4", "-y", disk.image], check=False, stdout=subprocess.DEVNULL)
    disk.mount(disk.image)
    await_frames(kengd, sent(village) + 15)
    assert_every_frame_once(kengd)
