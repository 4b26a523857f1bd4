"""What is wrong with a camera stands as its own sentence in kengctl, for staff and in the log."""
import hashlib
import re
import socket
import threading

import pytest
from conftest import PATIENCE, free_port, wait_until


class CountingCamera:
    """Answers DESCRIBE with 401 for ever and counts the logins that were tried."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.logins, self.connections = 0, 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.talk, args=(peer,), daemon=True).start()

    def talk(self, peer):
        nonce = hashlib.md5(str(self.connections).encode()).hexdigest()
        lines = peer.makefile("rwb")
        head = {}
        for line in lines:
            line = line.strip().decode()
            if line:
                key, _, value = line.partition(":")
                head[key.lower()] = value.strip() or key
                continue
            self.logins += "authorization" in head
            status = "200 OK\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY" if any(
                k.startswith("options") for k in head) else (
                f'401 Unauthorized\r\nWWW-Authenticate: Digest realm="cam", nonce="{nonce}"')
            lines.write(f"RTSP/1.0 {status}\r\nCSeq: {head.get('cseq', 0)}\r\n\r\n".encode())
            lines.flush()
            head = {}

    def close(self):
        self.listener.close()


class SilentCamera:
    """Accepts and says nothing."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def close(self):
        self.listener.close()


@pytest.fixture
def silent():
    camera = SilentCamera()
    yield camera
    camera.close()


@pytest.fixture
def counting():
    camera = CountingCamera()
    yield camera
    camera.close()


def test_each_trouble_has_its_own_sentence_within_ten_seconds(kengd, make_village, silent):
    village = make_village("cong-lang", "gieng-dinh")
    wrong = kengd.directory / "wrong-password"
    wrong.write_text("sai")
    wrong.chmod(0o600)
    kengd.add("cong-lang", village)
    kengd.add("sai-mat-khau", url=village.url("gieng-dinh"), user="xem",
              password={"file": "wrong-password"})
    kengd.add("sai-duong-dan", url=village.url("khong-co"), user="xem", password={"file": "password"})
    kengd.add("cong-dong", url=f"rtsp://127.0.0.1:{free_port()}/x")
    kengd.add("khong-ten", url="rtsp://khong-co-that.invalid/x")
    kengd.add("im-lang", url=f"rtsp://127.0.0.1:{silent.port}/x")
    kengd.start()
    expected = {"sai-mat-khau": {"wrong_password", "login_pause"}, "sai-duong-dan": {"wrong_path"},
                "cong-dong": {"port_closed"}, "khong-ten": {"unknown_host"}, "im-lang": {"silent"}}
    for camera, codes in expected.items():
        wait_until(f"{camera}: {codes}", 10 * PATIENCE,
                   lambda: kengd.camera(camera)["reason_code"] in codes, every=0.2)
    kengd.wait_recording("cong-lang")
    told = {c["id"]: c for c in kengd.ctl_json("cameras")["cameras"]}
    sentences = [told[camera]["reason"] for camera in expected]
    assert len(set(sentences)) == len(sentences), sentences
    table, log = kengd.ctl("cameras").stdout, kengd.log.read_text()
    listed = {c["id"]: c for c in kengd.web(person="truc-ban").json("/api/cameras")["cameras"]}
    for camera in expected:
        assert camera in table and listed[camera]["reason"] == told[camera]["reason"]
        assert re.search(rf"camera={camera}\b", log), f"nothing about {camera} in the log"
    everything = log + table + str(listed)
    assert "mật khẩu: 'a/b'" not in everything and "sai\n" not in everything


def test_a_camera_that_refuses_is_asked_at_most_three_times(kengd, counting):
    """All channels and streams of one host, port and user together, also after a restart."""
    for name in ("a", "b"):
        kengd.add(name, url=f"rtsp://127.0.0.1:{counting.port}/{name}/main",
                  sub_url=f"rtsp://127.0.0.1:{counting.port}/{name}/sub", user="xem",
                  password={"file": "password"})
    kengd.start()
    for name in ("a", "b"):
        wait_until("the pause", 20 * PATIENCE,
                   lambda: kengd.camera(name)["reason_code"] in ("wrong_password", "login_pause"))
    wait_until("a first try", 10, lambda: counting.logins >= 1)
    assert kengd.camera("a")["state"] == "refused"
    kengd.kill()
    kengd.start()
    wait_until("the pause again", 20 * PATIENCE,
               lambda: kengd.camera("a")["reason_code"] in ("wrong_password", "login_pause"))
    wait_until("both channels have asked", 20 * PATIENCE, lambda: counting.connections >= 4)
    assert 1 <= counting.logins <= 3, f"{counting.logins} logins"
