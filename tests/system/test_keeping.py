"""What is kept, and how a person has a say in it: the clock is vouched for, footage is held, the
catalogue is made again while recording goes on."""
import ctypes
import datetime

from conftest import PATIENCE, wait_until


def is_synchronised():
    """Whether the kernel holds this machine's clock to be synchronised (adjtimex: no STA_UNSYNC)."""
    timex = (ctypes.c_long * 64)()
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.adjtimex(timex) >= 0
    status = ctypes.cast(timex, ctypes.POINTER(ctypes.c_int))[10]
    return not status & 0x40


def test_a_person_vouches_for_the_clock_and_a_restart_forgets_nothing(kengd):
    kengd.start()
    if is_synchronised():
        told = kengd.ctl_json("clock", "trust")
        assert told["already"] and told["synchronised"]
        return
    before = kengd.ctl_json("status")
    assert not before["health"]["clock_trusted"] and not before["clock_said"]
    assert "kengctl clock trust" in kengd.ctl("--lang", "en", "status").stdout

    assert not kengd.ctl_json("clock", "trust")["already"]
    assert kengd.ctl_json("clock", "trust")["already"]
    assert "trusted already" in kengd.ctl("--lang", "en", "clock", "trust").stdout
    assert kengd.stop() == 0

    kengd.start()
    after = kengd.ctl_json("status")
    assert after["health"]["clock_trusted"] and after["clock_said"]
    assert "because somebody said so" in kengd.ctl("--lang", "en", "status").stdout
    entries = kengd.web(role="admin").json("/api/access-log")["entries"]
    assert "clock trust" in [entry["what"] for entry in entries]


def test_held_footage_outlives_its_age_until_it_is_released(kengd, make_village):
    village = make_village("cong-lang")
    kengd.config["storage"] |= {"segment": "10 s"}
    kengd.add("cong-lang", village, sub=False).start()
    kengd.wait_recording()
    wait_until("a segment", 20 * PATIENCE, lambda: kengd.segments("cong-lang"))
    wrong = kengd.ctl("hold", "add", "cong-lang", "2026-13-01", "2026-12-01", "--reason", "x", "--until",
                      "2027-01-01", "--lang", "en", check=False)
    assert wrong.returncode == 1 and "from must be a time" in wrong.stderr
    nowhere = kengd.ctl("hold", "add", "cong-khac", "2026-11-01", "2026-12-01", "--reason", "x", "--until",
                        "2027-01-01", "--lang", "en", check=False)
    assert nowhere.returncode == 1 and "no such area or camera" in nowhere.stderr

    now = datetime.datetime.now(datetime.timezone.utc)
    hour = datetime.timedelta(hours=1)
    held = kengd.ctl_json("hold", "add", "cong-lang", (now - hour).isoformat(), (now + hour).isoformat(),
                          "--reason", "Mất trộm ở cổng", "--until", (now + 24 * hour).strftime("%Y-%m-%d"))
    assert held["camera"] == "cong-lang" and held["by"] == "kengctl"
    assert "Mất trộm ở cổng" in kengd.ctl("hold", "list").stdout
    assert kengd.stop() == 0
    kengd.start()
    assert [hold["id"] for hold in kengd.ctl_json("hold", "list")["holds"]] == [held["id"]]

    staff = kengd.web(role="staff", area="thon-doai")
    assert staff.json("/api/holds") == {"holds": []}
    kengd.ctl("hold", "release", held["id"])
    gone = kengd.ctl("--lang", "en", "hold", "release", held["id"], check=False)
    assert gone.returncode == 1 and "there is no hold" in gone.stderr
    what = [entry["what"] for entry in kengd.web(role="admin").json("/api/access-log")["entries"]]
    assert "hold" in what and "hold release" in what


def test_the_catalogue_is_made_again_from_the_files_while_recording_goes_on(kengd, make_village):
    village = make_village("cong-lang")
    kengd.add("cong-lang", village, sub=False).start()
    kengd.wait_recording()
    wait_until("a segment", 20 * PATIENCE, lambda: kengd.segments("cong-lang"))
    assert kengd.stop() == 0
    for file in (kengd.directory / "state").glob("keng.db*"):
        file.unlink()
    away = kengd.segments("cong-lang")[0]
    aside = away.rename(kengd.directory / away.name)

    kengd.start()
    kengd.wait_recording()
    wait_until("the comparison of the start", 20 * PATIENCE,
               lambda: not kengd.ctl_json("status")["rebuild"]["runs"])
    aside.rename(away)
    kengd.ctl("rebuild")
    found = wait_until("the rebuild", 30 * PATIENCE,
                       lambda: (now := kengd.ctl_json("status")["rebuild"]) and not now["runs"] and now)
    assert found["well"] and found["added"] == 1 and found["lost"] == 0
    assert ": 1 added" in kengd.ctl("--lang", "en", "status").stdout
    assert kengd.camera("cong-lang")["state"] == "recording"
    metrics = kengd.web(role="admin").get("/metrics").text
    assert "kengd_disk_damaged 0" in metrics and "kengd_disk_checked_at_seconds" in metrics
