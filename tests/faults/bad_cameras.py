"""Misbehaving cameras (tests/peers/badcam) beside well-behaved ones on one kengd.

A module of this folder lists the cameras it needs in CAMERAS; all that were collected stand
in one run, the `hamlet`, and each test looks at what became of its own. What must hold for an
hour is listed in HOUR_CAMERAS and stands in a run of its own, the `hour`: its tests are marked
`hour` and are there with KENGD_LONG=1 only. Values of a camera:

    scenario, ...   what tests/peers/badcam/badcam reads
    kengd           more settings of the camera in kengd
    orders          [(second, {value: new})]: what changes at the camera during the run
    sub             its second stream is taken too
    records         False: it is not expected to record
    viewers         so many look at its live stream during the run
"""
import datetime
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

import pytest

from conftest import FOOTAGE, PATIENCE, ROOT, STAMP, Kengd, Village, wait_until

LONG = os.environ.get("KENGD_LONG") == "1"
SECONDS = 600 if LONG else 26
HOUR_S = int(os.environ.get("KENGD_HOUR_S", 3600))  # less: to try such a test itself
GOOD = (["cong-lang::aac", "gieng-dinh", "dau-ngo::pcma", "tram-bom", "cau-kenh", "duong-de"]
        if LONG else ["cong-lang::aac", "cau-kenh"])


class BadCameras:
    """One badcam process."""

    def __init__(self, directory, cameras):
        file = directory / "badcam.json"
        keys = ("kengd", "orders", "records", "viewers", "sub")
        file.write_text(json.dumps({name: {k: v for k, v in camera.items() if k not in keys}
                                    for name, camera in cameras.items()}))
        self.run = subprocess.Popen(
            [ROOT / "tests/peers/badcam/badcam", FOOTAGE, file], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=open(directory / "badcam.log", "ab"), text=True)
        self.lock = threading.Lock()
        self.ports = json.loads(self.run.stdout.readline())

    def ask(self, **order):
        with self.lock:
            self.run.stdin.write(json.dumps(order) + "\n")
            self.run.stdin.flush()
            return json.loads(self.run.stdout.readline())

    def stats(self, name):
        return self.ask(ask="stats")[name]

    def set(self, camera, **values):
        self.ask(camera=camera, set=values)

    def hashes(self, camera, channel="main"):
        return {int(k): v for k, v in self.ask(ask="frames", camera=camera)[channel].items()}

    def url(self, camera, channel="main"):
        return f"rtsp://127.0.0.1:{self.ports[camera]}/{channel}"

    def stop(self):
        self.run.stdin.close()
        self.run.stdout.close()
        self.run.wait(timeout=20)


class ChaosProxy:
    """tests/peers/chaosproxy before a port."""

    def __init__(self, port):
        self.run = subprocess.Popen([ROOT / "tests/peers/chaosproxy", str(port)], text=True,
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.run.stdout.readline())

    def do(self, **order):
        self.run.stdin.write(json.dumps(order) + "\n")
        self.run.stdin.flush()
        return json.loads(self.run.stdout.readline())

    def stop(self):
        self.run.stdin.close()
        self.run.stdout.close()
        self.run.wait(timeout=20)


def add_bad(kengd, bad, name, camera):
    """A camera of badcam in kengd's configuration."""
    user = {"user": camera["user"], "password": {"file": "password"}} if camera.get("user") else {}
    user |= {"sub_url": bad.url(name, "sub")} if camera.get("sub") else {}
    return kengd.add(name, **({"url": bad.url(name), "motion": False, "view": False, "audio": bool(camera.get("audio"))}
                              | user | camera.get("kengd", {})))


def seconds(stretch):
    begin, end = (datetime.datetime.fromisoformat(stretch[k].replace("Z", "+00:00")) for k in ("from", "to"))
    return (end - begin).total_seconds()


