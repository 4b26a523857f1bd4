#!/usr/bin/python3
"""Runs a command while a village and the real kengd run, with the environment that
real.test.mjs reads: the address and a token each for a screen, a phone, the console and the
other hamlet's screen; for push.test.mjs a push service, a subscription to it, and the file into
which it writes each message as the phone would read it; for firefox.test.mjs the address at which
a browser keeps its line to the same service.

    with_kengd.py COMMAND...
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "system"), str(TESTS / "peers")]
from conftest import BUILD, Kengd, Village  # noqa: E402
from browserpush import BrowserPush  # noqa: E402
from fakepush import Phone  # noqa: E402


class WritingPush(BrowserPush):
    """Opens what it is sent and writes it down for a program beside."""

    def __init__(self, directory):
        super().__init__(directory)
        self.file = directory / "pushed.jsonl"
        self.file.touch()

    def take(self, phone, headers, body):
        code = super().take(phone, headers, body)
        if code < 300 and isinstance(phone, Phone):
            with self.file.open("a") as file:
                file.write(json.dumps(phone.messages[-1]) + "\n")
        return code


def main():
    with tempfile.TemporaryDirectory(prefix="kengd-browser-") as name:
        directory = pathlib.Path(name)
        village = Village(directory, ["cong-lang::aac", "gieng-dinh", "dau-ngo::pcma", "tram-bom",
                                      "cau-kenh", "duong-de"]).start()
        push = WritingPush(directory)
        os.environ |= {"KENGD_TEST_LOOPBACK": "1", "KENGD_TEST_CA": str(push.certificate)}
        daemon = Kengd(directory)
        names = {"cong-lang": "Cổng làng", "gieng-dinh": "Ngã ba Giếng Đình", "dau-ngo": "Đầu ngõ 3",
                 "tram-bom": "Trạm bơm", "cau-kenh": "Cầu kênh N5", "duong-de": "Đường đê km 2"}
        for camera, shown in names.items():
            area = "thon-doai" if camera in ("cau-kenh", "duong-de") else "thon-dong"
            daemon.add(camera, village, area=area, name=shown, audio=camera in ("cong-lang", "dau-ngo"))
        daemon.config["people"]["truong-dong"]["phone"] = "0912 000 001"
        daemon.config["alerts"]["motion"]["escalate"] = "10 s"
        daemon.config["people"]["to-vien"] = {"name": "Tổ viên ANTT 1", "role": "official",
                                              "areas": ["thon-dong"], "rank": 2,
                                              "phone": "0912 000 002"}
        try:
            daemon.start().wait_recording()
            status = subprocess.run(sys.argv[1:], env=os.environ | {
                "KENGD_URL": f"http://127.0.0.1:{daemon.port}",
                "KENGD_TOKEN_SCREEN": daemon.token(screen="nvh-dong"),
                "KENGD_TOKEN_PHONE": daemon.token(person="truong-dong"),
                "KENGD_TOKEN_CONSOLE": daemon.token(person="truc-ban"),
                "KENGD_TOKEN_OTHER_SCREEN": daemon.token(screen="nvh-doai"),
                "KENGD_CTL": json.dumps([str(BUILD / "daemon/ctl/kengctl"), "--socket",
                                         str(directory / "run/kengctl.sock")]),
                "KENGD_VILLAGE_MOVES": str(village.moves_file),
                "KENGD_SUBSCRIPTION": json.dumps(push.phone("doai").subscription()),
                "KENGD_PUSHED": str(push.file),
                "KENGD_PUSH_SOCKET": push.address,
            }).returncode
            if daemon.stop() != 0:
                status = status or 1
        finally:
            if daemon.run:
                daemon.kill()
            village.stop()
            push.stop()
        if push.faults:
            print(push.faults, file=sys.stderr)
            status = status or 1
        text = daemon.log.read_text(errors="replace")
        if "Sanitizer" in text or "runtime error:" in text:
            print(text[-6000:], file=sys.stderr)
            status = status or 1
        return status


if __name__ == "__main__":
    sys.exit(main())
