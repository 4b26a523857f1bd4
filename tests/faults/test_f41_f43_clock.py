"""F41: a clock that is wrong at boot, set right later. Pass: recorded at once, "time unsure", rows,
motion and events corrected at most 5 s after it is right, nothing deleted by age meanwhile.
F42: the clock steps by two hours, either way, at runtime. Pass: no frame lost, no two recordings
overlap, and what is recorded and what is a gap tile the day.
F43: the zone's clock changes. Pass: lists of the day are complete in Hanoi and in New York.
Injection: tests/peers/wrong_clock, preloaded into kengd and keng-camera."""
import datetime
import os
import sqlite3
import struct
import subprocess
import time

import pytest
from conftest import BUILD, LONG, PATIENCE, can_connect, stamps, wait_until

HOUR = 3600.0


class Clock:
    """The clock of the machine that kengd believes to run on."""

    def __init__(self, directory, monkeypatch):
        self.file = directory / "wrong-clock"
        self.set(0, False)
        asan = subprocess.run(["gcc", "-print-file-name=libasan.so"], capture_output=True,
                              text=True).stdout.strip()
        sanitized = "libasan" in subprocess.run(["ldd", BUILD / "daemon/kengd"], capture_output=True,
                                                text=True).stdout
        preload = (asan + ":" if sanitized else "") + str(BUILD / "tests/peers/wrong_clock.so")
        wrapper = directory / "keng-camera"
        wrapper.write_text(f"#!/bin/sh\nexport WRONG_CLOCK={self.file} LD_PRELOAD={preload}\n"
                           f'exec {BUILD}/daemon/eye/keng-camera "$@"\n')
        wrapper.chmod(0o755)
        monkeypatch.setenv("KENGD_CAMERA_PROGRAM", str(wrapper))
        self.environment = {"WRONG_CLOCK": str(self.file), "LD_PRELOAD": preload}

    def set(self, ahead_s, synchronised):
        data = struct.pack("qq", int(ahead_s * 1e6), synchronised)
        if not self.file.exists():
            self.file.write_bytes(data)
        with open(self.file, "r+b") as file:  # in place: it is mapped
            file.write(data)
        self.ahead_s = ahead_s

    def now(self):
        return time.time() + self.ahead_s

    def start(self, kengd):
        """kengd alone sees it; this test and the village do not."""
        kengd.write_config()
        kengd.run = subprocess.Popen([BUILD / "daemon/kengd", "--config", kengd.config_file],
                                     stdout=open(kengd.log, "ab"), stderr=subprocess.STDOUT,
                                     env=os.environ | self.environment)
        wait_until("kengd's port", 10 * PATIENCE, lambda: kengd.run.poll() is None and can_connect(kengd.port))
        return kengd


@pytest.fixture
def clock(directory, monkeypatch):
    return Clock(directory, monkeypatch)


def text(moment):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def seconds(stamp):
    return datetime.datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()


def stretches(staff, camera, begin, end):
    return staff.json(f"/api/cameras/{camera}/recordings?from={text(begin)}&to={text(end)}")["stretches"]


def recorded(staff, camera, begin, end):
    return [s for s in stretches(staff, camera, begin, end) if s["kind"] == "recording"]


def assert_tiled(found):
    for before, after in zip(found, found[1:]):
        assert before["to"] == after["from"], (before, after)


@pytest.mark.parametrize("year", [1970, 2010] if LONG else [1970])
def test_f41_a_wrong_clock_at_boot_is_put_right_afterwards(kengd, make_village, clock, year):
    wrong = (10 * 86400 if year == 1970 else 1262304000.0) - time.time()
    village = make_village("cong-lang")
    kengd.add("cong-lang", village, motion={"sensitivity": 5})
    clock.set(wrong, False)
    clock.start(kengd)
    kengd.wait_recording("cong-lang", seconds=30)
    staff = kengd.web(person="truc-ban")
    wait_until("footage under the wrong clock", 30 * PATIENCE, lambda: sum(
        seconds(s["to"]) - seconds(s["from"]) for s in recorded(
            staff, "cong-lang", clock.now() - HOUR, clock.now() + 60)) > 6)
    assert not any(s["clock_trusted"] for s in recorded(staff, "cong-lang", clock.now() - HOUR, clock.now()))
    raised = staff.post("/api/alarm", {"camera": "cong-lang", "note": "thử"}).json()
    assert raised["raised"].startswith(str(year))
    moving = wait_until("motion under the wrong clock", 60 * PATIENCE, lambda: activity(
        staff, "cong-lang", clock.now() - HOUR, clock.now() + 60))
    before = len(kengd.segments("cong-lang"))
    clock.set(0, True)
    set_at = time.time()
    wait_until("rows corrected", 5 * PATIENCE, lambda: recorded(
        staff, "cong-lang", set_at - HOUR, set_at + 60) and not recorded(
            staff, "cong-lang", set_at + wrong - 86400, set_at + wrong + 86400))
    found = recorded(staff, "cong-lang", set_at - HOUR, time.time() + 5)
    assert all(s["clock_trusted"] for s in found)
    assert seconds(found[0]["from"]) > set_at - 600 and seconds(found[-1]["to"]) < time.time() + 2
    assert activity(staff, "cong-lang", set_at - HOUR, time.time()) >= moving
    assert not activity(staff, "cong-lang", set_at + wrong - 86400, set_at + wrong + 86400)
    alert = staff.json(f"/api/alerts/{raised['id']}")
    assert set_at - 600 < seconds(alert["raised"]) < time.time()
    assert set_at - 600 < seconds(alert["event"]["start"]) < time.time()
    assert len(kengd.segments("cong-lang")) >= before  # nothing went by age
    kengd.stop()
    frames = stamps(kengd.segments("cong-lang"), "cong-lang")
    assert sorted(frames) == list(range(min(frames), max(frames) + 1))


