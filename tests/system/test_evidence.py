"""Footage is handed over whole, signed and named; found by where something moved; and nobody
takes it away who may not."""
import datetime
import hashlib
import json
import re
import subprocess
import time
import zipfile

from conftest import BUILD, PATIENCE, ffprobe, stamps, wait_until

REASON = {"reason": "Cung cấp cho công an xã", "document": "12/CV-CAX"}


def iso(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).isoformat().replace("+00:00", "Z")


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def export(web, cameras, start, end, **more):
    return web.post("/api/exports", {"cameras": cameras, "from": iso(start), "to": iso(end), **REASON, **more})


def finished(web, answer):
    assert answer.status_code == 201, answer.text
    address = "/api/exports/" + answer.json()["id"]
    return wait_until("the export", 30 * PATIENCE,
                      lambda: (lambda e: e if e["state"] in ("done", "failed") else None)(web.json(address)))


def take(web, done, directory):
    package = directory / "package.zip"
    answer = web.get(done["package"])
    assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]
    package.write_bytes(answer.content)
    assert hashlib.sha256(answer.content).hexdigest() == done["sha256"]
    folder = directory / "unpacked"
    with zipfile.ZipFile(package) as packed:
        assert packed.testzip() is None
        packed.extractall(folder)
    return package, folder


def verify(path):
    done = subprocess.run([BUILD / "daemon/ctl/kengctl", "--lang", "en", "--json", "verify", path],
                          capture_output=True, text=True, timeout=60)
    assert "Sanitizer" not in done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout)


def in_order(found):
    return found and found == list(range(found[0], found[0] + len(found)))


def recorded(kengd, web, camera, seconds):
    """Waits until so much lies on disk in one stretch; returns from and to."""
    def stretch():
        now = time.time()
        last = web.json(f"/api/cameras/{camera}/recordings?from={int(now) - 600}&to={int(now) + 60}")["stretches"][-1]
        start, end = moment(last["from"]), moment(last["to"])
        return (start, end) if last["kind"] == "recording" and end - start >= seconds else None
    return wait_until("footage", (seconds + 20) * PATIENCE, stretch, every=0.3)


