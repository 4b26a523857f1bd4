"""F23, the disk of the catalogue: it is full of a stranger's file. Pass: an alarm that a person raises
then is stored and shown; kengd says that the disk is full; with space the reserve is made again."""
import os
import subprocess

import pytest
from conftest import PATIENCE, wait_until
from writer import need_root


@pytest.fixture
def small_state(kengd):
    need_root()
    state = kengd.directory / "state"
    state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m,mode=0700", "tmpfs", state], check=True)
    yield state
    kengd.stop()
    subprocess.run(["umount", "-l", state], check=False)


def fill(path):
    with open(path, "wb") as file:
        try:
            while True:
                os.write(file.fileno(), bytes(4096))
        except OSError:
            pass


def test_f23_an_alarm_is_stored_although_the_state_disk_is_full(kengd, small_state):
    kengd.add("cong-lang", url="rtsp://127.0.0.1:9/x").start()
    official, staff = kengd.web(person="truong-dong"), kengd.web(person="truc-ban")
    wait_until("the reserve", 20 * PATIENCE, lambda: (small_state / "reserve").exists())
    fill(small_state / "stranger")

    raised = official.post("/api/alarm", {"area": "thon-dong", "note": "Có cháy ở nhà văn hóa"})
    assert raised.status_code == 200, raised.text
    shown = staff.json("/api/alerts")["alerts"]
    assert [alert["id"] for alert in shown if alert["event"]["kind"] == "alarm"] == [raised.json()["id"]]
    assert not (small_state / "reserve").exists()
    assert "reserve of the state disk given up" in kengd.log.read_text()
    kengd.kill()  # what was answered with 200 is there after the worst

    (small_state / "stranger").unlink()
    kengd.start()
    staff = kengd.web(person="truc-ban")
    assert raised.json()["id"] in [alert["id"] for alert in staff.json("/api/alerts")["alerts"]]
    wait_until("the reserve", 20 * PATIENCE, lambda: (small_state / "reserve").exists())
