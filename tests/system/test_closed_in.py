"""A camera's process has nothing but its sockets, and no secret is where it should not be."""
import json
import os
import re
import socket
import struct
import subprocess

from conftest import BUILD, PASSWORD, PATIENCE, USER, wait_until
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


def words_of(pid):
    with open(f"/proc/{pid}/cmdline") as words:
        return [word for word in words.read().split("\0") if word]


def test_onvif_answers_are_read_by_a_process_of_that_word_in_its_sandbox():
    ours, its = socket.socketpair()
    run = subprocess.Popen(["sh", "-c", 'exec "$0" --onvif 3<&0', BUILD / "daemon/eye/keng-camera"], stdin=its)
    its.close()
    match = ('<E xmlns="http://www.w3.org/2003/05/soap-envelope" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/'
             'discovery"><Body><d:ProbeMatches><d:ProbeMatch><d:XAddrs>http://192.0.2.7/onvif/device_service'
             '</d:XAddrs></d:ProbeMatch></d:ProbeMatches></Body></E>')
    nothing = dict.fromkeys(("host", "token", "authorization", "user", "digest", "nonce", "created"), "")
    ask = json.dumps(nothing | {"call": 13, "path": "/", "wait_s": 0, "datagram": match,
                                "reference": {"space": "", "name": "", "value": ""}}).encode()
    ours.settimeout(20 * PATIENCE)
    with run, ours:
        ours.sendall(struct.pack("<IBBHQ", len(ask), 72, 0, 0, 0) + ask)  # wire/wire.h: WIRE_ONVIF_ASK
        head = ours.recv(16, socket.MSG_WAITALL)
        size, kind = struct.unpack("<IB", head[:5])
        said = json.loads(ours.recv(size, socket.MSG_WAITALL))
        assert kind == 92 and said["uri"] == "http://192.0.2.7/onvif/device_service", said
        assert words_of(run.pid)[1:] == ["--onvif"]
        assert status_of(run.pid, "Seccomp") == "2" and status_of(run.pid, "NoNewPrivs") == "1"
        ours.shutdown(socket.SHUT_RDWR)
        assert run.wait(20 * PATIENCE) == 0
    by_hand = subprocess.run([BUILD / "daemon/eye/keng-camera", "--onvif"], capture_output=True, text=True)
    assert by_hand.returncode == 2 and "--onvif" in by_hand.stderr


def test_no_process_has_more_than_it_needs(kengd, make_village):
    village = make_village("cong-lang")
    kengd.add("cong-lang", village).start().wait_recording()
    below = nursery_and_children(kengd.run.pid)
    children = [int(pid) for pid, name in below.items() if name.startswith("cam-")]
    nursery = next(int(pid) for pid, name in below.items() if name.startswith("keng-nursery"))
    assert len(children) == 1
    assert words_of(children[0])[1:] == ["--camera"]
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