def read_packets(file):
    done = subprocess.run(["ffprobe", "-v", "quiet", "-of", "json", "-show_packets", "-show_data_hash",
                           "md5", file], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, file
    return json.loads(done.stdout)["packets"]


class Became:
    """What became of one camera of the hamlet."""

    def __init__(self, name, files, hashes, stats, states, stretches, last):
        self.name, self.files, self.hashes, self.stats = name, files, hashes, stats
        self.states, self.stretches, self.last = states, stretches, last
        self._packets = None

    def stamps(self, name=None):
        return [(int(sequence), who.decode()) for file in self.files
                for who, _, sequence, _, _ in STAMP.findall(file.read_bytes())
                if name in (None, who.decode())]

    def packets(self, kind="video"):
        """Of all files: seconds, hash, whether it is a keyframe, and its file. Damage inside is
        not looked at: that is the camera's."""
        if self._packets is None:
            self._packets = [
                packet | {"file": file, "pts": float(packet["pts_time"]), "dts": float(packet["dts_time"]),
                          "hash": packet["data_hash"].split(":")[1], "key": "K" in packet["flags"]}
                for file in self.files
                for packet in read_packets(file)]
        return [p for p in self._packets if p["codec_type"] == kind]

    def gaps(self):
        """Between the first recording and the last."""
        kinds = [s["kind"] for s in self.stretches]
        assert "recording" in kinds, f"{self.name} never recorded: {self.states}"
        first, last = kinds.index("recording"), len(kinds) - kinds[::-1].index("recording")
        return [s for s in self.stretches[first:last] if s["kind"] == "gap"]

    def codes(self):
        return {code for _, _, code in self.states}

    def assert_stored_as_sent(self):
        """Every frame on disk is one that was sent, bit for bit, in order and once; the packet
        with its stamp may have been lost. Returns the frames' numbers."""
        stamped = {whole: number for number, (whole, _) in self.hashes.items()}
        bare = {}
        for number, (_, slices) in self.hashes.items():
            bare.setdefault(slices, []).append(number)
        numbers = [-1]
        for packet in self.packets():
            number = stamped.get(packet["hash"])
            if number is None:
                number = min((n for n in bare.get(packet["hash"], []) if n > numbers[-1]), default=None)
            assert number is not None, f"{self.name}: a frame behind {numbers[-1]} is none that was sent"
            assert number > numbers[-1], f"{self.name}: {number} stands behind {numbers[-1]}"
            numbers.append(number)
        return numbers[1:]

    def assert_nothing_lost(self, seam_s=0):
        """`seam_s`: what a new run may begin late by."""
        sequences = self.assert_stored_as_sent()
        assert sequences == list(range(sequences[0], sequences[-1] + 1)), \
            f"{self.name}: missing {sorted(set(range(sequences[0], sequences[-1])) - set(sequences))[:20]}"
        sent = self.stats["frames"]["main"]
        assert sequences[-1] >= sent - 45, f"{self.name}: {sequences[-1]} of {sent} stored"
        gaps = [g for g in self.gaps() if seconds(g) > seam_s]
        assert gaps == [] and self.stats["connections"] == 1, (gaps, self.stats)
        return sequences


def view(web, name, stop):
    with web.get(f"/api/live?cameras={name}!main", stream=True) as answer:
        for _ in answer.iter_content(65536):
            if stop.is_set():
                return


class Hamlet:
    def __init__(self, directory, cameras, good=(), seconds=SECONDS):
        self.directory, self.cameras = directory, cameras
        self.good, self.seconds = [camera.split(":")[0] for camera in good], seconds
        self.village = Village(directory, good) if good else None
        self.became, self.states = {}, {name: [] for name in cameras}
        self.log = ""

    def run(self):
        kengd, bad = Kengd(self.directory), BadCameras(self.directory, self.cameras)
        if self.village:
            self.village.start()
        try:
            self.play(kengd, bad)
        finally:
            if kengd.run:
                kengd.stop()
            if self.village:
                self.village.stop()
            bad.stop()
            self.log = kengd.log.read_text(errors="replace")

    def play(self, kengd, bad):
        kengd.config["storage"]["segment"] = "10 min"
        for name in self.good:
            kengd.add(name, self.village, sub=False, motion=False, view=False)
        for name, camera in self.cameras.items():
            add_bad(kengd, bad, name, camera)
        kengd.start()
        web = kengd.web(person="truc-ban")
        expected = [n for n, c in self.cameras.items() if c.get("records", True)]
        expected += self.good
        began = time.monotonic()
        wait_until("all record", 30 * PATIENCE, lambda: self.look(web, began) >= set(expected), every=0.5)
        orders = sorted((at, name, values) for name, c in self.cameras.items()
                        for at, values in c.get("orders", []))
        stop = threading.Event()
        viewers = [threading.Thread(target=view, args=(kengd.web(person="truc-ban"), name, stop))
                   for name, c in self.cameras.items() for _ in range(c.get("viewers", 0))]
        for viewer in viewers:
            viewer.start()
        began = time.monotonic()
        while (now := time.monotonic() - began) < self.seconds:
            while orders and orders[0][0] <= now:
                _, name, values = orders.pop(0)
                bad.set(name, **values)
            self.look(web, now)
            time.sleep(0.4)
        stop.set()
        for viewer in viewers:
            viewer.join()
        self.take(kengd, bad, web)

    def look(self, web, now):
        listed = web.json("/api/cameras")["cameras"]
        for camera in listed:
            seen = self.states.setdefault(camera["id"], [])
            state = (camera["state"], camera["reason_code"])
            if not seen or seen[-1][1:] != state:
                seen.append((round(now, 1), *state))
        return {c["id"] for c in listed if any(s == "recording" for _, s, _ in self.states[c["id"]])}

    def take(self, kengd, bad, web):
        stats = bad.ask(ask="stats")
        village_stats = self.village.stats() if self.village else {}
        last = {c["id"]: c for c in kengd.ctl_json("cameras")["cameras"]}
        for name in self.good:
            stats[name] = {"frames": {"main": village_stats[f"{name}/main"]["frames"]}}
        between = f"from={int(time.time()) - 7200}&to={int(time.time()) + 60}"
        stretches = {name: web.json(f"/api/cameras/{name}/recordings?{between}")["stretches"]
                     for name in stats}
        assert kengd.stop() == 0
        hashes = {name: bad.hashes(name) for name in self.cameras}
        for name in stats:
            self.became[name] = Became(name, kengd.segments(name), hashes.get(name), stats[name],
                                       self.states[name], stretches[name], last[name])


def run_all(request, fixture, listed, made_of):
    """One run of all cameras that the collected modules list."""
    cameras = {}
    for module in {item.module for item in request.session.items if fixture in item.fixturenames}:
        cameras |= getattr(module, listed, {})
    made = made_of(cameras)
    made.run()
    for word in ("AddressSanitizer", "LeakSanitizer", "runtime error:", "killed by its sandbox"):
        assert word not in made.log, f"{word} in kengd's log:\n{made.log[-6000:]}"
    return made


@pytest.fixture(scope="session")
def hamlet(request, tmp_path_factory):
    return run_all(request, "hamlet", "CAMERAS",
                   lambda cameras: Hamlet(tmp_path_factory.mktemp("hamlet"), cameras, GOOD))


@pytest.fixture(scope="session")
def hour(request, tmp_path_factory):
    return run_all(request, "hour", "HOUR_CAMERAS",
                   lambda cameras: Hamlet(tmp_path_factory.mktemp("hour"), cameras, seconds=HOUR_S))


@pytest.fixture
def bad_camera(directory):
    """Starts cameras of badcam for one test."""
    started = []

    def start(**cameras):
        started.append(BadCameras(directory, {n.replace("_", "-"): c for n, c in cameras.items()}))
        return started[-1]
    yield start
    for bad in started:
        bad.stop()


@pytest.fixture
def chaos():
    started = []

    def start(port):
        started.append(ChaosProxy(port))
        return started[-1]
    yield start
    for proxy in started:
        proxy.stop()
