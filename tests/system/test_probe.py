"""kengctl camera probe and discover, on simulated devices: what is printed goes into conf.d as
it is and records."""
import json
import os
import pty
import re
import socket
import subprocess
import sys
import threading

import pytest
from conftest import BUILD, PASSWORD, PATIENCE, ROOT, USER, free_port

sys.path.insert(0, str(ROOT / "tests/peers"))
from onvif_device import Device  # noqa: E402
from test_transport import self_signed  # noqa: E402
from test_trouble import CountingCamera  # noqa: E402


def kengctl(directory, *words, password=PASSWORD, language="en"):
    return subprocess.run(
        [BUILD / "daemon/ctl/kengctl", "--socket", directory / "run/kengctl.sock", "--lang", language,
         "camera", *map(str, words)], input=password + "\n", capture_output=True, text=True,
        timeout=60 * PATIENCE)


def found(done):
    assert done.returncode == 0 and "SANDBOX" not in done.stderr, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def make_device():
    devices = []

    def make(*arguments, **more):
        devices.append(Device(*arguments, **more))
        return devices[-1]

    yield make
    for device in devices:
        device.close()


def test_what_a_probe_prints_goes_into_conf_d_and_records(kengd, make_village, make_device):
    """The device tells another host and a clock that is a day off; the login is a digest."""
    village = make_village("cong-lang")
    device = make_device([village.url("cong-lang"), village.url("cong-lang", "sub")], USER, PASSWORD,
                         ("auth=digest", "host=198.51.100.7", "clock=86400", "chunked", "media2"))
    kengd.start()
    told = found(kengctl(kengd.directory, "probe", f"127.0.0.1:{village.port}", "--json", "--user", USER,
                         "--onvif-port", device.port, "--id", "cong-lang", "--name", "Cổng \"làng\"",
                         "--config", kengd.config_file))
    assert told["main"]["codec"] in ("h264", "h265") and told["main"]["width"] >= 640
    assert told["sub"]["codec"] == "h264" and told["main"]["fps"] > 5 and told["main"]["gop_s"] > 0
    assert told["main"]["declared_gop"] == 30 and told["make"] == "Simulated"
    assert 86390 < told["clock_offset_s"] < 86410 and told["failed_logins"] == 0
    warnings = " ".join(told["warnings"])
    assert "198.51.100.7" in warnings and "NTP" in warnings
    assert PASSWORD not in json.dumps(told, ensure_ascii=False) and "198.51" not in told["stanza"]

    (kengd.directory / "conf.d").mkdir()
    (kengd.directory / "conf.d/cong-lang.yaml").write_text(told["stanza"])
    (kengd.directory / "secrets").mkdir()
    secret = kengd.directory / "secrets/cong-lang"
    secret.write_text(PASSWORD)
    secret.chmod(0o600)
    check = subprocess.run([BUILD / "daemon/kengd", "--config", kengd.config_file, "--check"],
                           capture_output=True, text=True)
    assert check.returncode == 0, check.stderr
    kengd.ctl("reload")
    kengd.wait_recording("cong-lang", seconds=20)
    assert kengd.camera("cong-lang")["name"] == 'Cổng "làng"'
    assert device.failed == 0 and "media2" in device.calls


class PathProxy:
    """Passes RTSP on and serves one path under another name."""

    def __init__(self, port, known, real):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.to, self.known, self.real = self.listener.getsockname()[1], port, known, real
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.to))
            for a, b, change in ((peer, server, True), (server, peer, False)):
                threading.Thread(target=self.pass_on, args=(a, b, change), daemon=True).start()

    def pass_on(self, a, b, change):
        try:
            while data := a.recv(65536):
                if change:
                    data = re.sub(re.escape(f"127.0.0.1:{self.port}{self.known}".encode()),
                                  f"127.0.0.1:{self.to}{self.real}".encode(), data)
                b.sendall(data)
        except OSError:
            pass
        for s in (a, b):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def test_a_stream_inside_tls_is_probed_by_its_whole_address(directory, make_village, monkeypatch):
    village = make_village("cong-lang", certificate=self_signed(directory))
    words = ("probe", village.url("cong-lang"), "--user", USER, "--json", "--onvif-port", free_port(),
             "--area", "thon-dong", "--id", "cong-lang")
    told = json.loads(kengctl(directory, *words).stdout)
    assert not told["found"] and re.search(r'fingerprint: "[0-9A-F:]{95}"', told["reason"]), told
    monkeypatch.setenv("SSL_CERT_FILE", str(directory / "camera.crt"))
    told = found(kengctl(directory, *words))
    assert f'url: "{village.url("cong-lang")}"' in told["stanza"] and told["main"]["codec"] == "h264", told


