"""Several disks: where each camera is written, what is read from them, and what one that is gone costs."""
import subprocess
import time

from conftest import BUILD, PATIENCE, Kengd, stamps, wait_until

CAMERAS = ("cong-lang", "cau-kenh")


def files(volume, camera):
    return sorted((volume / camera).glob("*/*.mp4"))


def in_order(found):
    return found == list(range(found[0], found[0] + len(found)))


def two_disks(kengd, make_village):
    """cong-lang on the first disk, cau-kenh on the second."""
    village = make_village(*CAMERAS)
    second = kengd.directory / "dia-hai"
    kengd.config["storage"]["volumes"] = {"dia-hai": "dia-hai"}
    kengd.add("cong-lang", village, volume="recordings").add("cau-kenh", village, volume="dia-hai")
    kengd.start().wait_recording()
    wait_until("files on both disks", 20 * PATIENCE,
               lambda: files(kengd.recordings, "cong-lang") and files(second, "cau-kenh"))
    return second


def test_footage_of_each_disk_is_written_read_and_exported(kengd, make_village):
    second = two_disks(kengd, make_village)
    web = kengd.web(person="truc-ban")
    began = time.time()

    def recorded():
        now = int(time.time())
        last = web.json(f"/api/cameras/cau-kenh/recordings?from={now - 600}&to={now}")["stretches"]
        return last and last[-1]["kind"] == "recording" and time.time() - began > 8
    wait_until("footage", 30 * PATIENCE, recorded, every=0.5)
    assert not files(kengd.recordings, "cau-kenh") and not files(second, "cong-lang")

    start, end = int(began) + 2, int(began) + 7
    for camera in CAMERAS:
        clip = web.get(f"/api/cameras/{camera}/clip.mp4?from={start}&to={end}")
        assert clip.status_code == 200
        (kengd.directory / "clip.mp4").write_bytes(clip.content)
        found = stamps([kengd.directory / "clip.mp4"], camera)
        assert len(found) >= 60 and in_order(found)
        playlist = web.get(f"/api/cameras/{camera}/playback.m3u8?from={start}&to={end}").text
        segment = next(line for line in playlist.splitlines() if line.startswith("/api/segments/"))
        assert web.get(segment.split("#")[0], headers={"Range": "bytes=0-99"}).status_code == 206
    iso = lambda at: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
    kengd.ctl("export", "cau-kenh", "--from", iso(start), "--to", iso(end), "--reason", "r", "--document", "d",
              "--output", kengd.directory / "ours.zip")
    verified = subprocess.run([BUILD / "daemon/ctl/kengctl", "verify", kengd.directory / "ours.zip"],
                              capture_output=True)
    assert verified.returncode == 0

    disk = kengd.ctl_json("status")["health"]["disk"]
    assert disk["ok"] and [one["id"] for one in disk["volumes"]] == ["recordings", "dia-hai"]
    assert [one["cameras"] for one in disk["volumes"]] == [1, 1]
    assert str(second) in kengd.ctl("status").stdout
    metrics = kengd.web(role="admin").get("/metrics").text
    assert 'kengd_volume_ok{volume="dia-hai"} 1' in metrics

    kengd.config["storage"]["volumes"] = {}
    del kengd.config["storage"]["volumes"]
    kengd.config["cameras"]["cau-kenh"].pop("volume")
    kengd.write_config()
    assert "storage.volumes" in kengd.ctl("--lang", "en", "reload").stdout
    assert web.get(f"/api/cameras/cau-kenh/clip.mp4?from={start}&to={end}").status_code == 200


def test_f27_a_disk_that_is_gone_for_a_while_costs_no_frame_and_the_other_disk_nothing(kengd, make_village):
    second = two_disks(kengd, make_village)
    away = kengd.directory / "away"
    second.rename(away)
    second.mkdir()  # the empty place where it was mounted
    state = lambda: kengd.ctl_json("status")["health"]["disk"]["volumes"]
    wait_until("the disk is missed", 15 * PATIENCE, lambda: not state()[1]["ok"], every=0.3)
    assert state()[0]["ok"] and str(second) in state()[1]["why"]
    before = sum(file.stat().st_size for file in files(kengd.recordings, "cong-lang"))
    wait_until("the other disk is written", 10 * PATIENCE, lambda: sum(
        file.stat().st_size for file in files(kengd.recordings, "cong-lang")) > before, every=0.3)
    assert not list(second.iterdir())
    second.rmdir()
    away.rename(second)
    wait_until("the disk is found again", 15 * PATIENCE, lambda: state()[1]["ok"], every=0.3)
    written = len(files(second, "cau-kenh"))
    wait_until("it is written again", 10 * PATIENCE, lambda: len(files(second, "cau-kenh")) > written, every=0.3)
    assert kengd.stop() == 0
    for volume, camera in ((kengd.recordings, "cong-lang"), (second, "cau-kenh")):
        found = stamps(files(volume, camera), camera)
        assert in_order(found), f"{camera}: frames are missing or doubled"


def test_f33_a_second_kengd_on_any_of_the_disks_ends_and_names_the_first(kengd, make_village, directory):
    second = two_disks(kengd, make_village)
    (directory / "other").mkdir()
    other = Kengd(directory / "other")
    (directory / "other/link").symlink_to(second)
    other.config["storage"]["volumes"] = {"dia-hai": "link"}
    other.start(wait=False)
    assert other.run.wait(timeout=30 * PATIENCE) == 3
    assert str(kengd.run.pid) in other.log.read_text()
    assert kengd.ctl_json("status")["health"]["disk"]["ok"]
