"""kengd is killed between any two steps of the outbox, with every channel on: push, webhook, e-mail, MQTT,
Zalo.

Injection: SIGKILL as kengd enters its n-th system call of a kind: a page of the catalogue's log is
written, a commit is synced, a channel is dialled, asked, heard, the asker is answered, a thread tells
another that something is done. One point of each kind by a seed (KENGD_SEED); all in the long form.
Pass: what was promised to the asker reaches every channel, in its order; each kill repeats at most
one message per channel.
"""
import email
import email.policy
import itertools
import json
import os
import random
import re
import signal
import subprocess
import sys

import requests
from conftest import BUILD, LONG, PATIENCE, SYSTEM, can_connect, wait_until

sys.path.insert(0, str(SYSTEM))
from test_channels import Sink, broker, mail, push, secret, start, subscribe  # noqa: E402, F401

# As often as two alarms with five channels and the start before them make each call.
CALLS = {"fdatasync": 20, "connect": 8, "sendto": 32, "recvfrom": 60, "writev": 3, "pwrite64": 120, "write": 60}
NUMBERS = itertools.count(1)
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
    """The alarms (id, note) whose asker was told that they are stored, and whether it died at its
    point."""
    promised = []
    for _ in range(MOST_ALARMS):
        note = f"việc số {next(NUMBERS)}."
        try:
            promised.append((head.post("/api/alarm", {"area": "thon-dong", "note": note}).json()["id"], note))
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


def every_channel(kengd, monkeypatch, push, mail, broker, sink, zalo):  # noqa: F811
    """Five ways to the hamlet head and two other programs; each alarm has a note of its own."""
    both = kengd.directory / "certificates"
    both.write_text(push.certificate.read_text() + mail.certificate.read_text())
    kengd.config["webhooks"] = {"tinh": {"url": f"http://127.0.0.1:{sink.port}/x",
                                         "secret": secret(kengd, "k1", "x")}}
    kengd.config["channels"] = {"email": mail.settings(), "zalo": {"token": secret(kengd, "zalo", "1:x")},
                                "mqtt": {"host": "127.0.0.1", "port": broker.port}}
    kengd.config["people"]["truong-dong"] |= {"email": "dong@dongxanh.vn", "zalo": "chat-dong"}
    start(kengd, monkeypatch, push, KENGD_TEST_CA=str(both), KENGD_TEST_ZALO=f"http://127.0.0.1:{zalo.port}")


def test_a_kill_loses_nothing_and_repeats_at_most_one_message_a_channel(kengd, monkeypatch, push, mail,  # noqa: F811
                                                                        broker):  # noqa: F811
    sink, zalo, phone, promised, at_point = Sink(), Sink(), push.phone("dong"), [], 0
    every_channel(kengd, monkeypatch, push, mail, broker, sink, zalo)
    head = subscribe(kengd, phone)
    assert kengd.stop() == 0
    for call, nth in points():
        start_to_die(kengd, call, nth)
        more, reached = raise_until_dead(kengd, head)
        promised += more
        at_point += reached
    kengd.start()
    notes = {note: alert for alert, note in promised}
    ids = [alert for alert, _ in promised]

    def by_note(text):
        """The alerts whose notes stand in a text for a person."""
        return [notes[note] for note in re.findall(r"việc số \d+\.", text) if note in notes]

    def letter(envelope):
        return email.message_from_bytes(envelope.content, policy=email.policy.default).get_body().get_content()

    def told():
        return {"webhook": [[a["id"] for a in json.loads(body)["alerts"]] for _, _, body, _ in list(sink.requests)],
                "push": [[m["alert"]["id"]] for m in list(phone.messages)],
                "email": [by_note(letter(envelope)) for _, envelope in list(mail.envelopes)],
                "zalo": [by_note(json.loads(body)["text"]) for _, _, body, _ in list(zalo.requests)],
                "mqtt": [[a["id"]] for a in broker.alerts()]}
    wait_until("every alert on every channel", 90 * PATIENCE, lambda: all(
        set(ids) <= {i for message in messages for i in message} for messages in told().values()), every=0.5)
    kills = len(points())
    for channel, messages in told().items():
        check(messages, ids, kills, channel)
    assert len(promised) >= kills / 3 and at_point > kills / 2, \
        f"{len(promised)} alarms, {at_point} of {kills} kills at their point: too few to say anything"
