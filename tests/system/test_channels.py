"""Alerts on their way out: phones, webhooks, e-mail, MQTT and Zalo, each with a peer of its own
that answers well, badly, or not at all."""
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import pathlib
import subprocess
import sys
import threading
import time

import pytest
from conftest import PATIENCE, free_port, wait_until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "peers"))
from fakepush import FakePush  # noqa: E402


class Sink:
    """Another program: keeps what it is sent, and answers with the next of `answers`."""

    def __init__(self):
        self.requests, self.answers = [], []
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, text = sink.answers.pop(0) if sink.answers else (200, '{"ok": true}')
                sink.requests.append((self.path, dict(self.headers), body, status))
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def letters(self):
        return [a for _, _, body, status in self.requests if status < 300
                for a in json.loads(body)["alerts"]]


def secret(kengd, name, text):
    file = kengd.directory / name
    file.write_text(text + "\n")
    file.chmod(0o600)
    return {"file": name}


def start(kengd, monkeypatch, push=None, **environment):
    monkeypatch.setenv("KENGD_TEST_LOOPBACK", "1")
    if push:
        monkeypatch.setenv("KENGD_TEST_CA", str(push.certificate))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return kengd.start()


def subscribe(kengd, phone, person="truong-dong"):
    web = kengd.web(person=person)
    answer = web.post("/api/push", phone.subscription())
    assert answer.status_code == 204, answer.text
    return web


@pytest.fixture
def push(directory):
    service = FakePush(directory)
    yield service
    service.stop()
    assert not service.faults, service.faults


def test_a_phone_is_woken_with_the_whole_sentence_and_hears_who_has_taken_it(kengd, monkeypatch, push):
    start(kengd, monkeypatch, push)
    phone, other = push.phone("dong"), push.phone("ban")
    head = subscribe(kengd, phone)
    staff = subscribe(kengd, other, "truc-ban")
    raised = head.post("/api/alarm", {"area": "thon-dong", "note": "Cháy rơm"}).json()
    wait_until("both phones", 10 * PATIENCE, lambda: phone.messages and other.messages)
    message = other.messages[0]
    assert message["title"] == "BÁO ĐỘNG: Thôn Đông" and "Cháy rơm" in message["body"]
    assert message["alert"]["id"] == raised["id"] and not message["silent"]
    assert other.requests[0]["Urgency"] == "high" and other.requests[0]["Topic"] == raised["id"]
    assert staff.post(f"/api/alerts/{raised['id']}/acknowledge").status_code == 200
    told = wait_until("who has taken it", 10 * PATIENCE, lambda: phone.messages[1:])[0]
    assert told["alert"]["what"] == "answered" and "Trực ban xã" in told["title"] and told["silent"]


def test_an_endpoint_in_the_house_is_not_reached(kengd, monkeypatch, push):
    monkeypatch.delenv("KENGD_TEST_LOOPBACK", raising=False)
    monkeypatch.setenv("KENGD_TEST_CA", str(push.certificate))
    kengd.start()
    phone = push.phone("dong")
    head = subscribe(kengd, phone)
    for endpoint in ("http://push.example/1", "https://a@b/1", "ftp://push.example", "https://x y"):
        assert head.post("/api/push", phone.subscription() | {"endpoint": endpoint}).status_code == 400
    head.post("/api/alarm", {"area": "thon-dong"})
    wait_until("the attempt", 10 * PATIENCE, lambda: "alert not delivered yet" in kengd.log.read_text())
    assert not phone.requests
    assert "/dong" not in kengd.log.read_text(), "the endpoint is a secret"


