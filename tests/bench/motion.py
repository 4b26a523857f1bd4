#!/usr/bin/python3
"""Measures the detector beside Debian's motion and OpenCV's MOG2 on the same clips in one run.

    ./dev bench motion [--changed] [FOLDER]

FOLDER (or $KENGD_FOOTAGE) holds MP4 clips and labels.json:
    {"clips": {NAME: {"duration": s, "events": [[from, to], ...], "ignore": [[from, to], ...]}}}
Without one, the scenes of tests/peers/scenes are used, whose moves are known; they are easier
than any lane. Printed for each: recall, false events an hour of quiet time, delay from the
first moving frame to the decision, and processor time a minute, and as a ratio to decoding
everything (one thread, loop filter on) in the same run. Then each goal with its figure and whether
it is met; for two of them clips are enlarged to 1920x1080.

--changed: only kengd, on the same clips mirrored, noisier, smaller and darker (with a keyframe
every 50 pictures): what was tuned on the clips must hold there too.

An event is found when a detection overlaps it or the 2 s behind it. A detection that touches
neither an event nor an ignored stretch within 2 s is false. Detections nearer than 5 s are one.
"""
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve()
ROOT = HERE.parents[2]
BUILD = pathlib.Path(os.environ.get("KENGD_BUILD", ROOT / "build"))
REPLAY = BUILD / "daemon/eye/motion/motion-replay"
TOLERANCE, GAP = 2.0, 5.0
SCENES = ["cong-lang", "gieng-dinh", "dau-ngo", "tram-bom", "cau-kenh", "duong-de"]


def made_clips(directory):
    """The scenes as MP4 with their labels; sub-streams, as the daemon looks at."""
    footage, labels = BUILD / "footage", {}
    size = "full" if (footage / "duong-de-sub.h264").exists() else "small"
    subprocess.run([ROOT / "tests/peers/footage", BUILD / "tests/peers/scenes", footage, size], check=True)
    for name in SCENES:
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-r", "15", "-i", footage / f"{name}-sub.h264",
                        "-c", "copy", directory / f"{name}.mp4"], check=True)
        scene = json.loads((footage / f"{name}.json").read_text())
        labels[name] = {"duration": scene["seconds"],
                        "events": [[m["visible"], m["to"]] for m in scene["moves"]],
                        "ignore": [[m["from"], m["visible"]] for m in scene["moves"]]}
    return directory, labels


CHANGES = {
    "mirrored": ("hflip,eq=brightness=0.08:contrast=1.1", 30, 27),
    "noisier": ("noise=alls=10:allf=t", 30, 30),
    "smaller": ("crop=iw*0.94:ih*0.94:iw*0.03:ih*0.03,scale=512:288", 30, 24),
    "darker": ("eq=brightness=-0.1:contrast=0.75:gamma=0.85,hflip,noise=alls=5:allf=t", 50, 27),
}


def changed(clips, labels, directory):
    """Each change as a row; the labels hold, for no change moves anything in time."""
    head()
    for name, (how, gop, quality) in CHANGES.items():
        made = []
        for clip in clips:
            made.append(directory / name / clip.name)
            made[-1].parent.mkdir(exist_ok=True)
            subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", clip, "-vf", how, "-an", "-c:v", "libx264",
                            "-preset", "superfast", "-profile:v", "main", "-crf", str(quality), "-x264-params",
                            f"keyint={gop}:min-keyint={gop}:scenecut=0:bframes=0:ref=1:slices=1", made[-1]], check=True)
        row(f"kengd, {name}", labels, *kengd(made), kengd(made, "--decode")[1])
        shutil.rmtree(directory / name)


def touches(a, b, before=0.0, behind=0.0):
    return a[0] <= b[1] + behind and b[0] - before <= a[1]


def merged(detections):
    out = []
    for start, end, raised in sorted(detections):
        if out and start - out[-1][1] <= GAP:
            out[-1][1] = max(out[-1][1], end)
        else:
            out.append([start, end, raised])
    return out