def test_without_onvif_and_without_kengd_the_known_paths_are_tried(directory, make_village):
    village = make_village("gieng-dinh", login=False)
    proxy = PathProxy(village.port, "/stream1", "/gieng-dinh/main")
    done = kengctl(directory, "probe", f"127.0.0.1:{proxy.port}", "--json", "--onvif-port", free_port(),
                   "--area", "thon-dong", "--id", "tapo")
    told = found(done)
    assert told["make"] == "Tapo" and told["sub"] is None and told["failed_logins"] == 0
    assert f'url: "rtsp://127.0.0.1:{proxy.port}/stream1"' in told["stanza"]
    assert any("sub-stream" in w for w in told["warnings"])
    assert "Hikvision" in done.stderr and "Tapo" in done.stderr
    proxy.listener.close()


def test_a_wrong_password_costs_at_most_three_logins_however_often_one_probes(kengd):
    camera = CountingCamera()
    kengd.start()
    words = ("probe", f"127.0.0.1:{camera.port}", "--onvif-port", free_port())
    for number in range(3):
        done = kengctl(kengd.directory, *words, password=f"sai{number}", language="vi")
        assert done.returncode == 1 and "sai" not in done.stdout
    assert 1 <= camera.logins <= 3
    assert "đăng nhập sai" in done.stderr, done.stderr
    kengd.kill()
    kengctl(kengd.directory, *words, "--config", kengd.config_file, password="sai")
    assert camera.logins <= 3, "remembered also when kengd does not run"
    camera.close()


@pytest.mark.parametrize("quirk", ["bomb", "deep", "junk", "refuse"])
def test_a_hostile_device_is_told_and_its_streams_are_looked_for_elsewhere(directory, make_device, quirk):
    device = make_device(["rtsp://127.0.0.1:9/x"], USER, PASSWORD, (quirk,))
    done = kengctl(directory, "probe", f"127.0.0.1:{free_port()}", "--user", USER,
                   "--onvif-port", device.port)
    assert done.returncode == 1 and "ONVIF" in done.stderr and "Sanitizer" not in done.stderr
    assert device.failed <= 1


def test_discover_lists_devices_and_their_profiles(directory, make_device):
    device = make_device(["rtsp://127.0.0.1:9/x", "rtsp://127.0.0.1:9/y"], USER, PASSWORD, ("auth=token",),
                         name="Cong-Lang")
    port = device.discover_on()
    told = found(kengctl(directory, "discover", f"127.0.0.1:{port}", "--json", "--user", USER))
    assert [(d["host"], d["port"], d["name"], d["hardware"], d["login"]) for d in told["devices"]] == [
        ("127.0.0.1", device.port, "Cong-Lang", "Sim-1", "well")]
    assert [(p["width"], p["gop"]) for p in told["devices"][0]["profiles"]] == [(1280, 30), (640, 30)]
    assert "Cong-Lang" in kengctl(directory, "discover", f"127.0.0.1:{port}").stdout
    newer = make_device(["rtsp://127.0.0.1:9/x"], USER, PASSWORD, ("auth=digest", "media2"))
    told = found(kengctl(directory, "discover", f"127.0.0.1:{newer.discover_on()}", "--json", "--user", USER))
    assert [p["encoding"] for p in told["devices"][0]["profiles"]] == ["H265"]  # media1 would say H264
    wrong = kengctl(directory, "discover", f"127.0.0.1:{port}", "--json", "--user", USER, password="sai")
    assert found(wrong)["devices"][0]["login"] == "wrong_password" and device.failed == 1
    hostile = make_device([])
    bad = hostile.discover_on(text="<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>")
    assert found(kengctl(directory, "discover", f"127.0.0.1:{bad}", "--json"))["devices"] == []


def test_the_password_is_asked_without_showing_it(directory):
    ours, theirs = pty.openpty()
    run = subprocess.Popen([BUILD / "daemon/ctl/kengctl", "--socket", directory / "none", "--lang", "vi", "camera",
                            "probe", f"127.0.0.1:{free_port()}", "--onvif-port", str(free_port())],
                           stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    while "Mật khẩu của admin".encode() not in shown:
        shown += os.read(ours, 4096)
    os.write(ours, b"bi-mat-123\n")
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:  # its end of the terminal is closed
        pass
    assert run.wait(timeout=30 * PATIENCE) == 1
    os.close(ours)
    assert b"bi-mat-123" not in shown and "không có luồng hình".encode() in shown, shown.decode()
