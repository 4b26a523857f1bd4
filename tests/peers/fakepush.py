"""A push service that answers as it is told: any code, late, or not at all. It speaks TLS with
a certificate of its own and opens what it is sent, as a phone would (RFC 8291, RFC 8188)."""
import base64
import http.server
import json
import pathlib
import ssl
import subprocess
import threading
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def b64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Phone:
    """One subscription: its keys, and what it was sent."""

    def __init__(self, service, name):
        self.service, self.name = service, name
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        self.auth = bytes(range(16))
        self.answers = []  # codes for the next requests; then 201
        self.headers = {}
        self.stall = 0
        self.messages, self.requests, self.times = [], [], []

    def subscription(self):
        return {"endpoint": f"https://localhost:{self.service.port}/{self.name}",
                "keys": {"p256dh": b64(self.point), "auth": b64(self.auth)}}

    def open(self, body):
        salt, key_id = body[:16], body[21:21 + body[20]]
        peer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key_id)
        shared = self.key.exchange(ec.ECDH(), peer)

        def derive(salt, secret, info, length):
            return HKDF(hashes.SHA256(), length, salt, info).derive(secret)
        ikm = derive(self.auth, shared, b"WebPush: info\0" + self.point + key_id, 32)
        key = derive(salt, ikm, b"Content-Encoding: aes128gcm\0", 16)
        nonce = derive(salt, ikm, b"Content-Encoding: nonce\0", 12)
        plain = AESGCM(key).decrypt(nonce, body[21 + body[20]:], None)
        assert plain[-1] == 2, "the last record ends with 2"
        return json.loads(plain[:-1])


def check_token(authorization, origin):
    """RFC 8292: a JWT for this service, signed with the key beside it."""
    fields = dict(part.strip().split("=", 1) for part in authorization[len("vapid "):].split(","))
    head, claims, signature = fields["t"].split(".")
    raw = unb64(signature)
    der = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(fields["k"]))
    key.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    claims = json.loads(unb64(claims))
    assert claims["aud"] == origin and claims["sub"].split(":")[0] in ("mailto", "https")
    assert time.time() < claims["exp"] <= time.time() + 86400
    return fields["k"]


class FakePush:
    def __init__(self, directory):
        self.phones, self.faults = {}, []
        self.certificate = pathlib.Path(directory) / "push-cert.pem"
        key = pathlib.Path(directory) / "push-key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out",
                        self.certificate], check=True, capture_output=True)
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                phone = service.phones.get(self.path[1:])
                more = dict(phone.headers) if phone else {}
                code = 404 if not phone else service.take(phone, self.headers, body)
                self.send_response(code)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def phone(self, name):
        self.phones[name] = Phone(self, name)
        return self.phones[name]

    def take(self, phone, headers, body):
        phone.requests.append(dict(headers))
        if phone.stall:
            time.sleep(phone.stall)
        code = phone.answers.pop(0) if phone.answers else 201
        try:
            assert headers["Content-Encoding"] == "aes128gcm" and int(headers["TTL"]) > 0
            assert len(body) <= 4096 and len(headers.get("Topic", "")) <= 32
            phone.vapid = check_token(headers["Authorization"], f"https://localhost:{self.port}")
            message = phone.open(body)
        except Exception as fault:
            self.faults.append(repr(fault))
            return 400
        if code < 300:
            phone.messages.append(message)
            phone.times.append(time.time())
        return code

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