def test_an_export_has_every_frame_and_can_be_proved_without_kengd(kengd, make_village, directory):
    village = make_village("cong-lang", "cau-kenh")
    kengd.add("cong-lang", village, name="Cổng làng").add("cau-kenh", village, name="Cầu kênh N5")
    kengd.start().wait_recording()
    web = kengd.web(person="truc-ban")
    start, end = recorded(kengd, web, "cong-lang", 14)  # over a seam of two segments
    done = finished(web, export(web, ["cong-lang", "cau-kenh"], start + 1, end - 1))
    assert done["state"] == "done", done
    package, folder = take(web, done, directory)

    films = sorted(folder.glob("*.mp4"))
    assert [f.name.split("_")[0] for f in films] == ["cau-kenh", "cong-lang"]
    for camera, film in zip(("cau-kenh", "cong-lang"), films):
        found = stamps([film], camera)
        assert in_order(found), f"{camera}: frames are missing or doubled"
        assert len(found) >= (end - start - 2) * 15 - 5
        # The very bytes that were recorded: no frame was made anew.
        assert set(found) <= set(stamps(kengd.segments(camera), camera))
        frames = [p for p in ffprobe(film, "-show_packets")["packets"] if p["codec_type"] == "video"]
        assert float(frames[0]["pts_time"]) < 0.5 and "K" in frames[0]["flags"]

    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["format"] == "kengd-export-1" and manifest["by"] == "Trực ban xã"
    assert manifest["reason"] == REASON["reason"] and manifest["document"] == REASON["document"]
    gate = manifest["cameras"][0]
    assert gate["name"] == "Cổng làng" and gate["place"] == "Xã Đồng Xanh – Thôn Đông" and gate["gaps"] == []
    assert moment(gate["files"][0]["from"]) <= start + 1 and moment(gate["files"][0]["to"]) >= end - 1
    assert gate["files"][0]["from_local"].endswith("+07:00")
    assert len(gate["sources"]) >= 2
    for source in gate["sources"]:
        bytes_now = (kengd.recordings / source["path"]).read_bytes()[:source["bytes"]]
        assert hashlib.sha256(bytes_now).hexdigest() == source["sha256"], source["path"]
    record = (folder / "bien-ban.html").read_text()
    for text in ("Cổng làng", "12/CV-CAX", "Trực ban xã", gate["files"][0]["sha256"], manifest["key_sha256"]):
        assert text in record

    sums = subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=folder, capture_output=True, text=True)
    assert sums.returncode == 0, sums.stdout + sums.stderr
    signed = ["openssl", "pkeyutl", "-verify", "-rawin", "-in", "SHA256SUMS", "-sigfile", "SHA256SUMS.sig",
              "-pubin", "-inkey", "public-key.pem"]
    assert subprocess.run(signed, cwd=folder, capture_output=True).returncode == 0
    assert verify(package)[0] == 0 and verify(folder)[0] == 0
    key = kengd.ctl("export", "key").stdout.strip().split("\n")[-1]
    assert key == manifest["key_sha256"] == verify(package)[1]["key"]

    for place in (0.01, 0.3, 0.6, 0.95):  # in films and papers
        changed = bytearray(package.read_bytes())
        changed[int(len(changed) * place)] ^= 1
        (directory / "changed.zip").write_bytes(changed)
        assert verify(directory / "changed.zip")[0] == 1, f"a flipped bit at {place} was not seen"
    film = folder / gate["files"][0]["name"]
    changed = bytearray(film.read_bytes())
    changed[len(changed) // 2] ^= 1
    film.write_bytes(changed)
    status, told = verify(folder)
    assert status == 1 and {"name": film.name, "is": "changed"} in told["files"]
    assert subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True).returncode == 1

    ours = kengd.ctl("export", "cong-lang", "--from", iso(start + 1), "--to", iso(start + 5), "--reason", "r",
                     "--document", "d", "--output", directory / "ours.zip")
    assert str(directory / "ours.zip") in ours.stdout and verify(directory / "ours.zip")[0] == 0
    admin = kengd.web(role="admin")
    log = [(e["who"], e["what"]) for e in admin.json("/api/access-log")["entries"]]
    assert ("Trực ban xã", "export") in log and ("Trực ban xã", "export taken") in log and ("kengctl", "export") in log


def test_gaps_and_another_codec_are_told_and_split(kengd, make_village, directory):
    village = make_village("gate:cong-lang")
    kengd.add("gate", village).start().wait_recording()
    web = kengd.web(person="truc-ban")
    start, _ = recorded(kengd, web, "gate", 4)
    village.stop()
    wait_until("the loss", 20 * PATIENCE, lambda: kengd.camera("gate")["state"] != "recording", every=0.2)
    village.start()
    kengd.wait_recording()
    recorded(kengd, web, "gate", 4)
    village.stop()  # comes back as another model: H.265
    other = make_village("gate:cau-kenh", port=village.port)
    kengd.wait_recording()
    wait_until("the other codec", 20 * PATIENCE, lambda: kengd.camera("gate")["main"]["codec"] == "h265", every=0.2)
    _, end = recorded(kengd, web, "gate", 4)

    done = finished(web, export(web, ["gate"], start, end))
    _, folder = take(web, done, directory)
    gate = json.loads((folder / "manifest.json").read_text())["cameras"][0]
    assert [f["codecs"][:4] for f in gate["files"]] == ["avc1", "hvc1"]
    assert gate["gaps"] and all(g["cause"] in ("camera", "network", "stopped") for g in gate["gaps"])
    first = gate["files"][0]
    assert len(first["pieces"]) == 2, "the gap is not seen in the pieces"
    told = [stamp for f in gate["files"] for stamp in stamps([folder / f["name"]], "gate")]
    assert len(told) > 12 * 15 - 20
    for piece, after in zip(first["pieces"], first["pieces"][1:]):
        assert moment(piece["to"]) < moment(after["from"]) and after["at_s"] > piece["at_s"]
    for f in gate["files"]:
        ffprobe(folder / f["name"], "-show_streams")
    playlist = web.get(f"/api/cameras/gate/playback.m3u8?from={iso(start)}&to={iso(end)}").text
    told_gaps = re.findall(r'#EXT-X-DATERANGE:ID="[^"]+",CLASS="gap",.*X-CAUSE="(\w+)"', playlist)
    assert told_gaps == [g["cause"] for g in gate["gaps"]]
    assert playlist.count("#EXT-X-MAP") >= 2 and playlist.rstrip().endswith("#EXT-X-ENDLIST")
    assert "khoảng trống" in (folder / "bien-ban.html").read_text().lower()
    other.stop()


