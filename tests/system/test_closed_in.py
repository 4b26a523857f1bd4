"""A camera's process has nothing but its sockets, and no secret is where it should not be."""
import os
import re

from conftest import PASSWORD, PATIENCE, USER, wait_until
from test_kill import nursery_and_children

LARGE = 1 << 30  # the sanitizers' shadow


def memory_has(pid, needle):
    """Whether the bytes stand anywhere in the memory of another process."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, rights = line.split()[:2]
            begin, end = (int(part, 16) for part in span.split("-"))
            if "r" not in rights or end - begin > LARGE or "[v" in line:
                continue
            try:
                memory.seek(begin)
                if needle in memory.read(end - begin):
                    return True
            except OSError:
                continue  # gone, or never there
    return False


def descriptors(pid):
    found = {}
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            found[int(name)] = os.readlink(f"/proc/{pid}/fd/{name}")
        except OSError:
            continue
    return found


def limit_of(pid, what):
    with open(f"/proc/{pid}/limits") as limits:
        return next(line for line in limits if line.startswith(what)).split()[-2]


def status_of(pid, what):
    with open(f"/proc/{pid}/status") as status:
        return next(line for line in status if line.startswith(what + ":")).split()[1]


def test_no_process_has_more_than_it_needs(kengd, make_village):
    village = make_village("cong-lang")
    kengd.add("cong-lang", village).start().wait_recording()
    below = nursery_and_children(kengd.run.pid)
    children = [int(pid) for pid, name in below.items() if name.startswith("cam-")]
    nursery = next(int(pid) for pid, name in below.items() if name.startswith("keng-nursery"))
    assert len(children) == 1
    for pid in (kengd.run.pid, nursery, *children):
        assert limit_of(pid, "Max core file size") == "0"
    for pid in children:
        assert status_of(pid, "Seccomp") == "2" and status_of(pid, "NoNewPrivs") == "1"
        held = descriptors(pid)
        files = [to for number, to in held.items()
                 if not re.match(r"socket:|pipe:|anon_inode:\[(eventpoll|eventfd)\]", to)
                 and (number, to) != (0, "/dev/null")]
        assert files == []
        # The link to kengd, and the main and sub-stream of its camera.
        wait_until("both connections", 10 * PATIENCE, lambda: sum(
            to.startswith("socket:") for to in descriptors(pid).values()) == 3)
    # The user is in what the child signs with, so that the search is known to find things.
    wait_until("the login", 10, lambda: memory_has(children[0], f'username="{USER}"'.encode()))
    assert memory_has(kengd.run.pid, PASSWORD.encode())
    for pid in (nursery, *children):
        assert not memory_has(pid, PASSWORD.encode())
    told = kengd.ctl("--json", "status").stdout + kengd.ctl("--json", "cameras").stdout
    admin = kengd.web(role="admin")
    told += admin.get("/api/cameras").text + admin.get("/metrics").text + kengd.log.read_text()
    assert PASSWORD not in told
