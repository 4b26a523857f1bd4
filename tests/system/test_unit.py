"""The service under its systemd unit: what it does is what the unit allows."""
import configparser
import os
import re
import subprocess

from conftest import BUILD, PATIENCE, ROOT, wait_until

UNIT = ROOT / "systemd/kengd.service"
# What AddressSanitizer and LeakSanitizer do besides, at the start and at the end.
SANITIZERS = {"personality", "ptrace", "process_vm_readv"}
# Refused under the unit, and nothing is lost: a codec library's libnuma looks at the memory,
# and SQLite gives its files to the database's owner when it is root, which it is not there.
DISPENSABLE = {"set_mempolicy", "fchown"}


class Repeated(dict):
    """A unit file says the same key several times; all of them count."""

    def __setitem__(self, key, value):
        if isinstance(value, list) and key in self:
            self[key].extend(value)
        else:
            super().__setitem__(key, value)


def filter_lines():
    unit = configparser.RawConfigParser(strict=False, dict_type=Repeated)
    unit.read(UNIT)
    return unit.get("Service", "SystemCallFilter").split("\n")


def calls_of(group):
    """The system calls of one of systemd's groups, with those of the groups in it."""
    text = subprocess.check_output(["systemd-analyze", "syscall-filter", group], text=True)
    found = set()
    for word in re.findall(r"^    ([@a-z0-9_-]+)$", text, re.MULTILINE):
        found |= calls_of(word) if word.startswith("@") else {word}
    return found


def allowed_calls():
    allowed = calls_of("@default")
    for line in filter_lines():
        words = line.lstrip("~").split()
        named = set().union(*(calls_of(w) if w.startswith("@") else {w} for w in words))
        allowed = allowed - named if line.startswith("~") else allowed | named
    return allowed


def test_every_system_call_is_one_that_the_unit_allows(kengd, make_village, directory):
    kengd.add("cong-lang", make_village("cong-lang::aac"), audio=True)
    kengd.write_config()
    trace = directory / "trace"
    kengd.run = subprocess.Popen(
        ["strace", "-D", "-f", "-qq", "-o", trace, BUILD / "daemon/kengd", "--config", kengd.config_file],
        stdout=open(kengd.log, "ab"), stderr=subprocess.STDOUT,
        env=os.environ | {"ASAN_OPTIONS": "detect_leaks=0"})  # it cannot look while strace does
    wait_until("kengd", 30 * PATIENCE, lambda: kengd.ctl("status", check=False).returncode == 0, every=0.5)
    kengd.wait_recording(seconds=30)
    wait_until("a segment", 30 * PATIENCE, lambda: kengd.segments("cong-lang"))
    pid = kengd.run.pid
    assert kengd.stop() == 0
    wait_until("the end of the trace", 10 * PATIENCE,
               lambda: re.search(rf"^{pid} +exit_group\(", trace.read_text(errors="replace"), re.MULTILINE))
    made = set(re.findall(r"^\d+ +([a-z0-9_]+)\(", trace.read_text(errors="replace"), re.MULTILINE))
    assert {"clock_adjtime", "seccomp", "fdatasync"} <= made
    assert sorted(made - allowed_calls() - SANITIZERS - DISPENSABLE) == []


def test_the_unit_is_closed_as_far_as_it_can_be():
    """Exposure 1.4 of 10 by systemd's own measure; what is left is the network, the clock's state
    (adjtimex, which ProtectClock would forbid) and unix sockets."""
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager",
                           "--threshold=14", UNIT], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