def activity(staff, camera, begin, end):
    """Seconds with motion."""
    found = staff.json(f"/api/cameras/{camera}/activity?from={text(begin)}&to={text(end)}")
    return sum(found["bins"])


@pytest.mark.parametrize("step", [2 * HOUR, -2 * HOUR] if LONG else [-2 * HOUR])
def test_f42_a_step_of_the_clock_loses_nothing_and_overlaps_nothing(kengd, make_village, clock, step):
    village = make_village("cong-lang")
    kengd.add("cong-lang", village)
    clock.set(0, True)
    clock.start(kengd)
    kengd.wait_recording("cong-lang", seconds=30)
    staff = kengd.web(person="truc-ban")
    begin = time.time() - 60
    for ahead in (0, step):
        clock.set(ahead, True)
        wait_until("footage behind the step", 30 * PATIENCE, lambda: any(
            seconds(s["to"]) > clock.now() - 5 and seconds(s["to"]) - seconds(s["from"]) > 5
            for s in recorded(staff, "cong-lang", clock.now() - HOUR, clock.now() + 5)))
    first = min(begin, begin + step)
    found = stretches(staff, "cong-lang", first, clock.now())
    assert_tiled(found)
    kengd.stop()
    rows = sorted(segment_times(kengd))
    for before, after in zip(rows, rows[1:]):
        assert after[0] >= before[1] - 0.05, (before, after)
    frames = stamps(kengd.segments("cong-lang"), "cong-lang")
    assert sorted(frames) == list(range(min(frames), max(frames) + 1)) and len(set(frames)) == len(frames)


def segment_times(kengd):
    with sqlite3.connect(kengd.directory / "state/keng.db") as db:
        return [(a / 1e6, b / 1e6) for a, b in
                db.execute("SELECT start_us, end_us FROM segment WHERE NOT lost")]


DAYS = [("America/New_York", "2026-03-08", 23), ("America/New_York", "2026-11-01", 25),
        ("Asia/Ho_Chi_Minh", "2026-11-21", 24)]


@pytest.mark.parametrize("zone, day, length_h", DAYS if LONG else DAYS[:1])
def test_f43_a_day_is_complete_whatever_its_zone_does(kengd, make_village, clock, zone, day, length_h):
    """kengd records over the hour that changes; the local day's list tiles it without a hole."""
    local = subprocess.run(["date", "+%s", "-d", f"{day} 00:00"], env={"TZ": zone, "PATH": os.environ["PATH"]},
                           capture_output=True, text=True, check=True).stdout
    begin, end = float(local), float(local) + length_h * HOUR
    change = begin + 2 * HOUR  # 02:00 becomes 03:00; the second 01:00; in Hanoi an hour like others
    village = make_village("cong-lang")
    kengd.config["site"]["time_zone"] = zone
    kengd.add("cong-lang", village)
    clock.set(change - 12 - time.time(), True)
    clock.start(kengd)
    kengd.wait_recording("cong-lang", seconds=30)
    staff = kengd.web(person="truc-ban")
    wait_until("footage behind the change", 60 * PATIENCE, lambda: any(
        seconds(s["to"]) > change + 5 for s in recorded(staff, "cong-lang", begin, end)))
    found = stretches(staff, "cong-lang", begin, end)
    assert_tiled(found)
    assert abs(seconds(found[0]["from"]) - begin) < 1
    pieces = recorded(staff, "cong-lang", begin, end)
    assert len(pieces) == 1 and seconds(pieces[0]["from"]) < change < seconds(pieces[0]["to"])
    kengd.stop()
