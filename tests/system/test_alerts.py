"""From motion at a camera to an answer that everybody sees."""
import datetime
import json
import threading

from conftest import PATIENCE, ffprobe, wait_until


class Feed(threading.Thread):
    """Reads server-sent events as another program would."""

    def __init__(self, web):
        super().__init__(daemon=True)
        self.notes = []
        self.answer = web.session.get(web.base + "/api/feed", stream=True, timeout=600)
        self.start()

    def run(self):
        try:
            for line in self.answer.iter_lines(chunk_size=1):
                if line.startswith(b"data:"):
                    self.notes.append(json.loads(line[5:]))
        except Exception:
            pass  # closed by the test

    def alerts(self, **fields):
        return [n["alert"] for n in self.notes if n["type"] == "alert"
                and all(n["alert"][k] == v for k, v in fields.items())]


def when(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def test_motion_becomes_an_alert_with_its_picture_and_the_first_answer_wins(kengd, make_village):
    village = make_village("cong-lang", "duong-de")
    kengd.add("cong-lang", village, name="Cổng làng").add("duong-de", village, area="thon-doai")
    kengd.start().wait_recording()
    head, staff, other = (kengd.web(person=p) for p in ("truong-dong", "truc-ban", "truong-doai"))
    screen = kengd.web(role="screen", area="thon-dong")
    feed, foreign = Feed(screen), Feed(other)
    alert = wait_until("the alert", 75 * PATIENCE, lambda: feed.alerts(kind="motion"), every=0.2)[0]
    assert alert["state"] == "open" and alert["event"]["camera_name"] == "Cổng làng"
    picture = screen.get(alert["event"]["snapshot"])
    assert picture.status_code == 200 and picture.content[:2] == b"\xff\xd8"
    assert len(picture.content) <= 100_000
    path = screen.json(f"/api/events/{alert['event']['id']}")["path"]
    assert 4 <= len(path) <= 32 and path[0][2] == 0 and path == sorted(path, key=lambda point: point[2])
    assert all(0 <= place <= 1 for x, y, _ in path for place in (x, y))

    # While it goes on: a clip from at least five seconds before, or from where the recording began.
    early = wait_until("the clip of what goes on", 10 * PATIENCE, lambda: (
        answer := head.get(f"/api/events/{alert['event']['id']}/clip.mp4")).status_code == 200 and answer)
    begins = when(early.headers["X-Clip-Start"])
    day = f"from={alert['event']['start'][:10]}T00:00:00Z&to={alert['event']['start'][:10]}T23:59:59Z"
    recorded = staff.json(f"/api/cameras/cong-lang/recordings?{day}")["stretches"]
    first = min(when(stretch["from"]) for stretch in recorded if stretch["kind"] == "recording")
    assert begins <= max(first, when(alert["event"]["start"]) - 5) + 0.05
    assert alert["event"]["end"] is None

    assert head.post(f"/api/alerts/{alert['id']}/acknowledge").status_code == 200
    late = staff.post(f"/api/alerts/{alert['id']}/acknowledge")
    assert late.status_code == 409 and late.json()["error"]["code"] == "answered"
    assert late.json()["alert"]["answered_by"] == "Trưởng thôn Đông"
    wait_until("the screen sees the answer", 2 * PATIENCE,
               lambda: feed.alerts(id=alert["id"], answered_by="Trưởng thôn Đông"))
    assert other.get(f"/api/alerts/{alert['id']}").status_code == 404
    assert other.post(f"/api/alerts/{alert['id']}/acknowledge").status_code == 404
    assert screen.post(f"/api/alerts/{alert['id']}/acknowledge").status_code == 404
    assert not foreign.alerts(id=alert["id"])

    def clip():
        answer = head.get(f"/api/events/{alert['event']['id']}/clip.mp4")
        return answer.content if answer.status_code == 200 and len(answer.content) > 20_000 else None
    file = kengd.directory / "clip.mp4"
    file.write_bytes(wait_until("the clip", 30, clip, every=0.5))
    first = float(ffprobe(file, "-show_packets", "-select_streams", "v")["packets"][0]["dts_time"])
    assert abs(first) < 0.05, "a clip starts at zero"
    assert staff.post(f"/api/alerts/{alert['id']}/resolve", {"note": "Người nhà"}).status_code == 200
    closed = staff.json(f"/api/alerts/{alert['id']}")
    assert closed["state"] == "resolved" and closed["closed_by"] == "Trực ban xã"


def test_a_person_raises_the_alarm_and_the_whole_hamlet_is_told(kengd, make_village):
    village = make_village("duong-de")
    kengd.add("duong-de", village, area="thon-doai").start().wait_recording()
    head, screen, other = kengd.web(person="truong-doai"), kengd.web(role="screen", area="thon-doai"), \
        kengd.web(role="screen", area="thon-dong")
    feed, foreign = Feed(screen), Feed(other)
    raised = head.post("/api/alarm", {"camera": "duong-de", "note": "Cháy rơm"})
    assert raised.status_code == 200, raised.text
    told = wait_until("the alarm on the screen", 5 * PATIENCE, lambda: feed.alerts(kind="alarm"))[0]
    assert told["event"]["by"] == "Trưởng thôn Đoài" and told["event"]["note"] == "Cháy rơm"
    assert screen.post("/api/alarm", {"area": "thon-doai"}).status_code == 404
    assert head.post("/api/alarm", {"area": "thon-dong"}).status_code == 404
    assert kengd.ctl("alert", "test", "thon-doai").returncode == 0
    wait_until("the test alert", 5 * PATIENCE, lambda: feed.alerts(kind="test"))
    assert not [n for n in foreign.notes if n["type"] == "alert"]


def test_a_screen_learns_nothing_of_another_hamlet(kengd, make_village):
    village = make_village("cong-lang", "duong-de")
    kengd.add("cong-lang", village).add("duong-de", village, area="thon-doai")
    kengd.start().wait_recording()
    screen = kengd.web(role="screen", area="thon-dong")
    assert [c["id"] for c in screen.json("/api/cameras")["cameras"]] == ["cong-lang"]
    assert {a["id"] for a in screen.json("/api/areas")["areas"]} == {"thon-dong"}
    for path in ("", "/latest.jpg", "/live.mp4", "/live.mjpeg",
                 "/recordings?from=2020-01-01T00:00:00Z&to=2030-01-01T00:00:00Z",
                 "/playback.m3u8?from=2020-01-01T00:00:00Z&to=2030-01-01T00:00:00Z",
                 "/fragments?from=2020-01-01T00:00:00Z&to=2030-01-01T00:00:00Z",
                 "/clip.mp4?from=2020-01-01T00:00:00Z&to=2030-01-01T00:00:00Z"):
        answer = screen.get("/api/cameras/duong-de" + path)
        absent = screen.get("/api/cameras/khong-co" + path)
        assert answer.status_code == 404, path
        assert answer.text == absent.text, "what is not allowed differs from what is not there"
    anonymous = kengd.web(person="truc-ban")
    anonymous.session.headers.pop("Authorization")
    assert anonymous.get("/api/cameras").status_code == 401


def test_a_revoked_token_is_refused_within_five_seconds_also_on_running_streams(kengd, make_village):
    village = make_village("cong-lang")
    kengd.add("cong-lang", village).start().wait_recording()
    made = kengd.ctl_json("token", "new", "--person", "truong-dong")
    from conftest import Web
    web = Web(kengd.port, made["token"])
    feed = Feed(web)
    live = web.session.get(web.base + "/api/live?cameras=cong-lang", stream=True, timeout=60)
    assert live.status_code == 200
    kengd.ctl("token", "revoke", str(made["id"]))
    wait_until("the token's end", 5 * PATIENCE, lambda: web.get("/api/cameras").status_code == 401)
    ended = threading.Event()

    def read():
        try:
            for _ in live.iter_content(4096):
                pass
        except Exception:
            pass
        ended.set()
    threading.Thread(target=read, daemon=True).start()
    assert ended.wait(5 * PATIENCE), "the live stream goes on after the right has ended"
    feed.join(5 * PATIENCE)
    assert not feed.is_alive()
