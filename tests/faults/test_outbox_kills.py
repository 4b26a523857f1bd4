"""kengd is killed between any two steps of the outbox.

Injection: SIGKILL as kengd enters its n-th system call of a kind: a page of the catalogue's log is
written, a commit is synced, a channel is dialled, asked, heard, the asker is answered, a thread tells
another that something is done. One point of each kind by a seed (KENGD_SEED); all in the long form.
Pass: what was promised to the asker reaches every channel, in its order; each kill repeats at most
one message per channel.
"""
import json
import os
import random
import signal
import subprocess
import sys

import requests
from conftest import BUILD, LONG, PATIENCE, SYSTEM, can_connect, wait_until

sys.path.insert(0, str(SYSTEM))
from test_channels import Sink, push, secret, start, subscribe  # noqa: E402, F401

# As often as an alarm with two channels and the start before it make each call.
CALLS = {"fdatasync": 12, "connect": 4, "sendto": 8, "recvfrom": 24, "writev": 3, "pwrite64": 70, "write": 24}
MOST_ALARMS = 4


def points():
    if LONG:
        return [(call, n + 1) for call, most in CALLS.items() for n in range(most)]
    seed = int(os.environ.get("KENGD_SEED", "6"))
    print(f"KENGD_SEED={seed}")
    chance = random.Random(seed)
    return [(call, chance.randint(1, most)) for call, most in CALLS.items()]


def start_to_die(kengd, call, nth):
    kengd.write_config()
    kengd.run = subprocess.Popen(
        ["strace", "-D", "-f", "-qqq", "-o", "/dev/null", "-e", f"trace={call}",
         "-e", f"inject={call}:signal=KILL:when={nth}", BUILD / "daemon/kengd", "--config", kengd.config_file],
        stdout=open(kengd.log, "ab"), stderr=subprocess.STDOUT,
        env=os.environ | {"ASAN_OPTIONS": "detect_leaks=0"})
    wait_until("kengd, or its end", 30 * PATIENCE,
               lambda: kengd.run.poll() is not None or can_connect(kengd.port))


def raise_until_dead(kengd, head):
    """The alarms whose asker was told that they are stored, and whether it died at its point."""
    promised = []
    for _ in range(MOST_ALARMS):
        try:
            promised.append(head.post("/api/alarm", {"area": "thon-dong"}).json()["id"])
        except requests.RequestException:
            break
    reached = len(promised) < MOST_ALARMS
    if not reached:
        kengd.run.kill()
    assert kengd.run.wait(timeout=10 * PATIENCE) == -signal.SIGKILL
    kengd.run = None
    return promised, reached


def check(messages, promised, kills, channel):
    """`messages`: the alerts of each, in the order in which they came."""
    seen, repeated = [], 0
    for ids in messages:
        repeated += any(i in seen for i in ids)
        seen += [i for i in ids if i not in seen]
    assert [i for i in seen if i in promised] == promised, f"{channel}: lost or out of order"
    assert repeated <= kills, f"{channel}: {repeated} messages came again after {kills} kills"


def test_a_kill_loses_nothing_and_repeats_at_most_one_message_a_channel(kengd, monkeypatch, push):  # noqa: F811
    sink, phone, promised, at_point = Sink(), push.phone("dong"), [], 0
    kengd.config["webhooks"] = {"tinh": {"url": f"http://127.0.0.1:{sink.port}/x",
                                         "secret": secret(kengd, "k1", "x")}}
    start(kengd, monkeypatch, push)
    head = subscribe(kengd, phone)
    assert kengd.stop() == 0
    for call, nth in points():
        start_to_die(kengd, call, nth)
        more, reached = raise_until_dead(kengd, head)
        promised += more
        at_point += reached
    kengd.start()

    def posts():
        return [[a["id"] for a in json.loads(body)["alerts"]] for _, _, body, _ in list(sink.requests)]
    wait_until("every alert at both", 60 * PATIENCE, lambda: set(promised) <= {i for p in posts() for i in p}
               and set(promised) <= {m["alert"]["id"] for m in list(phone.messages)})
    kills = len(points())
    check(posts(), promised, kills, "webhook")
    check([[m["alert"]["id"]] for m in phone.messages], promised, kills, "push")
    assert len(promised) >= kills / 3 and at_point > kills / 2, \
        f"{len(promised)} alarms, {at_point} of {kills} kills at their point: too few to say anything"
