#!/usr/bin/python3
"""Recordings one can trust, measured beside their goals:  ./dev bench keep [NAME...]

start    from exec to an answer, with 500,000 segments in the catalogue (goal 5 s)
rebuild  files taken into an empty catalogue, a second, while a camera is recorded (goal 5,000)
restart  kill -9 to every camera's next fragment on disk, 16 and 48 cameras (goals 3 s and 10 s)
export   ten minutes of footage, asked to ready (goal 10 s)
query    24 hours of motion with a box (goal 2 s)
picture  playback: list, bytes and decoding of the first picture (goal 1 s)

Wall time, and the processor time of kengd beside it: on a machine that does other work the second
is what counts. Files of `rebuild` are hard links of real segments: their directories and names are
their own, their bytes are not.
"""
import contextlib
import datetime
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "browser"))
from conftest import BUILD, Kengd, Village, wait_until  # noqa: E402
import day  # noqa: E402

SCENES = ["cong-lang", "gieng-dinh", "dau-ngo", "tram-bom", "duong-de"]
SEGMENTS, REBUILT = 500_000, 40_000


def tell(name, seconds, goal, unit="s", more=""):
    worse = seconds < goal if unit == "/s" else seconds > goal
    print(f"{name:<34}{seconds:>9.2f} {unit:<3} goal {goal:g} {unit}{'  MISSED' if worse else ''}{more}", flush=True)


def processor_s(pid):
    """Of kengd itself, with the threads that have ended."""
    words = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


class Timer:
    def __init__(self, kengd):
        self.pid = kengd.run.pid

    def __enter__(self):
        self.cpu, self.wall = processor_s(self.pid), time.monotonic()
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self.wall
        self.words = f"  ({processor_s(self.pid) - self.cpu:.2f} s of processor)"


def answers(kengd):
    with contextlib.suppress(Exception):
        return kengd.ctl("status", check=False).returncode == 0


def names_of(camera, count, now):
    """Paths of so many minutes before now."""
    for n in range(count):
        at = datetime.datetime.fromtimestamp(now - 60 * (count - n), datetime.timezone.utc)
        yield at, f"{camera}/{at:%Y-%m-%d}/T{at:%H-%M-%S}.000Z.mp4"


