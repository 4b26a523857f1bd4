"""What is in recorded files, frame by frame: the stamps of the simulated cameras, and whether they decode."""
import subprocess


def assert_all_decode(files):
    """Joined in their order: one that follows a failed write may begin amid a GOP of the one before."""
    joined = b"".join(file.read_bytes() for file in files)
    done = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", "-", "-fps_mode", "passthrough", "-f", "null", "-"],
                          input=joined, capture_output=True, timeout=120)
    assert done.returncode == 0 and not done.stderr, done.stderr.decode()
