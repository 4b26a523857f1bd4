"""What people see, and how late: frames on the glass of a wall of nine, and the first moving
frame to the take-over drawn on a screen in a house of culture (page.mjs looks)."""
import json
import pathlib
import subprocess
import threading
import time

from conftest import Kengd, Village, wait_until
from measure import percentiles
from test_alerts import Feed

SCENES = ["cong-lang", "gieng-dinh", "dau-ngo", "tram-bom", "duong-de"]
PAGE = pathlib.Path(__file__).with_name("page.mjs")
NEXT_MOVE_S = 15  # an alert that comes later than this is of another move


class Looker:
    """The browser, and the lines that it has said; `times` holds when each came."""

    def __init__(self, what, daemon, tokens, seconds):
        self.run = subprocess.Popen(["node", PAGE, what, f"http://127.0.0.1:{daemon.port}", *tokens,
                                     str(seconds)], stdout=subprocess.PIPE, text=True)
        self.lines = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        wait_until("the browser", 60, lambda: any("ready" in line for line in self.lines))

    def read(self):
        for line in self.run.stdout:
            self.lines.append(json.loads(line))

    def wait(self):
        self.run.wait()
        self.reader.join()
        return [line for line in self.lines if "ready" not in line]


def say_ages(what, ages, unit="s"):
    p50, p95 = percentiles(ages)
    digits = 0 if unit == "ms" else 2
    print(f"{what:48} p50 {p50:6.{digits}f} {unit}   p95 {p95:6.{digits}f} {unit}   ({len(ages)})")


def bench_shown(directory, tiles=9, seconds=30):
    names = [f"cam{i}" for i in range(tiles)]
    village = Village(directory, [f"{n}:{SCENES[i % len(SCENES)]}" for i, n in enumerate(names)]).start()
    daemon = Kengd(directory)
    for name in names:
        daemon.add(name, village)
    daemon.start().wait_recording(seconds=30)
    seen = Looker("shown", daemon, [daemon.token(screen="nvh-dong")], seconds).wait()
    ages = [line["age_ms"] for line in seen]
    say_ages(f"a frame sent -> shown, {tiles} tiles", ages[len(ages) // 5:], "ms")
    daemon.stop()
    village.stop()


def answer_taken(looker, web, ending):
    """Each alert is answered once it is drawn, so that the next finds a wall."""
    done = set()
    while not ending.is_set():
        for line in list(looker.lines):
            alert = line.get("alert")
            if alert and alert not in done:
                done.add(alert)
                web.post(f"/api/alerts/{alert}/acknowledge")
        time.sleep(0.02)


def moves_of(village):
    """When each mover covers 0.15 % of the picture: smaller, it is no event by the labels either."""
    lines = [line.split() for line in village.moves_file.read_text().splitlines() if "/sub " in line]
    return [(float(line[2]), line[0].split("/")[0]) for line in lines]


def delays(moves, arrived, until):
    """Seconds from each move to the first arrival of its camera; None: none came."""
    found = []
    for at, camera in moves:
        if at < until:
            later = [t - at for t, of in arrived if of == camera and 0 <= t - at < NEXT_MOVE_S]
            found.append(min(later) if later else None)
    return found


def bench_alert(directory, minutes=4):
    """Three hamlets with a camera and a screen each; somebody moves once or twice a minute."""
    cameras = ["cong-lang", "gieng-dinh", "dau-ngo"]
    village = Village(directory, cameras).start()
    daemon = Kengd(directory)
    for name in cameras:
        daemon.config["areas"][f"thon-{name}"] = {"name": f"Thôn {name}", "within": "xa"}
        daemon.config["screens"][f"nvh-{name}"] = {"name": f"Nhà văn hóa {name}", "area": f"thon-{name}"}
        daemon.add(name, village, area=f"thon-{name}")
    daemon.start().wait_recording(seconds=30)
    web = daemon.web(person="truc-ban")
    feed, fed, ending = Feed(daemon.web(person="truc-ban")), {}, threading.Event()
    looker = Looker("taken", daemon, [daemon.token(screen=f"nvh-{n}") for n in cameras], minutes * 60)
    began = time.time()
    answering = threading.Thread(target=answer_taken, args=(looker, web, ending), daemon=True)
    answering.start()
    while looker.run.poll() is None:
        for alert in feed.alerts(kind="motion"):
            fed.setdefault(alert["id"], (time.time(), alert["event"]["camera"]))
        time.sleep(0.02)
    ending.set()
    answering.join()
    until = time.time() - NEXT_MOVE_S
    moves = [move for move in moves_of(village) if move[0] > began]
    drawn = [(line["at"], fed[line["alert"]][1]) for line in looker.wait() if line["alert"] in fed]
    for what, arrived in (("alert on the feed", fed.values()), ("take-over drawn on the screen", drawn)):
        found = delays(moves, arrived, until)
        there = [delay for delay in found if delay is not None]
        if there:
            say_ages(f"first moving frame -> {what}", there)
        print(f"{'':48} {len(found) - len(there)} of {len(found)} moves without one")
    steps = [line["at"] - fed[line["alert"]][0] for line in looker.lines if line.get("alert") in fed]
    if steps:
        say_ages("alert on the feed -> take-over drawn", steps)
    daemon.stop()
    village.stop()