def score(labels, found):
    events = hits = false = 0
    quiet, delays = 0.0, []
    for name, label in labels.items():
        detections = merged(found.get(name, []))
        ignored = label.get("ignore", [])
        for event in label["events"]:
            events += 1
            over = [d for d in detections if touches(d, event, 0, TOLERANCE)]
            hits += bool(over)
            delays += [max(0.0, min(d[2] for d in over) - event[0])] if over else []
        false += sum(not any(touches(d, span, TOLERANCE, TOLERANCE) for span in label["events"] + ignored)
                     for d in detections)
        quiet += label["duration"] - sum(end - start for start, end in label["events"] + ignored)
    delays.sort()
    return {"events": events, "found": hits, "false": false, "false_per_hour": false * 3600 / max(quiet, 1),
            "delay_p50": delays[len(delays) // 2] if delays else None,
            "delay_p90": delays[int(len(delays) * 0.9)] if delays else None}


def children_s():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def kengd(clips, *words):
    found, cpu = {}, 0.0
    for clip in clips:
        answer = json.loads(subprocess.check_output([REPLAY, *words, clip]))[clip.stem]
        found[clip.stem], cpu = answer["events"], cpu + answer["cpu"]
    return found, cpu


MOG2 = r"""
import json, sys, cv2, numpy
clip = cv2.VideoCapture(sys.argv[1], cv2.CAP_FFMPEG)
cv2.setNumThreads(1)
model, kernel = cv2.createBackgroundSubtractorMOG2(), numpy.ones((3, 3), numpy.uint8)
fps, events, row, n, last = clip.get(cv2.CAP_PROP_FPS) or 15, [], 0, 0, None
while True:
    more, frame = clip.read()
    if not more:
        break
    small = cv2.resize(frame, (640, 360))
    mask = (model.apply(small) == 255).astype(numpy.uint8)
    mask = cv2.dilate(cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel), kernel, iterations=2)
    sizes = cv2.connectedComponentsWithStats(mask)[2][1:, cv2.CC_STAT_AREA]
    row = row + 1 if len(sizes) and sizes.max() >= 0.0015 * 640 * 360 else 0
    at = n / fps
    if row >= 3:
        if events and at - events[-1][1] <= 5:
            events[-1][1] = at
        else:
            events.append([at - 2 / fps, at, at])
    n += 1
print(json.dumps(events))
"""


def mog2(clips):
    found, before = {}, children_s()
    for clip in clips:
        found[clip.stem] = json.loads(subprocess.check_output(
            ["/usr/bin/python3", "-c", MOG2, clip], env=os.environ | {"OPENCV_FFMPEG_CAPTURE_OPTIONS": "threads;1"}))
    return found, children_s() - before


def debian_motion(clips, directory):
    """In real time, for it knows no other; one process a clip, all beside each other."""
    runs, before = [], children_s()
    for clip in clips:
        shape = json.loads(subprocess.check_output(
            ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries",
             "stream=width,height,r_frame_rate:format=duration", "-of", "json", clip]))
        stream = shape["streams"][0]
        work = directory / f"motion-{clip.stem}"
        work.mkdir()
        log = work / "events"
        (work / "motion.conf").write_text(
            f"daemon off\nsetup_mode off\nlog_level 4\ntarget_dir {work}\nnetcam_url file://{clip}\n"
            f"width {stream['width']}\nheight {stream['height']}\nframerate 15\nevent_gap 5\n"
            "picture_output off\nmovie_output off\nwebcontrol_port 0\nstream_port 0\n"
            f"on_event_start echo start $(date +%s.%N) >>{log}\non_event_end echo end $(date +%s.%N) >>{log}\n")
        started = time.time()
        run = subprocess.Popen(["motion", "-n", "-c", work / "motion.conf"], cwd=work,
                               stdout=open(work / "log", "w"), stderr=subprocess.STDOUT)
        runs.append((clip, run, started, float(shape["format"]["duration"]), log))
    for _, run, started, seconds, _ in runs:
        time.sleep(max(0, started + seconds + 1 - time.time()))
        run.terminate()
        run.wait()
    found = {}
    for clip, _, started, seconds, log in runs:
        events = []
        for line in log.read_text().splitlines() if log.exists() else []:
            what, at = line.split()
            at = min(float(at) - started, seconds)
            if what == "start":
                events.append([at, seconds, at])
            elif events:
                events[-1][1] = max(events[-1][2], at - 5)
        found[clip.stem] = events
    return found, children_s() - before


def head():
    print(f"{'':28}{'found':>9}{'false':>7}{'/h':>7}{'delay p50':>11}{'p90':>6}{'CPU s/min':>11}{'x decode':>10}", flush=True)


def row(name, labels, found, cpu, decode):
    s, minutes = score(labels, found), sum(label["duration"] for label in labels.values()) / 60
    delay = [f"{s[k]:.1f}" if s[k] is not None else "-" for k in ("delay_p50", "delay_p90")]
    print(f"{name:28}{s['found']:>5}/{s['events']:<3}{s['false']:>7}{s['false_per_hour']:>7.1f}{delay[0]:>11}"
          f"{delay[1]:>6}{cpu / minutes:>11.2f}{cpu / decode:>10.2f}", flush=True)


