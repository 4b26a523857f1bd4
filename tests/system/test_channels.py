"""Alerts on their way out: phones, webhooks, e-mail, MQTT and Zalo, each with a peer of its own
that answers well, badly, or not at all."""
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import pathlib
import re
import ssl
import subprocess
import sys
import threading
import time

import pytest
import requests
from conftest import PATIENCE, can_connect, free_port, wait_until

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


# What a push service may answer: what becomes of the message and of the subscription. All other codes:
# tests/unit/alert/push_test.c.
ANSWERS = {202: "taken", 307: "refused", 400: "refused", 403: "stale", 404: "gone", 503: "again"}


def test_every_answer_of_a_push_service_has_its_meaning_and_none_leads_elsewhere(kengd, monkeypatch, push):
    kengd.config["people"] |= {f"p{code}": {"name": f"P{code}", "role": "official", "areas": ["thon-dong"],
                                            "rank": 1} for code in ANSWERS}
    start(kengd, monkeypatch, push)
    kengd.ctl("clock", "trust")  # a token that is not believed has not simply the wrong time
    trap = push.phone("trap")
    webs = {}
    for code in ANSWERS:
        phone = push.phone(f"p{code}")
        phone.answers, phone.headers = [code], {"Location": trap.subscription()["endpoint"]}
        webs[code] = subscribe(kengd, phone, f"p{code}")
    kengd.web(person="truong-dong").post("/api/alarm", {"area": "thon-dong"})
    for code, meaning in ANSWERS.items():
        tries = 2 if meaning == "again" else 1
        wait_until(f"{code}", 30 * PATIENCE, lambda: len(push.phones[f"p{code}"].requests) == tries)
        state = meaning if meaning in ("stale", "gone") else "works"
        wait_until(f"what {code} makes of the subscription", 10 * PATIENCE,
                   lambda: webs[code].json("/api/push")["state"] == state)
        assert len(push.phones[f"p{code}"].messages) == (meaning in ("taken", "again")), code
    assert not trap.requests, "a redirect is not followed"
    webs[403].post("/api/push", push.phones["p403"].subscription())
    wait_until("what waited for the stale one", 10 * PATIENCE, lambda: push.phones["p403"].messages)


def test_tls_that_breaks_off_costs_a_try_and_one_that_stalls_delays_no_other(kengd, monkeypatch, push):
    start(kengd, monkeypatch, push)
    phones = {person: push.phone(person) for person in ("truong-dong", "truc-ban")}
    webs = [subscribe(kengd, phone, person) for person, phone in phones.items()]
    for phone in phones.values():
        phone.headers = {"Connection": "close"}
    for breaks in (["reset", "garbage"], ["cut", "cut"]):
        before, count = push.connections, len(phones["truc-ban"].messages)
        push.breaks = list(breaks)
        webs[0].post("/api/alarm", {"area": "thon-dong"})
        wait_until(f"what comes after {breaks}", 30 * PATIENCE,
                   lambda: all(len(p.messages) == count + 1 for p in phones.values()))
        assert push.connections == before + 4, "two broke off, two brought it"
    stalls, other = phones["truong-dong"], phones["truc-ban"]
    stalls.stall = 20
    webs[0].post("/api/alarm", {"area": "thon-dong"})
    wait_until("the one that stalls", 10 * PATIENCE, lambda: len(stalls.requests) == 3)
    wait_until("the other", 10 * PATIENCE, lambda: len(other.messages) == 3)
    assert len(stalls.messages) == 2, "it stalls still"


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


class MailBox:
    """An SMTP server that takes letters only after STARTTLS, with a certificate of its own."""

    def __init__(self, directory):
        from aiosmtpd.controller import Controller
        self.certificate, key = directory / "mail-cert.pem", directory / "mail-key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                        "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost", "-keyout", key, "-out", self.certificate],
                       check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self.envelopes = []
        self.server = Controller(self, hostname="127.0.0.1", port=free_port(), require_starttls=True,
                                 tls_context=context)
        self.server.start()

    async def handle_DATA(self, server, session, envelope):
        self.envelopes.append((session.ssl is not None, envelope))
        return "250 OK"

    def settings(self):
        return {"host": "localhost", "port": self.server.port, "from": "kengd@dongxanh.vn"}


@pytest.fixture
def mail(directory):
    box = MailBox(directory)
    yield box
    box.server.stop()


