"""F46: our key for Web Push has changed, and phones would be silent without anybody knowing.

Injection: state/vapid.pem is taken away while kengd runs.
Pass: within 60 s every phone is asked to subscribe again, and is woken with the new key when it has.
"""
import sys

from conftest import PATIENCE, SYSTEM, wait_until

sys.path.insert(0, str(SYSTEM))
from test_channels import push, start, subscribe  # noqa: E402, F401


def test_another_key_of_ours_asks_every_phone_to_subscribe_again(kengd, monkeypatch, push):  # noqa: F811
    start(kengd, monkeypatch, push)
    head = subscribe(kengd, push.phone("dong"))
    staff = subscribe(kengd, push.phone("ban"), "truc-ban")
    before = head.json("/api/push")
    (kengd.directory / "state/vapid.pem").unlink()
    kengd.ctl("reload")
    wait_until("all are flagged", 60, lambda: head.json("/api/push")["state"] == "stale"
               and staff.json("/api/push")["state"] == "stale")
    assert head.json("/api/push")["key"] != before["key"]
    subscribe(kengd, push.phone("dong2"))
    head.post("/api/alarm", {"area": "thon-dong"})
    wait_until("the phone with the new key", 10 * PATIENCE, lambda: push.phones["dong2"].messages)
