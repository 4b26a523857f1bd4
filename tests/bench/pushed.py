"""How soon an alert is out: from its decision to the receipt of another program, and to the page's
feed. Goals: p95 under 1 s to the receipt, under 0.3 s to the feed."""
import datetime
import json
import threading
import time

from conftest import Kengd, wait_until
from test_channels import Sink, secret

ALERTS = 60


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def p95(values):
    return sorted(values)[int(len(values) * 0.95) - 1]


def bench_pushed(directory):
    sink, kengd = Sink(), Kengd(directory)
    received, seen = {}, {}
    kengd.config["webhooks"] = {"x": {"url": f"http://127.0.0.1:{sink.port}/x",
                                      "secret": secret(kengd, "key", "x")}}
    kengd.start()
    web = kengd.web(person="truong-dong")
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
    decided = {}
    for _ in range(ALERTS):
        alert = web.post("/api/alarm", {"area": "thon-dong"}).json()
        decided[alert["id"]] = seconds(alert["event"]["start"])
        wait_until("the receipt", 10, lambda: any(a["id"] == alert["id"] for a in sink.letters()), every=0.005)
        received[alert["id"]] = time.time()
        wait_until("the feed", 10, lambda: alert["id"] in seen, every=0.005)
    kengd.stop()
    print(f"{ALERTS} alerts, p95: decision to receipt {p95([received[i] - decided[i] for i in decided]):.3f} s, "
          f"to the feed {p95([seen[i] - decided[i] for i in decided]):.3f} s", flush=True)
