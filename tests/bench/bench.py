#!/usr/bin/python3
"""Measures kengd beside `ffmpeg -c copy -f segment` on the same cameras in the same run.

    ./dev bench [cost|record|age|shown|alert|pushed]...      default: all

cost     processor time, memory, wake-ups and lost frames of recording alone, for 1, 16 and 48
         cameras, over TCP, UDP and inside TLS, beside ffmpeg
record   processor time and memory a camera, ffmpeg and kengd one after the other, and kengd
         with the detector on; ratios, because machines differ
age      how old the bytes of a frame are when they can be read on disk, and when they
         arrive at a viewer of the page's stream
shown    how old a frame is when it is drawn, on a wall of nine in Chromium
alert    from the first moving frame sent to the alert on the feed, and to the take-over drawn
         on the screen of the house of culture
pushed   from the decision that something is an alert to a push service's acceptance, another
         program's receipt, the feed, and the screen that it takes over, drawn

Processor time is the scheduler's (schedstat), not the tick-sampled counters.
"""
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
from conftest import BUILD, STAMP, USER, PASSWORD, Kengd, Village, wait_until  # noqa: E402
from cost import bench_cost  # noqa: E402
from measure import WINDOW_S, measure, tree  # noqa: E402
from pushed import bench_pushed  # noqa: E402
from seen import bench_alert, bench_shown, percentiles  # noqa: E402

SCENES = ["cong-lang", "gieng-dinh", "dau-ngo", "tram-bom", "duong-de"]


def kengd_on(directory, village, names, motion):
    daemon = Kengd(directory)
    for name in names:
        daemon.add(name, village, sub=motion, motion="on" if motion else "off",
                   view="on" if motion else "off")
    daemon.start().wait_recording(seconds=30)
    time.sleep(5)  # past the detector's warm-up
    return daemon


def bench_record(directory, count=8):
    names = [f"cam{i}" for i in range(count)]
    village = Village(directory, [f"{n}:{SCENES[i % len(SCENES)]}" for i, n in enumerate(names)]).start()
    url = f"rtsp://{USER}:{{}}@127.0.0.1:{village.port}".format(
        __import__("urllib.parse", fromlist=["quote"]).quote(PASSWORD, safe=""))
    out = directory / "ffmpeg"
    out.mkdir()
    runs = [subprocess.Popen(["ffmpeg", "-v", "error", "-nostdin", "-rtsp_transport", "tcp", "-i",
                              f"{url}/{name}/main", "-c", "copy", "-f", "segment", "-segment_time", "60",
                              "-reset_timestamps", "1", str(out / f"{name}-%03d.mp4")]) for name in names]
    time.sleep(8)
    copy_cpu, copy_mb = measure(lambda: {r.pid for r in runs}, count)
    for run in runs:
        run.send_signal(signal.SIGINT)
        run.wait()
    print(f"{count} cameras, 1080p 15 fps 2 Mbit/s, {WINDOW_S} s windows")
    print(f"{'':28}{'CPU s/cam-min':>14}{'x ffmpeg':>10}{'PSS MB/cam':>12}")
    print(f"{'ffmpeg -c copy':28}{copy_cpu:14.3f}{1:10.2f}{copy_mb:12.1f}")
    for label, motion in (("kengd, recording", False), ("kengd, and motion on the sub", True)):
        place = directory / ("motion" if motion else "record")
        place.mkdir()
        daemon = kengd_on(place, village, names, motion)
        cpu, mb = measure(lambda: tree(daemon.run.pid), count)
        print(f"{label:28}{cpu:14.3f}{cpu / copy_cpu:10.2f}{mb:12.1f}")
        daemon.stop()
    village.stop()


def newest_stamps(data):
    return [int(t) / 1e9 for _, _, _, _, t in STAMP.findall(data)]


def bench_age(directory, count=6, seconds=30):
    names = [f"cam{i}" for i in range(count)]
    village = Village(directory, [f"{n}:{SCENES[i % len(SCENES)]}" for i, n in enumerate(names)]).start()
    daemon = kengd_on(directory, village, names, True)
    web = daemon.web(person="truc-ban")
    disk, page, ending = [], [], threading.Event()

    def read_page():
        with web.get("/api/live?cameras=" + ",".join(n + "!main" for n in names), stream=True) as answer:
            held = b""
            joined = time.time()
            for part in answer.raw.stream(65536, decode_content=False):
                now = time.time()
                held = held[-300:] + part
                page.extend(now - t for t in newest_stamps(held) if t > joined + 3)
                held = held[-300:] if not STAMP.search(held[-300:]) else b""
                if ending.is_set():
                    return

    reader = threading.Thread(target=read_page, daemon=True)
    reader.start()
    offsets, end = {}, time.monotonic() + seconds
    while time.monotonic() < end:
        for name in names:
            for file in daemon.segments(name)[-1:]:
                at = offsets.get(file, file.stat().st_size)
                with open(file, "rb") as f:
                    f.seek(at)
                    data = f.read()
                now = time.time()
                offsets[file] = at + len(data)
                disk += [now - t for t in newest_stamps(data)]
        time.sleep(0.02)
    ending.set()
    reader.join(10)
    for what, ages in (("a frame's bytes on disk", disk), ("a frame's bytes at a viewer", page)):
        p50, p95 = percentiles(ages)
        print(f"{what:32} p50 {p50 * 1000:5.0f} ms   p95 {p95 * 1000:5.0f} ms   ({len(ages)} frames)")
    daemon.stop()
    village.stop()


def main():
    wanted = sys.argv[1:] or ["cost", "record", "age", "shown", "alert", "pushed"]
    for name in wanted:
        directory = pathlib.Path(tempfile.mkdtemp(prefix="kengd-bench-"))
        try:
            print(f"== {name}", flush=True)
            {"cost": bench_cost, "record": bench_record, "age": bench_age, "shown": bench_shown,
             "alert": bench_alert, "pushed": bench_pushed}[name](directory)
        finally:
            shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