def at_most(what, figure, goal):
    print(f"{'met ' if figure <= goal else 'NOT MET '} {what}: {figure:.2f}, goal at most {goal:.2f}", flush=True)


def at_least(what, figure, goal):
    print(f"{'met ' if figure >= goal else 'NOT MET '} {what}: {figure:.2f}, goal at least {goal:.2f}", flush=True)


def share_of(clips):
    """Processor time of the detector over that of decoding everything, the best of three each."""
    return min(kengd(clips)[1] for _ in range(3)) / min(kengd(clips, "--decode")[1] for _ in range(3))


def enlarged(clip, to, before, how, rate):
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *before, "-i", clip, "-vf", f"{how}scale=1920:1080,format=yuv420p",
                    "-an", "-t", "300", "-c:v", "libx264", "-preset", "veryfast", "-profile:v", "main", "-b:v", rate,
                    "-maxrate", rate, "-bufsize", rate, "-x264-params",
                    "keyint=30:min-keyint=30:scenecut=0:bframes=0:ref=1:slices=1", to], check=True)
    return to


def large_pictures(clips, labels, directory):
    def activity(clip):
        return sum(end - start for start, end in labels[clip.stem]["events"]) / labels[clip.stem]["duration"]

    lively = min(clips, key=lambda clip: abs(activity(clip) - 0.2))
    still = enlarged(lively, directory / "still.mp4", [], "trim=end_frame=1,loop=899:1,setpts=N/15/TB,", "800k")
    at_most("x decode, 1080p, only keyframes (nothing moves)", share_of([still]), 0.10)
    large = enlarged(lively, directory / f"{lively.stem}.mp4", [], "", "2M")
    at_most(f"x decode, 1080p, {100 * activity(lively):.0f} % of the time events", share_of([large]), 0.35)


def verdicts(clips, labels, ours, others, cpu):
    s, minutes = score(labels, ours), sum(label["duration"] for label in labels.values()) / 60
    at_most("events missed", s["events"] - s["found"], 1)
    at_most("false events", s["false"], 1)
    at_most("delay, median, s", s["delay_p50"], 1.6)
    at_most("delay, 90 of 100, s", s["delay_p90"], 3.5)
    at_most("CPU s/min", cpu / minutes, 0.30)
    for name, found in others.items():
        theirs = score(labels, found)
        at_most(f"false events beside {name}", s["false"], theirs["false"] / 8)
        if name == "Debian's motion":
            at_least("share of events found beside it", s["found"] / s["events"], theirs["found"] / s["events"] + 0.2)
    quiet = [clip for clip in clips if not labels[clip.stem]["events"]]
    if quiet:
        at_most("x decode, clips without events, mean", sum(share_of([clip]) for clip in quiet) / len(quiet), 0.20)


def main():
    words = sys.argv[1:]
    only_changed = "--changed" in words
    folder = next((word for word in words if word != "--changed"), os.environ.get("KENGD_FOOTAGE"))
    directory = pathlib.Path(tempfile.mkdtemp(prefix="kengd-bench-motion-"))
    try:
        if folder:
            place, labels = pathlib.Path(folder), json.loads((pathlib.Path(folder) / "labels.json").read_text())["clips"]
        else:
            place, labels = made_clips(directory)
        clips = [place / f"{name}.mp4" for name in labels if (place / f"{name}.mp4").exists()]
        labels = {clip.stem: labels[clip.stem] for clip in clips}
        minutes = sum(label["duration"] for label in labels.values()) / 60
        if only_changed:
            changed(clips, labels, directory)
            return
        _, decode = kengd(clips, "--decode")
        print(f"{len(clips)} clips, {minutes:.1f} minutes; decoding everything takes {decode / minutes:.2f} s/min")
        head()
        ours, others = kengd(clips), {}
        row("kengd", labels, *ours, decode)
        row("kengd, decoding everything", labels, *kengd(clips, "--all"), decode)
        if shutil.which("motion"):
            others["Debian's motion"] = debian_motion(clips, directory)
        others["OpenCV MOG2 and blobs"] = mog2(clips)
        for name, (found, cpu) in others.items():
            row(name, labels, found, cpu, decode)
        verdicts(clips, labels, ours[0], {name: found for name, (found, _) in others.items()}, ours[1])
        large_pictures(clips, labels, directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