def test_only_staff_export_and_only_what_they_may_see(kengd, make_village):
    village = make_village("cong-lang")
    kengd.add("cong-lang", village).start().wait_recording()
    staff, start = kengd.web(person="truc-ban"), time.time() - 5
    recorded(kengd, staff, "cong-lang", 2)
    done = finished(staff, export(staff, ["cong-lang"], start, time.time()))
    assert done["state"] == "done"
    neighbour = kengd.web(role="staff", area="thon-doai")
    for who in (kengd.web(person="truong-dong"), kengd.web(screen="nvh-dong"), neighbour):
        assert export(who, ["cong-lang"], start, time.time()).status_code == 404
        assert who.get("/api/exports/" + done["id"]).status_code == 404
        assert who.get(done["package"]).status_code == 404
    assert neighbour.json("/api/exports") == {"exports": []}
    for field, wrong in (("reason", {"reason": "  "}), ("document", {"document": ""}), ("to", {"to": iso(start - 9)}),
                         ("from", {"from": "soon"}), ("cameras", {"cameras": []})):
        answer = staff.post("/api/exports", {"cameras": ["cong-lang"], "from": iso(start), "to": iso(time.time()),
                                             **REASON, **wrong})
        assert answer.status_code == 422 and answer.json()["error"]["field"] == field, answer.text
    assert export(staff, ["nowhere"], start, time.time()).status_code == 404
    empty = finished(staff, export(staff, ["cong-lang"], start - 3600, start - 3000))
    assert empty["state"] == "failed" and empty["why"] and not empty["package"]


def test_a_kill_during_an_export_leaves_nothing_that_looks_whole(kengd, make_village):
    village = make_village("cong-lang")
    kengd.add("cong-lang", village).start().wait_recording()
    web = kengd.web(person="truc-ban")
    start, end = recorded(kengd, web, "cong-lang", 6)
    exports = kengd.directory / "state/exports"
    (exports / "01JUNK.zip.part").write_bytes(b"half of one")
    asked = export(web, ["cong-lang"], start, end).json()
    kengd.kill()
    kengd.start()
    web.session.headers["Authorization"]  # the same token holds
    after = wait_until("what became of it", 10 * PATIENCE,
                       lambda: (lambda e: e if e["state"] in ("done", "failed") else None)(
                           web.json("/api/exports/" + asked["id"])))
    assert not list(exports.glob("*.part"))
    whole = list(exports.glob("*.zip"))
    if after["state"] == "done":
        assert [f.stem for f in whole] == [asked["id"]] and verify(whole[0])[0] == 0
    else:
        assert after["why"] and not after["package"]


def test_who_passed_is_found_by_a_box(kengd, make_village):
    village = make_village("cong-lang")
    kengd.add("cong-lang", village).start().wait_recording()
    web = kengd.web(person="truc-ban")

    def found(box=""):
        now = int(time.time())
        return web.json(f"/api/cameras/cong-lang/activity?from={now - 600}&to={now + 10}{box}")
    wait_until("motion in the picture", 90 * PATIENCE, lambda: found()["stretches"], every=1)
    everywhere = sum(found()["bins"])
    assert everywhere > 0
    inside = found("&box=0,0,1,1")
    assert inside["stretches"] and inside["box"] == [0, 0, 1, 1]
    # A box in a corner of the sky, where nothing ever moves.
    assert sum(found("&box=0,0,0.05,0.05")["bins"]) < everywhere
