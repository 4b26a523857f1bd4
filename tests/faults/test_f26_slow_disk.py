"""F26: the disk is slow: each write is held up by strace. Pass: what waits stays within the memory set
aside for it; live pictures, detection and sub-streams are given up before any fragment; every fragment
is on disk or counted as dropped; 0 partial ones."""
import re
import shutil

from conftest import LONG
from writer import Writer

BUDGET = (32 + 16) << 20  # of one camera: what waits, and what is written and not synced


def test_f26_a_slow_disk_drops_whole_fragments_last_and_counts_them(tmp_path):
    assert shutil.which("strace"), "this fault needs strace"
    (tmp_path / "w").mkdir()
    writer = Writer(tmp_path / "w")
    writer.environment["ASAN_OPTIONS"] = "detect_leaks=0"  # its leak check cannot be traced
    count = 4000 if LONG else 400
    slow = ["strace", "-f", "-qq", "-o", "/dev/null", "--seccomp-bpf", "-e", "trace=pwritev,pwritev2,fdatasync",
            "-e", "inject=pwritev,pwritev2:delay_enter=60000"]
    out = writer.run("record", 26, count, 150_000, 6, before=slow, seconds=600)
    end = re.search(r"end ok=\d dropped=(\d+) peak=(\d+)", out)
    dropped, peak = int(end[1]), int(end[2])
    log = (tmp_path / "writer.log").read_text()
    given_up = re.findall(r"slow disk: .* given_up='(\w*)'", log)
    order = ["live", "detection", "sub", "fragments"]
    rising = [order.index(word) for word in given_up[:given_up.index("fragments") + 1]]
    assert rising == sorted(rising)
    assert dropped > 0 and peak <= BUDGET, (dropped, peak)
    found = writer.found()
    assert found["bad"] == 0 and found["fragments"] + dropped == count, (found, dropped)