def test_a_webhook_gets_signed_json_and_a_dead_one_delays_no_other(kengd, monkeypatch):
    sink, key = Sink(), "khóa ký"
    kengd.config["webhooks"] = {
        "tinh": {"url": f"http://127.0.0.1:{sink.port}/x", "secret": secret(kengd, "k1", key)},
        "chet": {"url": f"http://127.0.0.1:{free_port()}/x", "secret": secret(kengd, "k2", "y")}}
    start(kengd, monkeypatch)
    head = kengd.web(person="truong-dong")
    sink.answers = [(500, "")]
    ids = [head.post("/api/alarm", {"area": "thon-dong"}).json()["id"] for _ in range(5)]
    wait_until("all five", 30 * PATIENCE, lambda: len(sink.letters()) >= 5)
    assert [a["id"] for a in sink.letters()] == ids, "in their order, each once"
    _, headers, body, _ = sink.requests[-1]
    fields = dict(part.split("=") for part in headers["Kengd-Signature"].split(","))
    expected = hmac.new(key.encode(), f"{fields['t']}.".encode() + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(fields["v1"], expected) and abs(time.time() - int(fields["t"])) < 60
    assert key not in kengd.log.read_text()


def test_a_letter_has_the_sentence(kengd, monkeypatch):
    from aiosmtpd.controller import Controller
    letters = []

    class Box:
        async def handle_DATA(self, server, session, envelope):
            letters.append(envelope)
            return "250 OK"
    server = Controller(Box(), hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        kengd.config["channels"] = {"email": {"host": "127.0.0.1", "port": server.port, "tls": False,
                                              "from": "kengd@dongxanh.vn"}}
        kengd.config["people"]["truong-dong"]["email"] = "dong@dongxanh.vn"
        start(kengd, monkeypatch)
        kengd.web(person="truong-dong").post("/api/alarm", {"area": "thon-dong", "note": "Cháy rơm"})
        envelope = wait_until("the letter", 15 * PATIENCE, lambda: letters)[0]
    finally:
        server.stop()
    letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert envelope.rcpt_tos == ["dong@dongxanh.vn"] and letter["Subject"] == "BÁO ĐỘNG: Thôn Đông"
    assert "Cháy rơm" in letter.get_body().get_content()


def test_mqtt_has_alerts_states_and_what_home_assistant_needs(kengd, monkeypatch, directory):
    port = free_port()
    conf = directory / "mosquitto.conf"
    conf.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    broker = subprocess.Popen(["/usr/sbin/mosquitto", "-c", conf], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    heard = subprocess.Popen(["sh", "-c", f"until mosquitto_sub -p {port} -t '#' -v; do sleep 0.2; done"],
                             stdout=open(directory / "heard", "wb"), stderr=subprocess.DEVNULL)

    def lines():
        return (directory / "heard").read_text().splitlines()
    try:
        kengd.config["channels"] = {"mqtt": {"host": "127.0.0.1", "port": port}}
        kengd.config["cameras"]["cong"] = {"name": "Cổng", "area": "thon-dong",
                                           "url": f"rtsp://127.0.0.1:{free_port()}/x"}
        start(kengd, monkeypatch)
        wait_until("online", 15 * PATIENCE, lambda: "kengd/status online" in lines())
        kengd.web(person="truong-dong").post("/api/alarm", {"area": "thon-dong"})
        told = wait_until("the alert", 15 * PATIENCE,
                          lambda: [x for x in lines() if x.startswith("kengd/alerts/thon-dong ")])
        assert json.loads(told[0].split(" ", 1)[1])["kind"] == "alarm"
        wait_until("the camera's state", 30 * PATIENCE, lambda: "kengd/cameras/cong/state lost" in lines())
        found = [x for x in lines() if x.startswith("homeassistant/binary_sensor/kengd_cong_")]
        assert len(found) == 2 and json.loads(found[0].split(" ", 1)[1])["device"]["name"] == "Cổng"
        kengd.kill()
        wait_until("the broker's word for it", 60 * PATIENCE, lambda: "kengd/status offline" in lines())
    finally:
        for peer in (heard, broker):
            peer.kill()
            peer.wait()


def test_zalo_gets_the_sentence_and_the_token_stays_secret(kengd, monkeypatch):
    sink = Sink()
    kengd.config["channels"] = {"zalo": {"token": secret(kengd, "zalo", "12345:bi-mat")}}
    kengd.config["people"]["truong-dong"]["zalo"] = "chat-dong"
    sink.answers = [(200, '{"ok": false, "error_code": 429}')]
    start(kengd, monkeypatch, KENGD_TEST_ZALO=f"http://127.0.0.1:{sink.port}")
    kengd.web(person="truong-dong").post("/api/alarm", {"area": "thon-dong"})
    wait_until("the second try", 20 * PATIENCE, lambda: len(sink.requests) == 2)
    path, _, body, _ = sink.requests[1]
    assert path == "/bot12345:bi-mat/sendMessage" and json.loads(body)["chat_id"] == "chat-dong"
    assert "BÁO ĐỘNG: Thôn Đông" in json.loads(body)["text"]
    assert "bi-mat" not in kengd.log.read_text()


def test_a_mute_never_silences_the_last_awake_phone_without_asking(kengd, monkeypatch):
    kengd.config["cameras"]["cong"] = {"name": "Cổng", "area": "thon-dong",
                                       "url": f"rtsp://127.0.0.1:{free_port()}/x"}
    start(kengd, monkeypatch)
    head, staff = kengd.web(person="truong-dong"), kengd.web(person="truc-ban")
    other = kengd.web(person="truong-doai")
    assert other.post("/api/mute", {"area": "thon-dong", "minutes": 60}).status_code == 404
    assert head.post("/api/mute", {"area": "thon-dong", "minutes": 60, "for": "me"}).status_code == 200
    asked = staff.post("/api/mute", {"area": "thon-dong", "minutes": 60})
    assert asked.status_code == 409 and asked.json()["error"]["code"] == "last_awake"
    assert staff.post("/api/mute", {"camera": "cong", "minutes": 60, "sure": True}).status_code == 200
    why = kengd.ctl_json("alert", "explain", "--camera", "cong")
    assert {p["person"]: p["why"] for p in why["people"]} == {
        "truong-dong": "muted", "truong-doai": "area", "truc-ban": "muted"}
    assert "tắt tiếng" in kengd.ctl("--lang", "vi", "alert", "explain", "--camera", "cong").stdout
    assert len(head.json("/api/mutes")["mutes"]) == 2
    for mute in staff.json("/api/mutes")["mutes"]:
        assert staff.session.delete(f"{staff.base}/api/mutes/{mute['id']}").status_code == 204
    assert head.json("/api/mutes")["mutes"] == []
    why = kengd.ctl_json("alert", "explain", "--camera", "cong")
    assert {p["person"]: p["why"] for p in why["people"]}["truong-dong"] == "told"
