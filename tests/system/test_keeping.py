"""What is kept, and how a person has a say in it: the clock is vouched for, footage is held, the
catalogue is made again while recording goes on."""
import ctypes
import datetime
import json
import subprocess
import time
import zipfile

import pytest
from conftest import BUILD, PATIENCE, wait_until


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


def test_a_hold_is_asked_for_with_times_a_reason_and_a_right(kengd):
    kengd.add("cong-lang", url="rtsp://127.0.0.1:9/x").start()
    wrong = kengd.ctl("hold", "add", "cong-lang", "2026-13-01", "2026-12-01", "--reason", "x", "--until",
                      "2027-01-01", "--lang", "en", check=False)
    assert wrong.returncode == 1 and "from must be a time" in wrong.stderr
    nowhere = kengd.ctl("hold", "add", "cong-khac", "2026-11-01", "2026-12-01", "--reason", "x", "--until",
                        "2027-01-01", "--lang", "en", check=False)
    assert nowhere.returncode == 1 and "no such area or camera" in nowhere.stderr
    held = hold(kengd, "cong-lang", -3600, 3600)
    assert held["camera"] == "cong-lang" and held["by"] == "kengctl"
    assert "Mất trộm ở cổng" in kengd.ctl("hold", "list").stdout
    staff = kengd.web(role="staff", area="thon-doai")
    assert staff.json("/api/holds") == {"holds": []}
    kengd.ctl("hold", "release", held["id"])
    gone = kengd.ctl("--lang", "en", "hold", "release", held["id"], check=False)
    assert gone.returncode == 1 and "there is no hold" in gone.stderr
    what = [entry["what"] for entry in kengd.web(role="admin").json("/api/access-log")["entries"]]
    assert "hold" in what and "hold release" in what


def hold(kengd, camera, from_s, to_s):
    now = datetime.datetime.now(datetime.timezone.utc)
    at = lambda seconds: (now + datetime.timedelta(seconds=seconds)).isoformat()
    return kengd.ctl_json("hold", "add", camera, at(from_s), at(to_s), "--reason", "Mất trộm ở cổng", "--until",
                          (now + datetime.timedelta(days=2)).strftime("%Y-%m-%d"))


def test_held_footage_outlives_its_age_until_it_is_released(kengd):
    """Sixty files of half a second, two hours old; an hour is kept. Half of them is held."""
    kengd.add("gate", url="rtsp://127.0.0.1:9/x")
    (kengd.directory / "state").mkdir()
    subprocess.run([BUILD / "tests/peers/segment_writer", "fill", kengd.directory, "60", "7200"], check=True,
                   capture_output=True, timeout=60)
    files = kengd.segments("gate")
    assert len(files) == 60
    kengd.start()
    kengd.ctl("clock", "trust")
    held = hold(kengd, "gate", -7200 - 600, -7200 + 15 - (time.time() - files[0].stat().st_mtime))
    assert kengd.stop() == 0

    kengd.config["storage"]["keep"] = "1 hour"
    kengd.start()
    assert [row["id"] for row in kengd.ctl_json("hold", "list")["holds"]] == [held["id"]]
    wait_until("what is not held goes by age", 30 * PATIENCE,
               lambda: "recordings deleted: why=age" in kengd.log.read_text(), every=0.2)
    kept = kengd.segments("gate")
    assert 20 <= len(kept) <= 40 and kept == files[:len(kept)]
    kengd.ctl("hold", "release", held["id"])
    assert kengd.stop() == 0
    kengd.start()
    wait_until("what was held goes too", 30 * PATIENCE, lambda: not kengd.segments("gate"), every=0.2)


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
    said = kengd.ctl("--lang", "en", "rebuild").stdout
    assert "1 added, 0 put right, 0 without a file." in said
    found = wait_until("the rebuild", 30 * PATIENCE,
                       lambda: (now := kengd.ctl_json("status")["rebuild"]) and not now["runs"] and now)
    assert found["well"] and found["added"] == 1 and found["lost"] == 0
    assert ": 1 added" in kengd.ctl("--lang", "en", "status").stdout
    assert kengd.camera("cong-lang")["state"] == "recording"
    metrics = kengd.web(role="admin").get("/metrics").text
    assert "kengd_disk_damaged 0" in metrics and "kengd_disk_checked_at_seconds" in metrics


