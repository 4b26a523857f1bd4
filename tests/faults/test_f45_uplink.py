"""F45: the uplink was down for three days.

Injection: alerts of 72 h wait in the catalogue for a phone and a program (3,000; 100,000 in the
long form), as they would after an outage.
Pass: none is lost; the program gets each once, marked late with both times, the newest first, at
20 a second or better; the phone gets one silent message with the exact number; what is raised
meanwhile is not kept waiting behind them.
"""
import json
import pathlib
import sqlite3
import sys
import time

from conftest import LONG, PATIENCE, SYSTEM, wait_until

sys.path.insert(0, str(SYSTEM))
from test_channels import Sink, push, secret, start, subscribe  # noqa: E402, F401

COUNT = 100_000 if LONG else 3_000


def write_outage(state: pathlib.Path, device):
    db = sqlite3.connect(state / "keng.db")
    now = int(time.time() * 1e6)
    for n in range(COUNT):
        at = now - int(72 * 3600e6) + n * int(71 * 3600e6) // COUNT
        name = f"{n:026d}"
        db.execute("INSERT INTO event (id, kind, area, start_us, end_us, seen_us, score, x0, y0, x1,"
                   " y1) VALUES (?, 'motion', 'thon-dong', ?, ?, ?, 50, 0, 0, 1, 1)", (name, at, at + 1, at))
        db.execute("INSERT INTO alert (id, event, raised_us, state, rank, escalate_us, answered_us,"
                   " closed_us, merged) VALUES (?, ?, ?, 'open', 1, 0, 0, 0, 0)", (name, name, at))
        for recipient, channel, target in (("webhook:tinh", "webhook", ""),
                                           ("person:truong-dong", "push", str(device))):
            db.execute("INSERT INTO delivery (alert, recipient, channel, target, what, state, tries,"
                       " made_us, due_us, at_us) VALUES (?, ?, ?, ?, 'raised', 'waiting', 0, ?, 0, ?)",
                       (name, recipient, channel, target, at, at))
    db.commit()
    db.close()


def test_a_hundred_thousand_late_alerts_arrive_once_each_newest_first(kengd, monkeypatch, push):  # noqa: F811
    sink, phone = Sink(), push.phone("dong")
    kengd.config["webhooks"] = {"tinh": {"url": f"http://127.0.0.1:{sink.port}/x",
                                         "secret": secret(kengd, "k1", "x")}}
    start(kengd, monkeypatch, push)
    device = subscribe(kengd, phone).json("/api/push")["device"]
    assert kengd.stop() == 0
    write_outage(kengd.directory / "state", device)
    began = time.monotonic()
    start(kengd, monkeypatch, push)
    fresh = kengd.web(person="truong-dong").post("/api/alarm", {"area": "thon-dong"}).json()["id"]
    wait_until("the fresh one", 30 * PATIENCE,
               lambda: fresh in [m["alert"]["id"] for m in phone.messages])
    wait_until("all of them", COUNT / 20, lambda: len(sink.letters()) > COUNT, every=0.5)
    assert COUNT / (time.monotonic() - began) >= 20
    late = [a for a in sink.letters() if a["late"]]
    ids = [a["id"] for a in late]
    assert ids == [f"{n:026d}" for n in reversed(range(COUNT))], "each once, the newest first"
    assert all(a["raised"] < a["told"] for a in late)
    digest = wait_until("the digest", 30 * PATIENCE, lambda: [m for m in phone.messages if m["digest"]])
    assert len(digest) == 1 and digest[0]["count"] == COUNT and digest[0]["silent"]
    assert str(COUNT) in digest[0]["title"] and "muộn" in digest[0]["title"]
    assert kengd.stop() == 0
    db = sqlite3.connect(kengd.directory / "state/keng.db")
    states = dict(db.execute("SELECT state, count(*) FROM delivery WHERE channel <> 'page' GROUP BY state"))
    assert states == {"delivered": 2 * COUNT + 2}, states
    assert db.execute("SELECT count(*) FROM attempt WHERE result = 'taken'").fetchone()[0] > COUNT // 100
