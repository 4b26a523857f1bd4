"""F46: our key for Web Push has changed, and phones would be silent without anybody knowing.

Injection: state/vapid.pem is taken away while kengd runs, and nobody reloads it.
Pass: 60 s later by kengd's clock every phone is asked to subscribe again; what is raised meanwhile
waits, and arrives when it has.
"""
import sys

from conftest import PATIENCE, SYSTEM, wait_until

sys.path.insert(0, str(SYSTEM))
from test_channels import push, start, subscribe  # noqa: E402, F401
from test_escalation import Clock  # noqa: E402


def test_another_key_of_ours_asks_every_phone_to_subscribe_again(kengd, monkeypatch, push):  # noqa: F811
    clock = Clock(kengd, monkeypatch)
    kengd.config["alerts"] = kengd.config["alerts"] | {"all_well": -1}  # no figures of the morning between
    start(kengd, monkeypatch, push)
    phones = [push.phone(name) for name in ("dong", "ban")]
    webs = [subscribe(kengd, phone, who) for phone, who in zip(phones, ("truong-dong", "truc-ban"))]
    before = webs[0].json("/api/push")
    (kengd.directory / "state/vapid.pem").unlink()
    clock.set(60)
    wait_until("all are flagged", 10 * PATIENCE, lambda: all(w.json("/api/push")["state"] == "stale" for w in webs))
    assert webs[0].json("/api/push")["key"] != before["key"]
    raised = webs[0].post("/api/alarm", {"area": "thon-dong"}).json()["id"]
    for web, phone in zip(webs, phones):
        assert web.post("/api/push", phone.subscription()).status_code == 204
        message = wait_until("what waited", 10 * PATIENCE, lambda: phone.messages)[0]
        assert message["alert"]["id"] == raised and phone.vapid == webs[0].json("/api/push")["key"]
        assert len(phone.requests) == 1, "nothing was sent with the wrong key"