def test_the_recordings_of_a_camera_are_checked_when_somebody_asks(kengd, make_village):
    village = make_village("cong-lang", "gieng-dinh")
    kengd.add("cong-lang", village, sub=False).add("gieng-dinh", village, sub=False)
    kengd.config["storage"]["segment"] = "10 s"
    kengd.start()
    kengd.wait_recording()
    wait_until("closed segments", 40 * PATIENCE,
               lambda: all(len(kengd.segments(camera)) > 1 for camera in kengd.config["cameras"]))
    file = kengd.segments("cong-lang")[0]
    data = bytearray(file.read_bytes())
    data[-100] ^= 1
    file.write_bytes(data)
    fine = kengd.ctl("--lang", "en", "scrub", "gieng-dinh")
    assert ", 0 are damaged." in fine.stdout
    bad = kengd.ctl("--lang", "en", "scrub", check=False)
    assert bad.returncode == 1 and ", 1 are damaged." in bad.stdout
    assert kengd.ctl_json("status")["disk"]["damaged"] == 1 and file.exists()
    assert kengd.camera("cong-lang")["state"] == "recording"


def test_recordings_and_gaps_are_all_of_the_time_and_say_who_ended_them(kengd, make_village):
    """A camera that is away, a kengd that is killed, a camera that somebody takes out and puts in
    again: recordings and gaps equal the wall time, and each gap says why and who or what ended it."""
    village = make_village("cong-lang")
    kengd.add("cong-lang", village, sub=False).start()
    kengd.wait_recording()
    began = time.time()
    staff = kengd.web(person="truc-ban")

    def found():
        answer = staff.json("/api/cameras/cong-lang/recordings?from=%s&to=%s" % (
            utc(began - 60), utc(time.time() + 5)))
        return answer, [s for s in answer["stretches"] if s["kind"] == "gap" and moment(s["to"]) > began]

    def recorded_again(after):
        wait_until("recorded again", 40 * PATIENCE, lambda: any(
            s["kind"] == "recording" and moment(s["to"]) > after + 1 for s in found()[0]["stretches"]))
    recorded_again(began)
    village.stop()
    wait_until("a gap", 40 * PATIENCE, lambda: found()[1])
    village.start()
    recorded_again(time.time())
    kengd.kill()
    kengd.start()
    recorded_again(time.time())
    camera = kengd.config["cameras"].pop("cong-lang")
    kengd.write_config()
    kengd.ctl("reload")
    kengd.config["cameras"]["cong-lang"] = camera
    time.sleep(1.5)  # a stretch that nobody records
    kengd.write_config()
    kengd.ctl("reload")
    recorded_again(time.time())
    answer, gaps = found()
    pieces = answer["stretches"]
    assert sum(moment(p["to"]) - moment(p["from"]) for p in pieces) == pytest.approx(
        moment(answer["to"]) - moment(answer["from"]), rel=0.001)
    assert all(a["to"] == b["from"] for a, b in zip(pieces, pieces[1:]))
    assert all(gap["cause"] != "unknown" and gap["ended"] for gap in gaps), gaps
    ends = [(gap["cause"], gap["ended"]) for gap in gaps]
    assert ends[-1] == ("stopped", "person") and gaps[-1]["ended_by"], ends
    assert ("stopped", "started") in ends and {"video"} & {end for _, end in ends}, ends


