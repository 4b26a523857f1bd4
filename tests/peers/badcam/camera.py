"""An RTSP camera that behaves (RFC 2326 over TCP, interleaved). A scenario is a subclass that
says what its camera does otherwise: every step of the conversation and of the stream is a
method or a value of its own."""
import asyncio
import base64
import hashlib
import re
import struct
import time

import media

VIDEO, AUDIO = 0, 1


class Request:
    def __init__(self, head):
        lines = head.decode(errors="replace").split("\r\n")
        self.method, self.uri = (lines[0].split(" ") + [""])[:2]
        pairs = (line.split(":", 1) for line in lines[1:] if ":" in line)
        self.headers = {name.strip().lower(): value.strip() for name, value in pairs}

    def header(self, name):
        return self.headers.get(name.lower(), "")


class Answer:
    def __init__(self, status="200 OK", headers=None, body="", cseq=None):
        self.status, self.headers, self.body, self.cseq = status, headers or {}, body, cseq

    def bytes(self, request):
        headers = {"CSeq": self.cseq or request.header("CSeq")} | self.headers
        if self.body:
            headers |= {"Content-Type": "application/sdp", "Content-Length": len(self.body)}
        lines = [f"RTSP/1.0 {self.status}"] + [f"{k}: {v}" for k, v in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n" + self.body).encode()


class Connection:
    """One client. Holds its session and the task that plays to it."""
    count = 0

    def __init__(self, camera, reader, writer):
        self.camera, self.reader, self.writer = camera, reader, writer
        Connection.count += 1
        self.number = Connection.count
        self.session = ""
        self.channel = "main"
        self.tracks = {}  # VIDEO, AUDIO: interleaved channel
        self.sources = {}
        self.player = None
        self.heard_s = time.monotonic()
        self.asked_s = self.heard_s
        self.waits_for = None

    async def requests(self):
        """Requests, and what else comes: RTCP of the client is skipped."""
        while True:
            first = await self.reader.readexactly(1)
            if first == b"$":
                _, size = struct.unpack(">BH", await self.reader.readexactly(3))
                await self.reader.readexactly(size)
                continue
            head = first + await self.reader.readuntil(b"\r\n\r\n")
            request = Request(head.strip())
            size = int(request.header("Content-Length") or 0)
            await self.reader.readexactly(size)
            self.heard_s = time.monotonic()
            yield request

    def send(self, data):
        if not self.writer.is_closing():
            self.writer.write(data)

    def close(self):
        if self.player:
            self.player.cancel()
        self.writer.close()


class Camera:
    # Who it is; scenarios and the list of cameras may set each of these.
    clip = "duong-de-sub.h264"
    sub_clip = "duong-de-sub.h264"
    fps = 15
    audio = None           # "aac", "pcma", "pcmu"
    user = password = None
    login = "digest"
    timeout_s = 60         # of a session, as told; and kept if enforces_timeout
    enforces_timeout = False
    sessions_most = None
    silent_at = None       # the method that is never answered
    first_rtp = 3_000_000_000
    first_audio_rtp = 77_000
    reports = True         # RTCP sender reports, each `report_every_s`
    report_every_s = 2
    sprop = True
    content_base = True
    begins_at = 0          # picture of the clip that a session begins with
    mute_video = mute_audio = False
    opens = True           # False: its port is closed until all are opened

    def __init__(self, name, footage, **more):
        self.name, self.footage = name, footage
        self.stats = {"connections": 0, "sessions": 0, "sessions_at_once": 0, "logins": 0,
                      "keep_alives": 0, "teardowns": 0, "methods": [], "waits": []}
        self.sequence = {"main": 0, "sub": 0}
        self.hashes = {"main": {}, "sub": {}}
        self.connections = set()
        self.nonces = 0
        for key, value in more.items():
            if not hasattr(type(self), key):
                raise SystemExit(f"badcam: {name}: no camera has {key}")
            setattr(self, key, value)
        self.sound = media.Sound(self.audio, footage) if self.audio else None

    # ---- the connection ---------------------------------------------------------------------

    async def serve(self, reader, writer):
        c = Connection(self, reader, writer)
        self.stats["connections"] += 1
        self.connections.add(c)
        try:
            await self.talk(c)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.LimitOverrunError):
            pass
        finally:
            if c.waits_for:
                self.stats["waits"].append([c.waits_for, time.monotonic() - c.asked_s])
            self.connections.discard(c)
            c.close()

    async def talk(self, c):
        if self.silent_at == "SYN":
            c.waits_for = "SYN"
        async for request in c.requests():
            self.stats["methods"] = self.stats["methods"][-60:] + [request.method]
            if self.silent_at in (request.method, "SYN"):
                c.waits_for, c.asked_s = self.silent_at, c.heard_s
                continue
            answer = self.answer(c, request)
            if answer:
                await self.write_answer(c, answer.bytes(request))
                if request.method == "PLAY" and answer.status.startswith("200") and not c.player:
                    c.player = asyncio.create_task(self.play_guarded(c))
            if request.method == "TEARDOWN":
                return

    async def write_answer(self, c, data):
        c.send(data)

    def answer(self, c, request):
        refusal = self.refuse_login(c, request)
        if refusal:
            return refusal
        if c.player and request.method in ("OPTIONS", "GET_PARAMETER"):
            self.stats["keep_alives"] += 1
            return self.keep_alive(c, request)
        steps = {"OPTIONS": self.options, "DESCRIBE": self.describe, "SETUP": self.setup,
                 "PLAY": self.play, "TEARDOWN": self.teardown}
        step = steps.get(request.method)
        return step(c, request) if step else Answer("501 Not Implemented")

    # ---- login ------------------------------------------------------------------------------

    def nonce(self):
        return hashlib.md5(f"{self.name} {self.nonces}".encode()).hexdigest()

    def challenge(self, **more):
        words = {"realm": "badcam", "nonce": self.nonce()} | more
        value = ", ".join(f'{k}="{v}"' for k, v in words.items())
        if self.login == "basic":
            value = 'realm="badcam"'
        return Answer("401 Unauthorized", {"WWW-Authenticate": f"{self.login.title()} {value}"})

    def is_right(self, request):
        if self.login == "basic":
            plain = f"{self.user}:{self.password}".encode()
            return request.header("Authorization") == "Basic " + base64.b64encode(plain).decode()
        fields = dict(re.findall(r'(\w+)="([^"]*)"', request.header("Authorization")))

        def md5(*parts):
            return hashlib.md5(":".join(parts).encode()).hexdigest()
        secret = md5(self.user or "", "badcam", self.password or "")
        asked = md5(request.method, fields.get("uri", ""))
        return fields.get("response") == md5(secret, fields.get("nonce", ""), asked)

    def refuse_login(self, c, request):
        if not self.user:
            return None
        if request.header("Authorization"):
            self.stats["logins"] += 1
            if self.is_right(request):
                return None
        return self.challenge()

    # ---- the conversation -------------------------------------------------------------------

    def options(self, c, request):
        return Answer(headers={"Public": "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER"})

    def describe(self, c, request):
        c.channel = "sub" if request.uri.rstrip("/").endswith("/sub") else "main"
        base = {"Content-Base": request.uri.rstrip("/") + "/"} if self.content_base else {}
        return Answer(headers=base, body=self.sdp(c, request))

    def sdp(self, c, request):
        return ("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=badcam\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
                "a=control:*\r\n" + self.sdp_video(c, request) + self.sdp_audio(c, request))

    def sdp_video(self, c, request):
        clip = self.clip_of(c)
        codec, sets = ("H265" if clip.h265 else "H264"), clip.sprop() if self.sprop else ""
        return ("m=video 0 RTP/AVP 96\r\n"
                f"a=rtpmap:96 {codec}/90000\r\n"
                + (f"a=fmtp:96 {sets}\r\n" if sets else "")
                + f"a=control:{self.control(request, 'trackID=1')}\r\n")

    def sdp_audio(self, c, request):
        if not self.sound or c.channel == "sub":
            return ""
        kind = {"pcmu": 0, "pcma": 8}.get(self.audio, 97)
        return (f"m=audio 0 RTP/AVP {kind}\r\n" + self.sound.sdp(kind)
                + f"a=control:{self.control(request, 'trackID=2')}\r\n")

    def control(self, request, track):
        return track

    def new_session_id(self, c):
        return f"{c.number:08X}"

    def setup(self, c, request):
        others = sum(bool(x.session) for x in self.connections if x is not c)
        if self.sessions_most and others >= self.sessions_most:
            return Answer("453 Not Enough Bandwidth")
        which = AUDIO if request.uri.endswith("trackID=2") else VIDEO
        asked = re.search(r"interleaved=(\d+)", request.header("Transport"))
        if not asked:
            return Answer("461 Unsupported Transport")
        if not c.session:
            c.session = self.new_session_id(c)
            self.stats["sessions"] += 1
            self.stats["sessions_at_once"] = max(self.stats["sessions_at_once"], others + 1)
        c.tracks[which] = int(asked[1])
        c.sources[which] = self.new_source(c, which)
        return Answer(headers={"Transport": self.transport(c, which)} | self.session_header(c))

    def new_source(self, c, which):
        kind = {"pcmu": 0, "pcma": 8}.get(self.audio, 97) if which == AUDIO else 96
        return media.Source(kind, 0xBAD00000 + c.number * 2 + which)

    def session_header(self, c):
        return {"Session": f"{c.session};timeout={self.timeout_s}"}

    def transport(self, c, which):
        channel = c.tracks[which]
        return (f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1};"
                f"ssrc={c.sources[which].ssrc:08X}")

    def play(self, c, request):
        return Answer(headers=self.session_header(c) | self.rtp_info(c, request))

    def rtp_info(self, c, request):
        return {"RTP-Info": f"url={request.uri};seq={c.sources[VIDEO].sequence};"
                            f"rtptime={self.rtp_time(c, 0)}"}

    def keep_alive(self, c, request):
        return Answer(headers=self.session_header(c))

    def teardown(self, c, request):
        self.stats["teardowns"] += 1
        return Answer()

    # ---- the stream -------------------------------------------------------------------------

    def clip_of(self, c):
        return media.Clip(self.footage / (self.sub_clip if c.channel == "sub" else self.clip))

    def rtp_time(self, c, n):
        """Of the session's picture n."""
        return self.first_rtp + round(n * 90000 / self.fps)

    def audio_time(self, c, k):
        return self.first_audio_rtp + k * self.sound.ticks

    def picture(self, c, n):
        """The NAL units of the session's picture n, parameter sets apart."""
        pictures = self.clip_of(c).pictures
        at = (self.begins_at + n) % len(pictures)
        return at, pictures[at]

    def packets(self, c, n, packets):
        """The packets of picture n, as they are sent."""
        return packets

    def wire(self, c, data):
        """The bytes as they leave."""
        return data

    def wall(self, c, which):
        """What a sender report takes for the time."""
        return time.time()

    def send_packets(self, c, which, packets, plus=0):
        if not packets or which not in c.tracks:
            return
        data = b"".join(media.frame(c.tracks[which] + plus, p) for p in packets)
        c.send(self.wire(c, data))

    def stamped(self, c, at, picture):
        """The picture's NAL units with its stamp; remembers what must be stored."""
        sequence = self.sequence[c.channel]
        self.sequence[c.channel] += 1
        clip = self.clip_of(c)
        stamp = clip.stamp(f"{self.name}/{c.channel}", sequence, at)
        self.hashes[c.channel][sequence] = [media.stored_hash([stamp, *picture.nals]),
                                            media.stored_hash(picture.nals)]
        return [stamp, *picture.sets, *picture.nals]

    def send_picture(self, c, n):
        at, picture = self.picture(c, n)
        nals = self.stamped(c, at, picture)
        packets = c.sources[VIDEO].picture(nals, self.rtp_time(c, n), self.clip_of(c).h265)
        self.send_packets(c, VIDEO, self.packets(c, n, packets))

    def send_sound(self, c, k):
        if not self.mute_audio:
            self.send_packets(c, AUDIO, [c.sources[AUDIO].packet(
                self.sound.payload(k), self.audio_time(c, k), True)])

    def send_report(self, c, which, rtp_time):
        self.send_packets(c, which, [c.sources[which].report(rtp_time, self.wall(c, which))], 1)

    async def play_guarded(self, c):
        try:
            await self.stream(c)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            c.writer.close()

    async def stream(self, c):
        loop = asyncio.get_running_loop()
        began, n, k, reported = loop.time(), 0, 0, -1.0
        while not c.writer.is_closing():
            now = n / self.fps
            await asyncio.sleep(max(0, began + now - loop.time()))
            if self.enforces_timeout and time.monotonic() - c.heard_s > self.timeout_s:
                return
            await c.writer.drain()
            if not self.mute_video:
                c.waits_for = None
                self.send_picture(c, n)
            elif not c.waits_for:
                c.waits_for, c.asked_s = "picture", time.monotonic()
            while AUDIO in c.tracks and k * self.sound.ticks / self.sound.clock <= now:
                self.send_sound(c, k)
                k += 1
            if self.reports and now - reported >= self.report_every_s:
                reported = now
                self.send_report(c, VIDEO, self.rtp_time(c, n))
                if AUDIO in c.tracks:
                    ahead = now - k * self.sound.ticks / self.sound.clock
                    self.send_report(c, AUDIO, self.audio_time(c, k) + round(ahead * self.sound.clock))
            n += 1
