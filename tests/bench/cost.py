"""What recording costs before anything is decoded: processor and memory a camera for 1, 16 and 48
cameras, over TCP, UDP and inside TLS, beside `ffmpeg -c copy -f segment` in the same run; and
whether every frame is on the disk.

Goals: at 16 cameras at most 0.35 of ffmpeg's processor time and 3.5 MB, at 48 0.30 and 2.5 MB,
no frame lost, 1.02 bytes written for each that was sent.
"""
import copy
import signal
import subprocess
import time
import urllib.parse

from conftest import PASSWORD, USER, Kengd, Village, stamps, wait_until
from measure import Cost, tree
from test_transport import self_signed

SCENES = ["cong-lang", "gieng-dinh", "dau-ngo", "tram-bom", "duong-de"]
HEAD = f"{'':34}{'CPU s/cam-min':>14}{'x ffmpeg':>10}{'PSS MB/cam':>12}{'wakes/cam-s':>13}{'lost':>6}{'bytes':>8}"


def line(label, cost, base, lost="", written=""):
    ratio = f"{cost.cpu / base.cpu:10.2f}" if base else f"{1:10.2f}"
    print(f"{label:34}{cost.cpu:14.3f}{ratio}{cost.pss:12.1f}{cost.wakes:13.0f}{lost:>6}{written:>8}", flush=True)


def make_village(directory, count, **more):
    names = [f"cam{i}" for i in range(count)]
    cameras = [f"{n}:{SCENES[i % len(SCENES)]}" for i, n in enumerate(names)]
    village = Village(directory, cameras, **more).start()
    wait_until("the village's counters", 10, village.stats_file.exists)
    return names, village


def ffmpeg_cost(directory, village, names):
    out = directory / f"ffmpeg{len(names)}"
    out.mkdir()
    login = f"{USER}:{urllib.parse.quote(PASSWORD, safe='')}"
    runs = [subprocess.Popen(
        ["ffmpeg", "-v", "error", "-nostdin", "-rtsp_transport", "tcp", "-i",
         f"rtsp://{login}@127.0.0.1:{village.port}/{name}/main", "-c", "copy", "-f", "segment",
         "-segment_time", "60", "-reset_timestamps", "1", str(out / f"{name}-%03d.mp4")]) for name in names]
    wait_until("ffmpeg's files", 60, lambda: len(list(out.glob("*.mp4"))) == len(names))
    time.sleep(5)
    cost = Cost(lambda: {run.pid for run in runs}, len(names))
    for run in runs:
        run.send_signal(signal.SIGINT)
    for run in runs:
        run.wait()
    return cost


def missing(daemon, names):
    """Frames between the first and the last on disk that are not there."""
    lost = 0
    for name in names:
        numbers = stamps(daemon.segments(name), name)
        lost += numbers[-1] - numbers[0] + 1 - len(set(numbers))
    return lost


def written_by_sent(daemon, names, before, after):
    """Bytes on disk for each that was sent between two looks at the village."""
    sent = sum(after[f"{n}/main"]["bytes"] - before[f"{n}/main"]["bytes"] for n in names)
    return sum(file.stat().st_size for n in names for file in daemon.segments(n)) / max(1, sent)


def kengd_cost(directory, village, names, base, label, **more):
    place = directory / label.replace(" ", "-").replace(",", "")
    place.mkdir()
    before = village.stats()
    daemon = Kengd(place)
    daemon.config["storage"]["segment"] = "60 s"  # as ffmpeg's
    for name in names:
        daemon.add(name, village, sub=False, motion="off", view="off", **copy.deepcopy(more))
    daemon.start().wait_recording(seconds=30)
    time.sleep(5)
    cost = Cost(lambda: tree(daemon.run.pid), len(names))
    after = village.stats()
    daemon.stop()
    written = written_by_sent(daemon, names, before, after)
    line(label, cost, base, missing(daemon, names), f"{written:.2f}")


def bench_cost(directory):
    print("1080p 15 fps 2 Mbit/s, GOP 30; recording alone\n" + HEAD)
    base = None
    for count in (1, 16, 48):
        names, village = make_village(directory, count, name=f"village{count}")
        base_now = ffmpeg_cost(directory, village, names)
        line(f"ffmpeg -c copy, {count}", base_now, None)
        kengd_cost(directory, village, names, base_now, f"kengd, {count}")
        village.stop()
        base = base_now if count == 16 else base
    names, village = make_village(directory, 16, name="udp", transport="udp")
    kengd_cost(directory, village, names, base, "kengd, 16 over UDP", transport="udp")
    village.stop()
    certificate = self_signed(directory)
    names, village = make_village(directory, 16, name="tls", certificate=certificate)
    kengd_cost(directory, village, names, base, "kengd, 16 inside TLS",
               tls={"ca": str(directory / "camera.crt")})
    village.stop()
