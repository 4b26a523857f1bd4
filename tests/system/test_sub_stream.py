"""A page that left the choice to kengd is sent the main stream while a camera's sub-stream is
silent or refused, and the sub-stream again when it is back."""
import pathlib
import sys
import threading

import requests
from conftest import PATIENCE, STAMP, wait_until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "faults"))
from bad_cameras import BadCameras, add_bad  # noqa: E402


class Page:
    """What /api/live sends, in the order of the frames' stamps."""

    def __init__(self, web, cameras):
        self.answer = web.get(f"/api/live?cameras={cameras}", stream=True)
        self.seen, self.bytes = [], b""
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        try:
            for some in self.answer.iter_content(8192):
                self.bytes = self.bytes[-200:] + some
                self.seen += [stamp[1].decode() for stamp in STAMP.findall(self.bytes)]
        except requests.RequestException:
            pass  # kengd has ended

    def now(self):
        return self.seen[-1] if self.seen else None


def test_a_tile_whose_sub_stream_is_away_shows_the_main_stream(kengd, directory):
    bad = BadCameras(directory, {"gate": {"scenario": "odd_sub", "sub_is": "refused"}})
    try:
        add_bad(kengd, bad, "gate", {"sub": True})
        kengd.start().wait_recording()
        page = Page(kengd.web(person="truong-dong"), "gate")
        wait_until("the main stream", 10 * PATIENCE, lambda: page.now() == "main")
        bad.set("gate", sub_is="well")
        wait_until("the sub-stream", 25 * PATIENCE, lambda: page.now() == "sub")
        bad.set("gate", sub_is="silent")
        wait_until("the main stream again", 15 * PATIENCE, lambda: page.now() == "main")
    finally:
        bad.stop()
