"""tests/peers/segment_writer: the record room alone, for faults that are many or need root."""
import os
import pathlib
import random
import re
import signal
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("KENGD_BUILD", ROOT / "build-test"))
PROGRAM = BUILD / "tests/peers/segment_writer"


class Writer:
    def __init__(self, directory, **environment):
        self.directory = directory
        self.environment = os.environ | {k: str(v) for k, v in environment.items()}
        (directory / "state").mkdir(exist_ok=True)

    def start(self, *words, before=()):
        log = open(self.directory.parent / "writer.log", "ab")
        return subprocess.Popen([*before, PROGRAM, words[0], self.directory, *map(str, words[1:])],
                                stdout=subprocess.PIPE, stderr=log, text=True, bufsize=1,
                                env=self.environment)

    def run(self, *words, before=(), seconds=180):
        """Everything it printed."""
        run = self.start(*words, before=before)
        out, _ = run.communicate(timeout=seconds)
        assert run.returncode == 0, f"{words}: status {run.returncode}; {out[-300:]}"
        return out

    def found(self, *words, **more):
        """Opened again: rows, fragments, bad and damaged segments."""
        out = self.run(*(words or ("repair",)), **more)
        return {k: int(v) for k, v in re.findall(r"(\w+)=(\d+)", out.splitlines()[-1])}

    def kill_after(self, run, fragments, rng):
        """Ends it with SIGKILL at some moment behind so many; returns how many were handed over."""
        last = 0
        for line in run.stdout:
            if line.strip().isdigit():
                last = int(line)
            if last >= fragments:
                break
        time.sleep(rng.random() * 0.02)
        run.send_signal(signal.SIGKILL)
        rest = [int(n) for n in run.stdout.read().split() if n.isdigit()]
        run.wait()
        return rest[-1] if rest else last

    def segments(self):
        return sorted((self.directory / "recordings/gate").glob("*/*.mp4"))


def need_root():
    """A machine that cannot do it fails; it does not look green."""
    if os.geteuid() != 0:
        pytest.fail("this fault needs root (loop devices): run ./dev faults as root")


class Loop:
    """An ext4 in a file, mounted."""

    def __init__(self, directory, mib, *words):
        need_root()
        self.image, self.at = directory / "disk.img", directory / "disk"
        self.image.write_bytes(b"")
        os.truncate(self.image, mib << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", *words, self.image], check=True)
        self.at.mkdir()
        self.mount(self.image)

    def mount(self, image):
        subprocess.run(["mount", "-o", "loop", image, self.at], check=True)

    def unmount(self):
        subprocess.run(["umount", self.at], check=True)

    def device(self):
        return subprocess.run(["findmnt", "-no", "SOURCE", self.at], check=True, capture_output=True,
                              text=True).stdout.strip()
