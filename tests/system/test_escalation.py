"""An alert that nobody answers goes from rank to rank, by a clock that the test sets: libfaketime
moves both clocks of kengd on, as if the minutes had passed."""
import datetime
import pathlib

from conftest import PATIENCE, free_port, wait_until

FAKETIME = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), "libfaketime is not installed")


class Clock:
    def __init__(self, kengd, monkeypatch):
        self.file = pathlib.Path(kengd.directory / "clock")
        self.set(0)
        for name, value in {"LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": self.file,
                            "FAKETIME_NO_CACHE": "1", "ASAN_OPTIONS": "verify_asan_link_order=0"}.items():
            monkeypatch.setenv(name, str(value))

    def set(self, seconds):
        file = self.file.with_suffix(".new")
        file.write_text(f"+{seconds}s\n")
        file.rename(self.file)


def test_an_unanswered_alert_goes_to_the_next_rank_also_across_a_restart(kengd, monkeypatch):
    clock = Clock(kengd, monkeypatch)
    kengd.config["people"] = {f"p{rank}": {"name": f"Cán bộ {rank}", "role": "staff", "areas": ["xa"],
                                           "rank": rank} for rank in (1, 2, 3)}
    kengd.config["alerts"] = {"motion": {"escalate": "5 min"}, "health": {"channel": "0 s"},
                              "all_well": -1}  # the morning's figures are a health alert too
    (kengd.directory / "key").write_text("x\n")
    (kengd.directory / "key").chmod(0o600)
    kengd.config["webhooks"] = {"chet": {"url": f"http://127.0.0.1:{free_port()}/",
                                         "secret": {"file": "key"}}}
    kengd.start()
    kengd.ctl("alert", "test", "xa")  # the webhook fails: that is the alert

    web = kengd.web(person="p3")

    def alert():
        found = [a for a in web.json("/api/alerts")["alerts"] if a["kind"] == "health"]
        return found and found[0]

    def told():
        return sorted(d["recipient"] for d in web.json(f"/api/alerts/{alert()['id']}")["deliveries"]
                      if d["channel"] == "page" and d["recipient"].startswith("person:"))

    def reaches(rank):
        wait_until(f"rank {rank}", 15 * PATIENCE, lambda: alert()["rank"] == rank, every=0.2)
        assert told() == [f"person:p{n}" for n in range(1, rank + 1)]

    first = wait_until("the alert", 15 * PATIENCE, alert)
    due, raised = (datetime.datetime.fromisoformat(first[k].replace("Z", "+00:00"))
                   for k in ("escalates", "raised"))
    assert first["rank"] == 1 and abs((due - raised).total_seconds() - 300) < 1
    assert told() == ["person:p1"]
    clock.set(200)
    kengd.ctl("reload")  # looks at what is due
    assert alert()["rank"] == 1, "not before its time"
    clock.set(310)
    reaches(2)
    kengd.kill()
    clock.set(1000)
    kengd.start()
    reaches(3)
    assert alert()["escalates"] is None, "there is nobody above"
