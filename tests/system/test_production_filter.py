"""The system calls that a camera's process really needs, under the list that is installed: the
sanitizers of the other tests have a list of their own, so these run a keng-camera without them."""
import subprocess

from conftest import PATIENCE, ROOT, stamps, wait_until
from test_transport import self_signed

PLAIN = ROOT / "build/daemon/eye/keng-camera"


def test_every_format_transport_and_the_detector_live_under_the_installed_filter(
        kengd, make_village, directory, monkeypatch):
    assert PLAIN.exists(), "run ./dev test, which builds it"
    monkeypatch.setenv("KENGD_CAMERA_PROGRAM", str(PLAIN))
    plain = make_village("cong-lang:cong-lang:aac", "dau-ngo:dau-ngo:pcma", "cau-kenh")
    udp = make_village("gieng-dinh:gieng-dinh:pcmu", transport="udp")
    tls = make_village("duong-de", certificate=self_signed(directory))
    kengd.add("cong-lang", plain, audio=True).add("dau-ngo", plain, audio=True).add("cau-kenh", plain)
    kengd.add("gieng-dinh", udp, audio=True, transport="udp")
    kengd.add("duong-de", tls, tls={"ca": "camera.crt"}).start()
    kengd.wait_recording(seconds=20)
    cameras = kengd.config["cameras"]
    for camera in cameras:  # decoded, scaled and made a JPEG
        wait_until(f"a picture of {camera}", 20 * PATIENCE, lambda: kengd.web(person="truc-ban").get(
            f"/api/cameras/{camera}/latest.jpg").status_code == 200, every=0.5)
        wait_until(f"footage of {camera}", 20 * PATIENCE,
                   lambda: len(stamps(kengd.segments(camera), camera)) > 100, every=0.5)
    for camera in cameras:
        told = kengd.camera(camera)
        assert told["state"] == "recording" and told["reconnects"] == 0, told
    text = kengd.log.read_text()
    assert "sandbox" not in text and "camera process" not in text, text[-3000:]
    # The filter is that of a plain build: one with the sanitizers' additions would prove nothing.
    symbols = subprocess.run(["nm", "-D", PLAIN], capture_output=True, text=True, timeout=60).stdout
    assert "__asan" not in symbols
