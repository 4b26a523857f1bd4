"""Cameras that send over UDP, or inside TLS, instead of inside a plain connection."""
import re
import subprocess
import sys

from conftest import PATIENCE, ROOT, ffprobe, stamps, wait_until

sys.path.insert(0, str(ROOT / "tests/peers"))
from udpchaos import UdpChaos  # noqa: E402


def recorded(kengd, camera, seconds=25):
    """The frames on disk, once there is about that much time of them."""
    wait_until("footage", seconds * PATIENCE, lambda: len(stamps(kengd.segments(camera), camera)) >= 150,
               every=0.5)
    return stamps(kengd.segments(camera), camera)


def codecs_of(kengd, camera):
    told = ffprobe(kengd.segments(camera)[0], "-show_entries", "stream=codec_tag_string")
    return [stream["codec_tag_string"] for stream in told["streams"]]


def assert_nothing_missing(numbers):
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_a_camera_that_only_sends_over_udp_is_recorded_frame_by_frame(kengd, make_village):
    village = make_village("cong-lang:cong-lang:aac", transport="udp")
    kengd.add("cong-lang", village, audio=True).start().wait_recording()
    tries = kengd.camera("cong-lang")["reconnects"]  # a full machine's camera may begin late
    assert_nothing_missing(recorded(kengd, "cong-lang"))
    camera = kengd.camera("cong-lang")
    assert camera["lost_packets"] == 0 and camera["reconnects"] == tries
    assert camera["main"]["transport"] == "udp"
    assert "mp4a" in codecs_of(kengd, "cong-lang")
    assert "another address" not in kengd.log.read_text()


def test_tcp_that_is_refused_is_not_replaced_where_the_admin_wants_it(kengd, make_village):
    village = make_village("cong-lang", transport="udp")
    kengd.add("cong-lang", village, sub=False, transport="tcp").start()
    wait_until("the refusal", 10 * PATIENCE, lambda: kengd.camera("cong-lang")["reason_code"] == "transport")
    assert "transport: auto" in kengd.camera("cong-lang")["reason"]


def test_a_camera_that_would_send_from_another_address_is_refused(kengd, make_village):
    village = make_village("cong-lang", transport="udp", login=False)
    with UdpChaos(village.port, source="10.9.9.9") as network:
        kengd.add("cong-lang", url=f"rtsp://127.0.0.1:{network.port}/cong-lang/main").start()
        wait_until("the refusal", 15 * PATIENCE,
                   lambda: kengd.camera("cong-lang")["reason_code"] == "foreign", every=0.2)
        assert "would send from another address and is refused: camera=cong-lang source='10.9.9.9'" \
            in kengd.log.read_text()
        assert network.passed == 0 and not kengd.segments("cong-lang")


# ---- RTSPS ----------------------------------------------------------------------------------

def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, timeout=60)


def self_signed(directory, name="camera", host="IP:127.0.0.1"):
    """A certificate with its key, as the village wants them: one PEM file."""
    key, certificate, both = (directory / f"{name}{end}" for end in (".key", ".crt", ".pem"))
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
            "-subj", f"/CN={name}", "-addext", f"subjectAltName={host}", "-keyout", key, "-out", certificate)
    both.write_text(key.read_text() + certificate.read_text())
    return both


def wait_for_reason(kengd, camera, code):
    return wait_until(f"reason {code}", 15 * PATIENCE, lambda: (
        (found := kengd.camera(camera))["reason_code"] == code and found["reason"]), every=0.2)


def test_a_camera_inside_tls_is_recorded_when_its_certificate_is_pinned(kengd, make_village, directory):
    """From nothing configured to a recording, by what the admin is told."""
    village = make_village("cong-lang", certificate=self_signed(directory), basic=True)
    kengd.add("cong-lang", village, sub=False).start()
    sentence = wait_for_reason(kengd, "cong-lang", "tls_issuer")
    fingerprint = re.search(r'fingerprint: "([0-9A-F:]{95})"', sentence).group(1)
    kengd.config["cameras"]["cong-lang"]["tls"] = {"fingerprint": "0" * 64}
    kengd.write_config()
    kengd.ctl("reload")
    assert fingerprint in wait_for_reason(kengd, "cong-lang", "tls_fingerprint")
    kengd.config["cameras"]["cong-lang"]["tls"] = {"fingerprint": fingerprint}
    kengd.write_config()
    kengd.ctl("reload")
    kengd.wait_recording()
    assert_nothing_missing(recorded(kengd, "cong-lang"))
    assert kengd.camera("cong-lang")["main"]["transport"] == "tls"
    assert " tls " in kengd.ctl("cameras").stdout


def test_a_camera_inside_tls_is_recorded_when_somebody_trusted_has_signed(
        kengd, make_village, directory, monkeypatch):
    """Whom the configuration names, or whom the system trusts; not whoever it is."""
    village = make_village("cong-lang", certificate=self_signed(directory))
    other = make_village("gieng-dinh", certificate=self_signed(directory, "other", "IP:127.0.0.9"))
    known = make_village("dau-ngo", certificate=self_signed(directory, "known"))
    monkeypatch.setenv("SSL_CERT_FILE", str(directory / "known.crt"))  # the system's list, for libssl
    kengd.add("cong-lang", village, tls={"ca": "camera.crt"})
    kengd.add("dau-ngo", known, sub=False, sandbox=False)
    kengd.add("stranger", url=village.url("cong-lang"), user="xem", password={"file": "password"})
    kengd.add("gieng-dinh", other, sub=False, tls={"ca": "other.crt"}).start()
    wait_for_reason(kengd, "gieng-dinh", "tls_name")
    wait_for_reason(kengd, "stranger", "tls_issuer")
    kengd.wait_recording("cong-lang", "dau-ngo")
    shout = "CAMERA PROCESS RUNS WITHOUT ITS SANDBOX, as the configuration says: camera="
    assert re.findall(shout + "([a-z-]+)", kengd.log.read_text()) == ["dau-ngo"]
    wait_until("the sub-stream", 10 * PATIENCE, lambda: kengd.camera("cong-lang")["sub"], every=0.2)
