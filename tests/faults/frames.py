"""What is in recorded files, frame by frame: the stamps of the simulated cameras, and whether they decode."""
import collections
import subprocess

from conftest import STAMP

A_FRAGMENT = 10  # frames of one that segment_writer makes


def frames_of_runs(files):
    """Of segment_writer: the numbers of the frames of each run, in the order of the bytes."""
    found = collections.defaultdict(list)
    for file in files:
        for _, _, number, run, _ in STAMP.findall(file.read_bytes()):
            found[int(run)].append(int(number))
    return found


def assert_first_frames(found, fragments):
    """Every frame once and in order, from the first on, of at least so many fragments."""
    assert found == list(range(len(found))), "frames are missing, doubled or out of order"
    assert len(found) >= fragments * A_FRAGMENT, f"{len(found)} frames of {fragments} fragments"
    assert len(found) % A_FRAGMENT == 0, "a part of a fragment"


def assert_all_decode(files):
    """Joined in their order: one that follows a failed write may begin amid a GOP of the one before."""
    joined = b"".join(file.read_bytes() for file in files)
    done = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", "-", "-fps_mode", "passthrough", "-f", "null", "-"],
                          input=joined, capture_output=True, timeout=120)
    assert done.returncode == 0 and not done.stderr, done.stderr.decode()