def test_mail_and_zalo_bring_the_picture(kengd, monkeypatch, make_village, mail):
    sink = Sink()
    kengd.add("cong", make_village("cong:duong-de"), motion="off")
    kengd.config["web"]["public_url"] = f"http://127.0.0.1:{kengd.port}"
    kengd.config["channels"] = {"email": mail.settings(), "zalo": {"token": secret(kengd, "zalo", "1:x")}}
    kengd.config["people"]["truong-dong"] |= {"email": "dong@dongxanh.vn", "zalo": "chat-dong"}
    start(kengd, monkeypatch, KENGD_TEST_CA=str(mail.certificate),
          KENGD_TEST_ZALO=f"http://127.0.0.1:{sink.port}").wait_recording()
    head = kengd.web(person="truong-dong")
    wait_until("a picture", 10 * PATIENCE, lambda: head.get("/api/cameras/cong/latest.jpg").status_code == 200)
    raised = head.post("/api/alarm", {"camera": "cong", "note": "Cháy rơm"}).json()
    snapshot = head.get(raised["event"]["snapshot"]).content
    assert snapshot[:2] == b"\xff\xd8"
    secured, envelope = wait_until("the letter", 15 * PATIENCE, lambda: mail.envelopes)[0]
    letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert secured and not letter.defects and envelope.rcpt_tos == ["dong@dongxanh.vn"]
    assert letter["Subject"] == "BÁO ĐỘNG: cong" and "Cháy rơm" in letter.get_body().get_content()
    picture, = letter.iter_attachments()
    assert picture.get_content_type() == "image/jpeg" and picture.get_content() == snapshot

    path, _, body, _ = wait_until("Zalo's", 15 * PATIENCE, lambda: sink.requests)[0]
    told = json.loads(body)
    assert path.endswith("/sendPhoto") and "BÁO ĐỘNG: cong" in told["caption"]
    address = told["photo"]
    assert requests.get(address, timeout=10).content == snapshot, "nobody has to log in"
    event, expires, signature = address.rsplit("/", 1)[1].split("-")
    assert 3000 < int(expires) - time.time() <= 3600
    base = address.rsplit("/", 1)[0]
    for forged in (f"{event}-{int(expires) + 9}-{signature}", f"{event}-{expires}-{'0' * len(signature)}",
                   f"{event[::-1]}-{expires}-{signature}", f"{event}-{expires}-"):
        assert requests.get(f"{base}/{forged}", timeout=10).status_code == 404, forged


def test_a_letter_is_given_to_no_server_whose_certificate_is_not_trusted(kengd, monkeypatch, mail, push):
    kengd.config["channels"] = {"email": mail.settings()}
    kengd.config["people"]["truong-dong"]["email"] = "dong@dongxanh.vn"
    start(kengd, monkeypatch, KENGD_TEST_CA=str(push.certificate))
    kengd.web(person="truong-dong").post("/api/alarm", {"area": "thon-dong"})
    told = wait_until("the refusal", 15 * PATIENCE, lambda: re.search(
        r"alert not delivered yet: channel=email .*certificate", kengd.log.read_text()))
    assert told and not mail.envelopes


class Broker:
    """Debian's mosquitto, and a program that hears everything: "TOPIC TEXT" a line."""

    def __init__(self, directory):
        self.port, self.heard = free_port(), directory / "heard"
        conf = directory / "mosquitto.conf"
        conf.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\n")
        self.runs = [subprocess.Popen(["/usr/sbin/mosquitto", "-c", conf], stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)]
        wait_until("mosquitto", 10 * PATIENCE, lambda: can_connect(self.port))
        self.runs.append(subprocess.Popen(["mosquitto_sub", "-p", str(self.port), "-q", "1", "-t", "#", "-v"],
                                          stdout=open(self.heard, "wb"), stderr=subprocess.DEVNULL))

    def lines(self):
        return self.heard.read_text().splitlines()

    def alerts(self):
        return [json.loads(line.split(" ", 1)[1]) for line in self.lines() if line.startswith("kengd/alerts/")]

    def stop(self):
        for run in self.runs:
            run.kill()
            run.wait()


@pytest.fixture
def broker(directory):
    one = Broker(directory)
    yield one
    one.stop()


def test_mqtt_has_alerts_states_and_what_home_assistant_needs(kengd, monkeypatch, broker):
    kengd.config["channels"] = {"mqtt": {"host": "127.0.0.1", "port": broker.port}}
    kengd.config["cameras"]["cong"] = {"name": "Cổng", "area": "thon-dong",
                                       "url": f"rtsp://127.0.0.1:{free_port()}/x"}
    start(kengd, monkeypatch)
    wait_until("online", 15 * PATIENCE, lambda: "kengd/status online" in broker.lines())
    kengd.web(person="truong-dong").post("/api/alarm", {"area": "thon-dong"})
    assert wait_until("the alert", 15 * PATIENCE, broker.alerts)[0]["kind"] == "alarm"
    wait_until("the camera's state", 30 * PATIENCE, lambda: "kengd/cameras/cong/state lost" in broker.lines())
    found = [x for x in broker.lines() if x.startswith("homeassistant/binary_sensor/kengd_cong_")]
    assert len(found) == 2 and json.loads(found[0].split(" ", 1)[1])["device"]["name"] == "Cổng"
    kengd.kill()
    wait_until("the broker's word for it", 60 * PATIENCE, lambda: "kengd/status offline" in broker.lines())


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
