"""F44: a push service answers that the subscription is gone, that there is too much, or fails.

Injection: 429 with Retry-After, 503, 413, 410 from a push service.
Pass: 429 and 503 are tried again, not before Retry-After; 413 costs that one message; 410 drops the
subscription, the phone is told, and the service is not asked again.
"""
import sys
import time

from conftest import PATIENCE, SYSTEM, wait_until

sys.path.insert(0, str(SYSTEM))
from test_channels import push, start, subscribe  # noqa: E402, F401


def test_each_answer_of_a_push_service_is_honoured(kengd, monkeypatch, push):  # noqa: F811
    start(kengd, monkeypatch, push)
    phone = push.phone("dong")
    head = subscribe(kengd, phone)
    phone.answers, phone.headers = [429], {"Retry-After": "4"}
    head.post("/api/alarm", {"area": "thon-dong"})
    wait_until("the refusal", 10 * PATIENCE, lambda: phone.requests)
    refused = time.time()
    phone.headers = {}
    wait_until("the second try", 20 * PATIENCE, lambda: phone.messages)
    assert time.time() - refused > 3, "Retry-After is kept"
    phone.answers = [503]
    head.post("/api/alarm", {"area": "thon-dong"})
    wait_until("after a 503", 20 * PATIENCE, lambda: len(phone.messages) == 2)
    phone.answers = [413]
    head.post("/api/alarm", {"area": "thon-dong"})
    wait_until("the 413", 10 * PATIENCE, lambda: len(phone.requests) == 5)
    head.post("/api/alarm", {"area": "thon-dong"})
    wait_until("the next one goes", 10 * PATIENCE, lambda: len(phone.messages) == 3)
    assert head.json("/api/push")["state"] == "works"
    phone.answers = [410]
    head.post("/api/alarm", {"area": "thon-dong"})
    wait_until("the subscription is gone", 10 * PATIENCE, lambda: head.json("/api/push")["state"] == "gone")
    count = len(phone.requests)
    head.post("/api/alarm", {"area": "thon-dong"})
    subscribe(kengd, push.phone("moi"))
    head.post("/api/alarm", {"area": "thon-dong"})
    wait_until("the new phone", 10 * PATIENCE, lambda: push.phones["moi"].messages)
    assert len(phone.requests) == count, "a phone that is gone is not asked again"
