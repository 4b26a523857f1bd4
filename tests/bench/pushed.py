"""How soon an alert is out: from its decision to a push service's acceptance, to the receipt of another
program, to the page's feed, and to the screen that it has taken over, drawn by Chromium. Goals: p95 under
1 s to the push service, under 0.3 s to the screen.

A push service must be at a public address with a certificate that the system trusts, and no build knows
an exception: so this runs in namespaces of its own, where a public address is on the loopback and the
system trusts the peer of the tests."""
import datetime
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
for room in ("system", "peers"):
    sys.path.insert(0, str(HERE.parent / room))

from conftest import Kengd, wait_until  # noqa: E402
from fakepush import FakePush  # noqa: E402
from seen import Looker  # noqa: E402
from test_channels import Sink, secret, subscribe  # noqa: E402

ALERTS = 60
OUT_THERE = "203.0.114.7"  # in the namespace nobody else's
TRUSTED = "/etc/ssl/certs/ca-certificates.crt"


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def percentiles(values):
    values = sorted(values)
    return f"p50 {values[len(values) // 2]:.3f} s  p95 {values[int(len(values) * 0.95) - 1]:.3f} s"


def measure(directory):
    push = FakePush(directory, OUT_THERE, f"IP:{OUT_THERE}")
    subprocess.run(["mount", "--bind", push.certificate, TRUSTED], check=True)
    sink, kengd = Sink(), Kengd(directory)
    accepted, received, seen = {}, {}, {}
    kengd.config["webhooks"] = {"x": {"url": f"http://127.0.0.1:{sink.port}/x",
                                      "secret": secret(kengd, "key", "x")}}
    kengd.start()
    phone = push.phone("dong")
    web = subscribe(kengd, phone)
    feed = web.session.get(web.base + "/api/feed", stream=True, timeout=600)

    def read():
        try:
            for line in feed.iter_lines(chunk_size=1):
                note = json.loads(line[5:]) if line.startswith(b"data:") else {"type": ""}
                if note["type"] == "alert":
                    seen.setdefault(note["alert"]["id"], time.time())
        except Exception:
            pass  # kengd has ended
    threading.Thread(target=read, daemon=True).start()
    looker = Looker("taken", kengd, [kengd.token(screen="nvh-dong")], ALERTS * 10)
    drawn, decided = {}, {}
    for n in range(ALERTS):
        alert = web.post("/api/alarm", {"area": "thon-dong"}).json()
        decided[alert["id"]] = seconds(alert["event"]["start"])
        wait_until("the receipt", 10, lambda: any(a["id"] == alert["id"] for a in sink.letters()), every=0.005)
        received[alert["id"]] = time.time()
        wait_until("the push service", 10, lambda: len(phone.messages) == n + 1, every=0.005)
        accepted[alert["id"]] = phone.times[n]
        wait_until("the feed", 10, lambda: alert["id"] in seen, every=0.005)
        drawn[alert["id"]] = wait_until("the screen", 10, lambda: [
            line["at"] for line in list(looker.lines) if line.get("alert") == alert["id"]], every=0.02)[0]
    looker.run.terminate()
    looker.wait()
    kengd.stop()
    assert not push.faults, push.faults
    push.stop()
    print(f"{ALERTS} alerts, from the decision")
    for what, times in (("to the push service's acceptance", accepted), ("to a program's receipt", received),
                        ("to the page's feed", seen), ("to the screen, drawn", drawn)):
        print(f"{what:34} {percentiles([times[i] - decided[i] for i in decided])}", flush=True)


def bench_pushed(directory):
    rights = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
    subprocess.run(["unshare", *rights, "--net", "--mount", "sh", "-c",
                    f'ip link set lo up && ip address add {OUT_THERE}/32 dev lo && exec "$0" "$@"',
                    sys.executable, __file__, directory], check=True)


if __name__ == "__main__":
    measure(pathlib.Path(sys.argv[1]))
