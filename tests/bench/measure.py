"""What processes cost, read from /proc. Processor time is the scheduler's (schedstat), not the
tick-sampled counters."""
import pathlib
import statistics
import subprocess
import time

WINDOW_S = 20


def tree(pid):
    """The process and everything below it."""
    rows = [line.split() for line in
            subprocess.check_output(["ps", "-eo", "pid=,ppid="], text=True).splitlines()]
    found, added = {pid}, True
    while added:
        more = {int(p) for p, parent in rows if int(parent) in found} - found
        found |= more
        added = bool(more)
    return found


def cpu_s(pids):
    total = 0
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"):
            try:
                total += int(task.read_text().split()[0])
            except OSError:
                pass
    return total / 1e9


def pss_mb(pids):
    total = 0
    for pid in pids:
        try:
            for line in open(f"/proc/{pid}/smaps_rollup"):
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        except OSError:
            pass
    return total / 1024


def wakes(pids):
    """Times that a thread has waited and was woken, ever."""
    total = 0
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").glob("*/status"):
            try:
                for line in task.read_text().splitlines():
                    if line.startswith("voluntary_ctxt_switches"):
                        total += int(line.split()[1])
            except OSError:
                pass
    return total


class Cost:
    """Of some processes over a window, by camera: the median of three slices."""

    def __init__(self, pids_of, cameras, window_s=WINDOW_S):
        slices, woken, began = [], wakes(pids_of()), time.monotonic()
        for _ in range(3):
            before, started = cpu_s(pids_of()), time.monotonic()
            time.sleep(window_s / 3)
            slices.append((cpu_s(pids_of()) - before) / (time.monotonic() - started) * 60 / cameras)
        self.cpu = statistics.median(slices)  # seconds a minute
        self.wakes = (wakes(pids_of()) - woken) / (time.monotonic() - began) / cameras
        self.pss = pss_mb(pids_of()) / cameras


def measure(pids_of, cameras):
    """Processor seconds a camera and minute, and PSS in MB a camera."""
    cost = Cost(pids_of, cameras)
    return cost.cpu, cost.pss


def percentiles(values):
    ordered = sorted(values)
    return ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