def utc(at):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def test_a_player_without_mediasource_plays_what_is_recorded_now(kengd, make_village):
    """live.m3u8: an official may not look back, and may look."""
    village = make_village("cong-lang")
    kengd.add("cong-lang", village, sub=False).start()
    kengd.wait_recording()
    official = kengd.web(person="truong-dong")
    lists = official.get("/api/cameras/cong-lang/live.m3u8").text.splitlines()
    place = "/api/cameras/cong-lang/" + lists[-1]
    text = wait_until("a list with some seconds", 30 * PATIENCE, lambda: (
        found := official.get(place).text).count("#EXTINF") > 1 and found)
    assert "#EXT-X-PLAYLIST-TYPE:EVENT" in text and "#EXT-X-ENDLIST" not in text
    longer = wait_until("a longer list", 30 * PATIENCE, lambda: (
        found := official.get(place).text).count("#EXTINF") > text.count("#EXTINF") and found)
    assert longer.startswith(text.rstrip("\n"))  # what was said holds
    played = subprocess.run(
        ["ffmpeg", "-v", "error", "-nostdin", "-headers", f"Authorization: Bearer {official.token}\r\n",
         "-i", official.base + "/api/cameras/cong-lang/live.m3u8", "-t", "2", "-f", "null", "-"],
        capture_output=True, text=True, timeout=60)
    assert played.returncode == 0, played.stderr
    assert official.get("/api/cameras/cong-lang/live.m3u8?from=2020-01-01T00:00:00Z").status_code == 404
    assert official.get("/api/cameras/cong-lang/playback.m3u8?" + lists[-1].split("?")[1] +
                        "&to=" + utc(time.time())).status_code == 404
    assert kengd.web(person="truong-doai").get("/api/cameras/cong-lang/live.m3u8").status_code == 404


def test_a_camera_that_is_configured_no_more_is_found_held_and_exported(kengd):
    kengd.add("cong-lang", url="rtsp://127.0.0.1:9/x")
    (kengd.directory / "state").mkdir()
    subprocess.run([BUILD / "tests/peers/segment_writer", "fill", kengd.directory, "60", "7200"], check=True,
                   capture_output=True, timeout=60)
    kengd.start()
    admin = kengd.web(role="admin")
    former = wait_until("the former camera", 90 * PATIENCE, lambda: admin.json("/api/cameras")["former"])
    assert [one["id"] for one in former] == ["gate"] and former[0]["bytes"] > 0
    said = kengd.ctl("--lang", "en", "cameras").stdout
    assert "Configured no more" in said and "gate" in said

    day = f"from={utc(time.time() - 86400)}&to={utc(time.time())}"
    stretches = admin.json(f"/api/cameras/gate/recordings?{day}")["stretches"]
    recorded = [one for one in stretches if one["kind"] == "recording"]
    assert recorded
    span = f"from={recorded[0]['from']}&to={recorded[-1]['to']}"
    assert admin.json(f"/api/cameras/gate/fragments?{span}")["runs"]
    assert admin.json(f"/api/events?camera=gate&{day}")["events"] == []
    assert admin.get(f"/api/cameras/gate/clip.mp4?{span}").status_code == 200
    assert [one["id"] for one in kengd.web(person="truc-ban").json("/api/cameras")["former"]] == ["gate"]
    east = kengd.web(role="staff", area="thon-dong")  # sees an area: not what is of none
    assert east.json("/api/cameras")["former"] == []
    assert east.get(f"/api/cameras/gate/recordings?{day}").status_code == 404
    assert admin.get(f"/api/cameras/nobody/recordings?{day}").status_code == 404

    held = hold(kengd, "gate", -7200 - 600, -7200 + 600)
    assert held["camera"] == "gate"
    package = kengd.directory / "gate.zip"
    kengd.ctl("export", "gate", "--from", recorded[0]["from"], "--to", recorded[-1]["to"], "--reason", "r",
              "--document", "d", "--output", package)
    assert subprocess.run([BUILD / "daemon/ctl/kengctl", "verify", package], capture_output=True).returncode == 0
    with zipfile.ZipFile(package) as opened:
        manifest = json.loads(opened.read(next(name for name in opened.namelist() if name.endswith("manifest.json"))))
    assert manifest["cameras"][0]["id"] == "gate" and not manifest["cameras"][0]["configured"]
    assert manifest["cameras"][0]["files"]
