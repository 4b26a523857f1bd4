"""The real daemon on real peers: a village of gst-rtsp-server cameras and kengd, both on
loopback ports of their own, in a directory that ends with the test."""
import json
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import time

import pytest
import requests
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("KENGD_BUILD", ROOT / "build-test"))
FOOTAGE = BUILD / "footage"
USER, PASSWORD = "xem", "mật khẩu: 'a/b'"
STAMP = re.compile(rb"KENGD-VILLAGE-1: ([a-z0-9-]+)/([a-z]+) s(\d+) f(\d+) t(\d+);")
# A sanitized daemon on two shared cores is slower: what times a person would feel get this.
PATIENCE = 3


def pytest_configure(config):
    config.addinivalue_line("markers", "long: waits for minutes; ./dev test runs it beside the others")


def free_port():
    """A port below those that the kernel gives to outgoing connections, so that none of them
    takes it before it is listened on; several tests run beside each other."""
    while True:
        port = random.randrange(10000, 32000)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def wait_until(what, seconds, condition, every=0.05):
    """Polls a condition of another process; says what never came."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(every)
    pytest.fail(f"{what}: not within {seconds} s")


class Village:
    """Cameras served by gst-rtsp-server. `names` are scenes; the same scene may stand twice."""

    def __init__(self, directory, cameras, port=None, login=True, name="village", transport=None,
                 certificate=None, basic=False):
        self.port = port or free_port()
        self.stats_file = directory / f"{name}.json"
        self.moves_file = directory / f"{name}.moves"
        self.log = directory / f"{name}.log"
        self.login = login
        self.scheme = "rtsps" if certificate else "rtsp"
        self.arguments = ["--transport", transport] if transport else []
        if certificate:
            self.arguments += ["--tls", certificate]
        if basic:
            self.arguments += ["--login", "basic"]
        for camera in cameras:
            camera_id, scene, audio = (camera.split(":") + ["", ""])[:3]
            scene = scene or camera_id
            main = next(iter(sorted(FOOTAGE.glob(f"{scene}-main.h26?"))))
            text = f"{camera_id}:main={main},sub={FOOTAGE}/{scene}-sub.h264"
            self.arguments.append(text + (f",audio={audio}" if audio else ""))
        self.run = None

    def start(self):
        login = ["--user", USER, "--password", PASSWORD] if self.login else []
        self.run = subprocess.Popen(
            [BUILD / "tests/peers/village", "--port", str(self.port), "--stats", self.stats_file,
             "--moves", self.moves_file, *login, *self.arguments],
            stdout=open(self.log, "ab"), stderr=subprocess.STDOUT)
        wait_until("the village", 10, lambda: can_connect(self.port))
        return self

    def stats(self):
        return json.loads(self.stats_file.read_text())["channels"]

    def stop(self):
        if self.run:
            self.run.kill()
            self.run.wait()
            self.run = None

    def url(self, camera, channel="main"):
        return f"{self.scheme}://127.0.0.1:{self.port}/{camera}/{channel}"


def can_connect(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


class Kengd:
    """One kengd with a configuration of its own."""

    def __init__(self, directory):
        self.directory = directory
        self.port = free_port()
        self.expects_kills = False  # of processes by their sandbox
        self.config_file = directory / "kengd.yaml"
        self.recordings = directory / "recordings"
        self.log = directory / "kengd.log"
        (directory / "run").mkdir(exist_ok=True)
        secret = directory / "password"
        secret.write_text(PASSWORD + "\n")
        secret.chmod(0o600)
        self.config = {
            "site": {"name": "Xã Đồng Xanh", "language": "vi"},
            "paths": {"state": "state", "runtime": "run"},
            "storage": {"recordings": "recordings", "keep": "1 day", "reserve": "10 MiB",
                        "segment": "10 s"},
            "web": {"listen": [f"127.0.0.1:{self.port}"]},
            "areas": {"xa": {"name": "Xã Đồng Xanh"},
                      "thon-dong": {"name": "Thôn Đông", "within": "xa"},
                      "thon-doai": {"name": "Thôn Đoài", "within": "xa"}},
            "cameras": {},
            "people": {
                "truong-dong": {"name": "Trưởng thôn Đông", "role": "official",
                                "areas": ["thon-dong"], "rank": 1},
                "truong-doai": {"name": "Trưởng thôn Đoài", "role": "official",
                                "areas": ["thon-doai"], "rank": 1},
                "truc-ban": {"name": "Trực ban xã", "role": "staff", "areas": ["xa"], "rank": 2}},
            "screens": {"nvh-dong": {"name": "Nhà văn hóa thôn Đông", "area": "thon-dong"},
                        "nvh-doai": {"name": "Nhà văn hóa thôn Đoài", "area": "thon-doai"}},
            "alerts": {"motion": {"hours": "00:00-00:00", "cool_down": "10 s"}},
        }
        self.run = None

    def add(self, camera, village=None, area="thon-dong", sub=True, name=None, **more):
        settings = {"name": name or camera, "area": area}
        if village:
            settings |= {"url": village.url(camera)}
            if sub:
                settings["sub_url"] = village.url(camera, "sub")
            if village.login:
                settings |= {"user": USER, "password": {"file": "password"}}
        self.config["cameras"][camera] = settings | more
        return self

    def write_config(self):
        self.config_file.write_text(yaml.safe_dump(self.config, allow_unicode=True, sort_keys=False))

    def start(self, wait=True):
        self.write_config()
        self.run = subprocess.Popen([BUILD / "daemon/kengd", "--config", self.config_file],
                                    stdout=open(self.log, "ab"), stderr=subprocess.STDOUT)
        if wait:
            wait_until("kengd's port", 10 * PATIENCE, lambda: self.run.poll() is None and can_connect(self.port))
        return self

    def kill(self):
        self.run.kill()
        self.run.wait()
        self.run = None

    def stop(self):
        """Ends it as systemd would and returns its exit status."""
        if not self.run:
            return None
        self.run.send_signal(signal.SIGTERM)
        try:
            status = self.run.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.run.kill()
            self.run.wait()
            pytest.fail("kengd did not end within 30 s of SIGTERM")
        self.run = None
        return status

    def ctl(self, *words, check=True):
        done = subprocess.run([BUILD / "daemon/ctl/kengctl", "--socket",
                               self.directory / "run/kengctl.sock", *words],
                              capture_output=True, text=True, timeout=60)
        if check and done.returncode != 0:
            pytest.fail(f"kengctl {' '.join(map(str, words))}: {done.stderr}{done.stdout}")
        return done

    def ctl_json(self, *words):
        return json.loads(self.ctl("--json", *words).stdout)

    def token(self, **who):
        words = [part for key, value in who.items() for part in (f"--{key}", value)]
        return self.ctl_json("token", "new", *words)["token"]

    def web(self, **who):
        return Web(self.port, self.token(**who))

    def camera(self, camera_id):
        for camera in self.ctl_json("cameras")["cameras"]:
            if camera["id"] == camera_id:
                return camera
        return None

    def wait_recording(self, *cameras, seconds=15):
        for camera in cameras or self.config["cameras"]:
            wait_until(f"{camera} recording", seconds * PATIENCE,
                       lambda: self.camera(camera)["state"] == "recording", every=0.2)

    def segments(self, camera):
        return sorted((self.recordings / camera).glob("*/*.mp4"))


class Web:
    """The addresses of docs/http.md with one token."""

    def __init__(self, port, token):
        self.base = f"http://127.0.0.1:{port}"
        self.token = token
        self.session = requests.Session()
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def get(self, path, **more):
        return self.session.get(self.base + path, timeout=30, **more)

    def json(self, path):
        answer = self.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def post(self, path, body=None):
        return self.session.post(self.base + path, json=body or {}, timeout=30)


def stamps(files, camera, channel="main"):
    """Sequence numbers of the frames in the files, in the order of the bytes."""
    found = []
    for file in files:
        for name, which, sequence, _, _ in STAMP.findall(file.read_bytes()):
            if name.decode() == camera and which.decode() == channel:
                found.append(int(sequence))
    return found


def ffprobe(file, *words):
    """What ffprobe says of a file; any complaint of it fails the test."""
    done = subprocess.run(["ffprobe", "-v", "warning", "-of", "json", *words, file],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and not done.stderr.strip(), f"{file}: {done.stderr}"
    return json.loads(done.stdout)


@pytest.fixture
def directory(tmp_path):
    return tmp_path


@pytest.fixture
def kengd(directory):
    daemon = Kengd(directory)
    yield daemon
    if daemon.run and daemon.run.poll() is None:
        daemon.stop()
    text = daemon.log.read_text(errors="replace") if daemon.log.exists() else ""
    unwanted = ["AddressSanitizer", "LeakSanitizer", "runtime error:"]
    if not daemon.expects_kills:
        unwanted.append("killed by its sandbox")
    for word in unwanted:
        assert word not in text, f"{word} in kengd's log:\n{text[-6000:]}"


@pytest.fixture
def make_village(directory):
    villages = []

    def make(*cameras, **more):
        village = Village(directory, cameras, name=f"village{len(villages)}", **more)
        villages.append(village)
        return village.start()

    yield make
    for village in villages:
        village.stop()
