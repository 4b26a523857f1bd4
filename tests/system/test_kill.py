"""kill -9 loses next to nothing, and nothing that was promised."""
import os
import signal
import subprocess
import time

from conftest import BUILD, PATIENCE, ffprobe, stamps, wait_until


def nursery_and_children(pid):
    """Pids of keng-camera's processes below kengd, by camera's name in the command's name."""
    done = subprocess.run(["ps", "-eo", "pid=,ppid=,comm="], capture_output=True, text=True)
    rows = [line.split(None, 2) for line in done.stdout.splitlines()]
    mine = {str(pid)}
    for _ in range(3):
        mine |= {row[0] for row in rows if row[1] in mine}
    return {row[0]: row[2] for row in rows if row[0] in mine and row[0] != str(pid)}


def test_recording_resumes_after_kill_and_every_earlier_segment_plays(kengd, make_village):
    village = make_village("cong-lang", "gieng-dinh")
    kengd.add("cong-lang", village).add("gieng-dinh", village).start().wait_recording()
    alert = wait_until("an alert of the scene", 75 * PATIENCE,
                       lambda: kengd.ctl_json("alert", "list", "--all")["alerts"], every=0.5)[0]
    wait_until("a finished segment", 30, lambda: len(kengd.segments("cong-lang")) >= 2)
    kept = {c: stamps(kengd.segments(c), c) for c in ("cong-lang", "gieng-dinh")}
    sent = village.stats()
    files = {c: set(kengd.segments(c)) for c in kept}
    kengd.kill()
    started = time.monotonic()
    kengd.start()
    for camera in kept:
        wait_until(f"{camera} on disk again", 3 * PATIENCE,
                   lambda: set(kengd.segments(camera)) - files[camera])
    assert time.monotonic() - started < 3 * PATIENCE
    assert alert["id"] in [a["id"] for a in kengd.ctl_json("alert", "list", "--all")["alerts"]]
    for camera in kept:
        lost = sent[f"{camera}/main"]["frames"] - kept[camera][-1]
        assert lost <= 2 * 15, f"{camera}: {lost} frames had not reached the disk"
        for file in files[camera]:
            wait_until(f"{file.name} repaired", 10, lambda: probes_clean(file))


def probes_clean(file):
    try:
        ffprobe(file, "-show_packets")
        return True
    except AssertionError:
        return False


def test_a_camera_process_that_dies_is_replaced_and_no_other_notices(kengd, make_village):
    village = make_village("cong-lang", "gieng-dinh", "duong-de")
    for name in ("cong-lang", "gieng-dinh", "duong-de"):
        kengd.add(name, village)
    kengd.start().wait_recording()
    before = nursery_and_children(kengd.run.pid)
    victim = next(pid for pid, name in before.items() if "duong-de" in name)
    reconnects = {c: kengd.camera(c)["reconnects"] for c in ("cong-lang", "gieng-dinh")}
    os.kill(int(victim), signal.SIGKILL)
    wait_until("another process for the camera", 10 * PATIENCE,
               lambda: [p for p, n in nursery_and_children(kengd.run.pid).items()
                        if "duong-de" in n and p != victim])
    kengd.wait_recording("duong-de")
    for camera, count in reconnects.items():
        assert kengd.camera(camera)["reconnects"] == count
    os.kill(int(next(p for p, n in nursery_and_children(kengd.run.pid).items() if "cong-lang" in n)),
            signal.SIGSTOP)  # hangs
    wait_until("the hung one is replaced", 25 * PATIENCE,
               lambda: kengd.camera("cong-lang")["reconnects"] > reconnects["cong-lang"], every=0.5)
    kengd.wait_recording("cong-lang")
    assert kengd.stop() == 0
    found = stamps(kengd.segments("gieng-dinh"), "gieng-dinh")
    assert found == list(range(found[0], found[0] + len(found)))


def test_a_second_kengd_on_one_directory_ends_with_status_3(kengd):
    kengd.start()
    first = kengd.run.pid
    second = subprocess.run([BUILD / "daemon/kengd", "--config",
                             kengd.config_file], capture_output=True, text=True, timeout=30)
    assert second.returncode == 3 and str(first) in second.stderr
    assert kengd.run.poll() is None
