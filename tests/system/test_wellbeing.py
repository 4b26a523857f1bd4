"""What kengd says of itself as days pass by a clock that the test sets: the certificate ends, the disk
holds less than was promised, and in the morning the figures are told."""
import datetime
import subprocess

from conftest import PATIENCE, wait_until
from test_escalation import Clock

DAY_S = 86400


def make_certificate(kengd, days):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", str(days), "-subj", "/CN=localhost", "-keyout", kengd.directory / "key.pem",
                    "-out", kengd.directory / "cert.pem"], check=True, capture_output=True)
    (kengd.directory / "key.pem").chmod(0o600)


def alerts_of(kengd, condition):
    return [a for a in kengd.ctl_json("alert", "list", "--all")["alerts"]
            if (a["event"]["condition"] or "").split("@")[0] == condition]


def in_vietnam():
    return datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=7)))


def until_morning(hour):
    """Seconds until ten past this hour in Vietnam comes next."""
    now = in_vietnam()
    at = now.replace(hour=hour, minute=10, second=0)
    return int((at + datetime.timedelta(days=at <= now) - now).total_seconds())


def test_the_certificate_is_told_of_30_7_and_1_days_before_its_end(kengd, monkeypatch):
    clock = Clock(kengd, monkeypatch)
    make_certificate(kengd, 40)
    kengd.config["web"] |= {"certificate": "cert.pem", "key": "key.pem"}
    kengd.config["alerts"] = {"all_well": -1, "health": {"settle": "0 s"}}
    kengd.start()
    for days, severity in ((10.9, "notice"), (33.9, "warning"), (39.5, "urgent")):
        clock.set(int(days * DAY_S))
        alert = wait_until(f"{severity}, {days} days later", 10 * PATIENCE, lambda: [
            a for a in alerts_of(kengd, "certificate") if a["state"] == "open"
            and a["event"]["severity"] == severity], every=0.2)[0]
        assert str(int(40 - days)) in alert["event"]["texts"]["vi"]
        assert len([a for a in alerts_of(kengd, "certificate") if a["state"] == "open"]) == 1
    make_certificate(kengd, 400)
    kengd.ctl("reload")
    clock.set(int(39.6 * DAY_S))
    wait_until("the new one", 20 * PATIENCE, lambda: all(
        a["state"] == "resolved" for a in alerts_of(kengd, "certificate")), every=0.2)
    assert len(alerts_of(kengd, "certificate")) == 3


def test_the_figures_are_told_each_morning_and_a_disk_that_is_too_small(kengd, monkeypatch, make_village):
    clock = Clock(kengd, monkeypatch)
    kengd.add("cong", make_village("cong:duong-de"), motion="off", sandbox="off")
    kengd.config["storage"]["keep"] = "3650 days"
    hour = (in_vietnam().hour + 12) % 24  # today's figures are still to come, whenever this runs
    kengd.config["alerts"] = {"all_well": hour, "health": {"disk": "0 s"}}
    kengd.start().wait_recording()
    kengd.ctl("clock", "trust")
    wait_until("something on disk", 10 * PATIENCE, lambda: kengd.segments("cong"))
    clock.set(90)
    small = wait_until("the disk", 20 * PATIENCE, lambda: alerts_of(kengd, "disk-days"), every=0.2)[0]
    assert "3650" in small["event"]["texts"]["en"] and small["event"]["severity"] == "warning"
    for morning in (0, 1):
        clock.set(until_morning(hour) + morning * DAY_S)
        told = wait_until(f"morning {morning}", 20 * PATIENCE, lambda: (
            a := alerts_of(kengd, "all-well")) and len(a) == morning + 1 and a, every=0.2)[0]
        assert told["state"] == "resolved" and told["closed_by"] == "kengd"
        assert "/1 camera" in told["event"]["texts"]["vi"] or "1 camera" in told["event"]["texts"]["vi"]
        assert "of 1 cameras record" in told["event"]["texts"]["en"]
    clock.set(until_morning(6) + DAY_S + 1200)
    kengd.ctl("reload")
    assert len(alerts_of(kengd, "all-well")) == 2, "once a day"
