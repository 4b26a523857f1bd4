"""What a camera films and says, as RTP: footage in Annex B cut into pictures, sound, stamps
that name each frame as the village's do, and the packets of RFC 6184, 7798, 3640 and 3551."""
import base64
import hashlib
import re
import struct
import time
from dataclasses import dataclass

PAYLOAD_MOST = 1400
START = re.compile(b"\0\0\1")


@dataclass
class Picture:
    key: bool
    sets: list    # parameter sets that stand before it
    nals: list    # the rest


class Clip:
    """A file of footage as pictures. Loaded once, however many cameras show it."""
    loaded = {}

    def __new__(cls, file):
        if file not in cls.loaded:
            clip = super().__new__(cls)
            clip.read(file)
            cls.loaded[file] = clip
        return cls.loaded[file]

    def read(self, file):
        self.h265 = str(file).endswith(".h265")
        self.pictures, sets, nals = [], [], []
        for nal in split(file.read_bytes()):
            kind = self.kind(nal)
            if self.is_set(kind):
                sets.append(nal)
                continue
            nals.append(nal)
            if self.is_slice(kind):
                self.pictures.append(Picture(self.is_key(kind), sets, nals))
                sets, nals = [], []
        first = {self.kind(nal): nal for nal in self.pictures[0].sets}
        self.sets = [first[kind] for kind in sorted(first)]

    def kind(self, nal):
        return nal[0] >> 1 & 63 if self.h265 else nal[0] & 31

    def is_set(self, kind):
        return kind in ((32, 33, 34) if self.h265 else (7, 8))

    def is_slice(self, kind):
        return kind < 32 if self.h265 else kind in (1, 5)

    def is_key(self, kind):
        return 16 <= kind <= 23 if self.h265 else kind == 5

    def sprop(self):
        texts = [base64.b64encode(nal).decode() for nal in self.sets]
        if self.h265:
            return "sprop-vps={};sprop-sps={};sprop-pps={}".format(*texts)
        return f"packetization-mode=1;sprop-parameter-sets={','.join(texts)}"

    def stamp(self, name, sequence, at):
        """A user data SEI, exactly as the village writes it."""
        text = f"KENGD-VILLAGE-1: {name} s{sequence:010d} f{at:05d} t{time.time_ns():019d};".encode()
        head = bytes((39 << 1, 1)) if self.h265 else b"\6"
        return head + bytes((5, len(text))) + text + b"\x80"


def split(annex_b):
    """NAL units between start codes; the zero byte of a long start code is not theirs."""
    starts = [m.end() for m in START.finditer(annex_b)]
    for start, following in zip(starts, starts[1:] + [len(annex_b) + 3]):
        yield annex_b[start:following - 3].rstrip(b"\0")


def stored_hash(nals):
    """MD5 of a frame as it must stand in the recording: each NAL behind its length."""
    return hashlib.md5(b"".join(struct.pack(">I", len(n)) + n for n in nals)).hexdigest()


class Adts:
    """Frames of an AAC file, without their ADTS headers."""
    loaded = {}

    def __new__(cls, file):
        if file not in cls.loaded:
            new = super().__new__(cls)
            data, at, new.frames = file.read_bytes(), 0, []
            while at + 7 <= len(data):
                size = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
                new.frames.append(data[at + 7:at + size])
                at += size
            cls.loaded[file] = new
        return cls.loaded[file]


class Sound:
    """Sound in frames: a beep of 100 ms at the begin of each second, so that a test can hear
    where it lies beside the pictures."""
    rates = {"aac": 16000, "pcma": 8000, "pcmu": 8000}
    silence = {"pcma": 0xD5, "pcmu": 0xFF}
    loud = {"pcma": (0xAA, 0x2A), "pcmu": (0x80, 0x00)}

    def __init__(self, codec, footage):
        self.codec, self.clock = codec, self.rates[codec]
        self.ticks = 1024 if codec == "aac" else 320
        if codec == "aac":
            frames = Adts(footage / "beep.adts").frames
            self.frames = frames[:len(frames) // 125 * 125]  # 8 s: a loop must be whole seconds
            return
        second = bytearray([self.silence[codec]]) * self.clock
        high, low = self.loud[codec]
        for i in range(self.clock // 10):
            second[i] = high if i % 8 < 4 else low
        self.frames = [bytes(second[i:i + self.ticks]) for i in range(0, self.clock, self.ticks)]

    def payload(self, number):
        frame = self.frames[number % len(self.frames)]
        if self.codec != "aac":
            return frame
        return struct.pack(">HH", 16, len(frame) << 3) + frame

    def sdp(self, payload_type):
        if self.codec == "aac":
            return (f"a=rtpmap:{payload_type} MPEG4-GENERIC/{self.clock}/1\r\n"
                    f"a=fmtp:{payload_type} streamtype=5;profile-level-id=1;mode=AAC-hbr;"
                    "sizelength=13;indexlength=3;indexdeltalength=3;config=1408\r\n")
        return f"a=rtpmap:{payload_type} {self.codec.upper()}/{self.clock}\r\n"


class Source:
    """One RTP sender: numbers and stamps its packets."""

    def __init__(self, payload_type, ssrc, sequence=1000):
        self.payload_type, self.ssrc, self.sequence = payload_type, ssrc, sequence
        self.packets = self.octets = 0

    def packet(self, payload, rtp_time, marker):
        head = struct.pack(">BBHII", 0x80, self.payload_type | marker << 7, self.sequence & 0xFFFF,
                           rtp_time & 0xFFFFFFFF, self.ssrc)
        self.sequence += 1
        self.packets += 1
        self.octets += len(payload)
        return head + payload

    def picture(self, nals, rtp_time, h265):
        out = []
        for nal in nals:
            last = nal is nals[-1]
            if len(nal) <= PAYLOAD_MOST:
                out.append(self.packet(nal, rtp_time, last))
            else:
                out += self.pieces(nal, rtp_time, last, h265)
        return out

    def pieces(self, nal, rtp_time, last, h265):
        if h265:
            head, kind, body = bytes((nal[0] & 0x81 | 49 << 1, nal[1])), nal[0] >> 1 & 63, nal[2:]
        else:
            head, kind, body = bytes((nal[0] & 0x60 | 28,)), nal[0] & 31, nal[1:]
        out = []
        for at in range(0, len(body), PAYLOAD_MOST):
            end = at + PAYLOAD_MOST >= len(body)
            flags = (0x80 if at == 0 else 0) | (0x40 if end else 0) | kind
            out.append(self.packet(head + bytes((flags,)) + body[at:at + PAYLOAD_MOST], rtp_time,
                                   last and end))
        return out

    def report(self, rtp_time, wall_s):
        """A sender report (RFC 3550, 6.4.1) and an empty description."""
        ntp = int((wall_s + 2208988800) * (1 << 32))
        return struct.pack(">BBHIQIIIBBHII", 0x80, 200, 6, self.ssrc, ntp, rtp_time & 0xFFFFFFFF,
                           self.packets, self.octets & 0xFFFFFFFF, 0x81, 202, 2, self.ssrc, 0)


def frame(channel, packet):
    """Interleaved on an RTSP connection (RFC 2326, 10.12)."""
    return struct.pack(">cBH", b"$", channel, len(packet)) + packet
