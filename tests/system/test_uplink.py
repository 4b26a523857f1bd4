"""The way to the internet is cut, and comes back: in a network namespace where nothing but a
loopback is, until a server out there gets an address on it."""
import json
import os
import subprocess
import sys

from conftest import BUILD, PATIENCE, wait_until

OUT_THERE = "203.0.114.7"  # any public address: in the namespace it is nobody's

SINK = """
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
http.server.HTTPServer(("%s", 8080), Handler).serve_forever()
""" % OUT_THERE


def inside(*words):
    """A program in a network namespace of its own, as root there."""
    rights = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *rights, "--net", "sh", "-c", 'ip link set lo up && exec "$0" "$@"', *words]


def test_a_cut_uplink_is_told_and_told_to_be_over(kengd, directory):
    secret = directory / "key"
    secret.write_text("x\n")
    secret.chmod(0o600)
    kengd.config["webhooks"] = {"tinh": {"url": f"http://{OUT_THERE}:8080/x", "secret": {"file": "key"}},
                                "nha": {"url": "http://127.0.0.1:1/x", "secret": {"file": "key"}}}
    kengd.config["alerts"] = {"health": {"uplink": "0 s", "settle": "0 s", "channel": "1 hour"}}
    kengd.write_config()
    kengd.run = subprocess.Popen(inside(BUILD / "daemon/kengd", "--config", kengd.config_file),
                                 stdout=open(kengd.log, "ab"), stderr=subprocess.STDOUT)
    wait_until("kengd", 20 * PATIENCE, lambda: kengd.ctl("status", check=False).returncode == 0)

    def uplink():
        alerts = json.loads(kengd.ctl("--json", "alert", "list", "--all").stdout)["alerts"]
        return [a["state"] for a in alerts if a["event"]["condition"] == "uplink"]

    kengd.ctl("alert", "test", "xa", "--channel", "webhook")
    wait_until("the uplink's alert", 10 * PATIENCE, lambda: uplink() == ["open"], every=0.2)
    into = ["nsenter", "--net", "--user" if os.getuid() else "--net", "--target", str(kengd.run.pid)]
    subprocess.run([*into, "ip", "address", "add", f"{OUT_THERE}/32", "dev", "lo"], check=True)
    sink = subprocess.Popen([*into, sys.executable, "-c", SINK], stderr=subprocess.DEVNULL)
    try:
        wait_until("it is back", 40 * PATIENCE, lambda: uplink() == ["resolved"], every=0.3)
    finally:
        sink.kill()
        sink.wait()
