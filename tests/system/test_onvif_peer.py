"""The simulated ONVIF device is proved by a client that shares no code with it or with kengd."""
import json
import subprocess
import sys

from conftest import PATIENCE, ROOT, wait_until

sys.path.insert(0, str(ROOT / "tests/peers"))
from onvif_device import Device  # noqa: E402


def test_a_client_of_others_logs_in_reads_the_streams_and_hears_an_event():
    device = Device(["rtsp://127.0.0.1:9/main", "rtsp://127.0.0.1:9/sub"], "xem", "secret1",
                    ("auth=token", "clock=-3600", "media2"))
    client = subprocess.Popen(["node", "check.mjs", str(device.port), "xem", "secret1"],
                              cwd=ROOT / "tests/peers/onvif-check", stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
    try:
        wait_until("the client's pull", 20 * PATIENCE,
                   lambda: device.pulled() or client.poll() is not None)
        device.set("motion", True)
        out, err = client.communicate(timeout=30 * PATIENCE)
    finally:
        client.kill()
        device.close()
    assert client.returncode == 0, err
    told = json.loads(out)
    assert told["model"] == "Cam" and told["uri"] == "rtsp://127.0.0.1:9/main" and told["profiles"] == 2
    assert told["media2"] == ["H265", "H265"] and "media2" in device.calls
    assert told["topic"].endswith("RuleEngine/CellMotionDetector/Motion")
    assert device.failed == 0
