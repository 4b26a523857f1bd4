"""A push service that answers as it is told: any code, late, not at all, or with TLS that breaks off.
It has a certificate of its own; what it is sent is opened by phones of others (push-check/)."""
import base64
import http.server
import json
import pathlib
import socket
import ssl
import subprocess
import threading
import time

CHECK = pathlib.Path(__file__).resolve().parent / "push-check"


class Phones:
    """push-check/phones.mjs, asked line by line."""

    def __init__(self):
        if not (CHECK / "node_modules").is_dir():
            raise RuntimeError(f"npm packages are missing: cd {CHECK.name} && npm install --no-package-lock")
        self.run = subprocess.Popen(["node", CHECK / "phones.mjs"], stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE, text=True)
        self.lock = threading.Lock()

    def ask(self, **question):
        with self.lock:
            self.run.stdin.write(json.dumps(question) + "\n")
            self.run.stdin.flush()
            return json.loads(self.run.stdout.readline())

    def stop(self):
        self.run.stdin.close()
        self.run.stdout.close()
        self.run.wait(timeout=20)


class Phone:
    """One subscription, and what it was sent."""

    def __init__(self, service, name):
        self.service, self.name = service, name
        self.keys = service.opener.ask(phone=name)
        self.answers = []  # codes for the next requests; then 201
        self.headers = {}
        self.stall = 0
        self.messages, self.requests, self.times = [], [], []

    def subscription(self):
        return {"endpoint": f"{self.service.origin}/{self.name}", "keys": self.keys}


class Server(http.server.ThreadingHTTPServer):
    """TLS is spoken on the connection's own thread, so that one that stalls holds up no other."""
    daemon_threads = True
    service = None

    def finish_request(self, request, client_address):
        service = self.service
        with service.lock:
            service.connections += 1
            breaks = service.breaks.pop(0) if service.breaks else None
        if breaks == "reset":  # in the middle of the client's first flight
            request.recv(64)
            request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        elif breaks == "garbage":
            request.recv(4096)
            request.sendall(b"HTTP/1.1 400 no TLS here\r\n\r\n")
        elif breaks == "cut":  # within its own first flight
            context, incoming, outgoing = service.context, ssl.MemoryBIO(), ssl.MemoryBIO()
            half = context.wrap_bio(incoming, outgoing, server_side=True)
            incoming.write(request.recv(4096))
            try:
                half.do_handshake()
            except ssl.SSLWantReadError:
                request.sendall(outgoing.read()[:200])
        elif breaks == "silent":
            service.silent.wait(60)
        if not breaks:
            with service.context.wrap_socket(request, server_side=True) as spoken:
                self.RequestHandlerClass(spoken, client_address, self)

    def handle_error(self, request, client_address):
        pass  # a client that was killed


class FakePush:
    def __init__(self, directory, address="127.0.0.1", name="DNS:localhost"):
        """`name`: as a certificate's subjectAltName has it; phones' endpoints begin with it."""
        self.phones, self.faults = {}, []
        self.breaks = []  # of the next connections: "reset", "garbage", "cut", "silent" or None
        self.connections, self.lock, self.silent = 0, threading.Lock(), threading.Event()
        self.opener = Phones()
        self.certificate = pathlib.Path(directory) / "push-cert.pem"
        key = pathlib.Path(directory) / "push-key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", f"subjectAltName={name}", "-keyout", key, "-out",
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

        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, key)
        self.server = Server((address, 0), Handler)
        self.server.service = self
        self.port = self.server.server_address[1]
        self.origin = f"https://{name.split(':')[1]}:{self.port}"
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
            opened = self.opener.ask(open=phone.name, body=base64.b64encode(body).decode(),
                                     authorization=headers["Authorization"],
                                     origin=self.origin)
            phone.vapid, message = opened["vapid"], opened["message"]
        except Exception as fault:
            self.faults.append(f"{fault!r} {opened if 'opened' in locals() else ''}")
            return 400
        if code < 300:
            phone.messages.append(message)
            phone.times.append(time.time())
        return code

    def stop(self):
        self.silent.set()
        self.server.shutdown()
        self.server.server_close()
        self.opener.stop()