def bench_start(directory):
    kengd, now = Kengd(directory), int(time.time()) // 60 * 60 - 120
    for n in range(16):
        kengd.add(f"cam{n}", None, url="rtsp://127.0.0.1:9/x", sub=False, motion="off")
    kengd.config["storage"]["keep"] = "400 days"
    kengd.start()
    kengd.stop()
    with contextlib.closing(sqlite3.connect(directory / "state/keng.db")) as db, db:
        for n in range(16):
            db.executemany(
                "INSERT INTO segment (camera, run_us, start_us, end_us, path, bytes, codecs, open,"
                " clock_trusted, lost) VALUES (?, ?, ?, ?, ?, 4000000, 'avc1.4d0028', 0, 1, 0)",
                ((f"cam{n}", int(at.timestamp()) * 1000000, int(at.timestamp()) * 1000000,
                  int(at.timestamp()) * 1000000 + 60000000, path)
                 for at, path in names_of(f"cam{n}", SEGMENTS // 16, now)))
    began = time.monotonic()
    kengd.start(wait=False)
    wait_until("an answer", 120, lambda: answers(kengd), every=0.02)
    seconds = time.monotonic() - began
    tell(f"start, {SEGMENTS} segments", seconds, 5, more=f"  ({processor_s(kengd.run.pid):.2f} s of processor)")
    kengd.kill()


def bench_rebuild(directory):
    village = Village(directory, ["cong-lang"]).start()
    kengd = Kengd(directory)
    kengd.add("cong-lang", village, sub=False, motion="off")
    kengd.config["storage"]["keep"] = "400 days"
    kengd.start().wait_recording(seconds=30)
    wait_until("some segments", 60, lambda: len(kengd.segments("cong-lang")) > 3)
    sources = kengd.segments("cong-lang")[:3]
    now = int(time.time()) // 60 * 60 - 86400
    for n in range(8):
        for k, (_, path) in enumerate(names_of(f"old{n}", REBUILT // 8, now)):
            file = kengd.recordings / path
            file.parent.mkdir(parents=True, exist_ok=True)
            os.link(sources[k % len(sources)], file)
    before = len(kengd.segments("cong-lang"))
    with Timer(kengd) as timer:
        kengd.ctl("rebuild", "--no-wait")
        wait_until("the rebuild", 600, lambda: not kengd.ctl_json("status")["rebuild"]["runs"], every=0.1)
    found = kengd.ctl_json("status")["rebuild"]
    recorded = len(kengd.segments("cong-lang")) > before or kengd.camera("cong-lang")["state"] == "recording"
    tell(f"rebuild, {found['added']} files taken in", found["added"] / timer.seconds, 5000, "/s",
         timer.words + ("" if recorded else "  NOT RECORDING"))
    kengd.stop()
    village.stop()


def bench_restart(directory, count, goal):
    cameras = [f"cam{i}" for i in range(count)]
    village = Village(directory, [f"{n}:{SCENES[i % len(SCENES)]}" for i, n in enumerate(cameras)]).start()
    kengd = Kengd(directory)
    for camera in cameras:
        kengd.add(camera, village, sub=False, motion="off")
    kengd.start().wait_recording(seconds=60)
    time.sleep(5)
    kengd.kill()
    old = {c: set(kengd.segments(c)) for c in cameras}
    began = time.monotonic()
    kengd.start(wait=False)
    waiting = set(cameras)

    def written(camera):
        new = set(kengd.segments(camera)) - old[camera]
        return any(b"moof" in file.read_bytes()[:20000] for file in new)
    while waiting and time.monotonic() < began + 120:
        waiting -= {c for c in waiting if written(c)}
        time.sleep(0.05)
    tell(f"restart, {count} cameras", time.monotonic() - began, goal,
         more=f"  {len(waiting)} cameras not back" if waiting else "")
    kengd.stop()
    village.stop()


def day_of(directory):
    kengd = Kengd(directory)
    midnight = datetime.datetime.now(datetime.timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0) \
        - datetime.timedelta(days=1)
    kengd.add(day.CAMERA, None, url="rtsp://127.0.0.1:9/x", sub=False, motion="off")
    kengd.config["storage"]["keep"] = "30 days"
    day.record(kengd, midnight)
    heavy_minutes(kengd, midnight + datetime.timedelta(hours=6))
    kengd.start()
    kengd.stop()
    day.move(kengd, midnight)
    kengd.start()
    wait_until("the day in the catalogue", 120, lambda: not kengd.ctl_json("status")["rebuild"]["runs"])
    return kengd, midnight


def heavy_minutes(kengd, begin):
    """Ten minutes and two at the 4 Mbit/s of a real camera, instead of the day's grey ones."""
    with tempfile.TemporaryDirectory() as room:
        film = pathlib.Path(room) / "film.mp4"
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=15:d=60,noise=alls=20",
                        "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-b:v", "4M", "-maxrate", "4M",
                        "-bufsize", "4M", "-g", "30", "-movflags", "empty_moov+default_base_moof+frag_keyframe",
                        "-f", "mp4", film], check=True)
        template = day.Template(film)
    for minute in range(12):
        at = begin + datetime.timedelta(minutes=minute)
        file = kengd.recordings / day.CAMERA / at.strftime("%Y-%m-%d") / at.strftime("T%H-%M-%S.000Z.mp4")
        file.write_bytes(template.segment(int(at.timestamp()) * 1000000))


def moment(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def bench_day(directory):
    kengd, midnight = day_of(directory)
    staff = kengd.web(person="truc-ban")
    begin, end = midnight + datetime.timedelta(hours=6), midnight + datetime.timedelta(hours=6, minutes=10)
    with Timer(kengd) as timer:
        kengd.ctl("export", day.CAMERA, "--from", moment(begin), "--to", moment(end), "--reason", "đo", "--document",
                  "1", "--output", str(directory / "x.zip"))
    size = (directory / "x.zip").stat().st_size
    tell("export, 10 minutes", timer.seconds, 10, more=f"{timer.words}  {size / 1e6:.1f} MB")
    path = (f"/api/cameras/{day.CAMERA}/activity?from={moment(midnight)}"
            f"&to={moment(midnight + datetime.timedelta(days=1))}&box=0.1,0.1,0.6,0.6")
    with Timer(kengd) as timer:
        staff.json(path)
    tell("query, 24 h with a box", timer.seconds, 2, more=timer.words)
    base = f"/api/cameras/{day.CAMERA}/fragments?from={moment(begin)}&to={moment(end)}"
    with Timer(kengd) as timer:
        listed = staff.json(base)
        picture = first_picture(staff, listed)
    assert picture > 1000, "no picture"
    tell("picture, playback", timer.seconds, 1, more=timer.words)
    kengd.stop()


def first_picture(staff, listed):
    """Bytes of the first picture, decoded as a page would."""
    run = listed["runs"][0]

    def part(of):
        return staff.get(of["url"], headers={"Range": f"bytes={of['at']}-{of['at'] + of['size'] - 1}"}).content
    data = part(run["init"]) + part(run["fragments"][0])
    done = subprocess.run(["ffmpeg", "-v", "error", "-i", "-", "-frames:v", "1", "-f", "rawvideo", "-pix_fmt",
                           "gray", "-"], input=data, capture_output=True, timeout=30)
    return len(done.stdout)


BENCHES = {"start": bench_start, "rebuild": bench_rebuild,
           "restart": lambda d: [bench_restart(fresh(d, n), n, g) for n, g in ((16, 3), (48, 10))],
           "export": bench_day, "query": bench_day, "picture": bench_day}


def fresh(directory, n):
    place = directory / str(n)
    place.mkdir()
    return place


def main():
    chosen = sys.argv[1:] or ["start", "rebuild", "restart", "export"]
    for name in dict.fromkeys("export" if n in ("query", "picture") else n for n in chosen):
        if name not in BENCHES:
            sys.exit(f"keep takes {', '.join(BENCHES)}, not {name}")
        directory = pathlib.Path(tempfile.mkdtemp(prefix="keng-keep-"))
        try:
            BENCHES[name](directory)
        finally:
            shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
