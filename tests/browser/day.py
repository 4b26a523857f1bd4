#!/usr/bin/python3
"""A real kengd that has recorded a whole day, made in seconds, for evidence.test.mjs: one
camera, a small picture of ten frames a second, a segment of a minute a file, each a run of its
own. In six of the minutes a bright square crosses the picture, every time elsewhere; the
catalogue has the detector's grid of these, and of much other motion in another corner.

Prints one line of JSON (address, token, the passages) and runs until its input ends.
"""
import contextlib
import datetime
import json
import pathlib
import random
import sqlite3
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
from conftest import BUILD, Kengd, wait_until  # noqa: E402

CAMERA, MINUTES = "cong-lang", 24 * 60
FORMER = "cong-cu"
WIDTH, HEIGHT, FPS = 320, 180, 5
OUR_UUID = bytes.fromhex("6b656e6764004f728a319d5c02e7b146")
# When (minute of the local day) and where (a square from left to right, in cells of 16 x 9).
PASSAGES = [(61, 0, 4, 3), (383, 12, 15, 1), (700, 5, 9, 7), (905, 0, 3, 7), (1117, 11, 15, 6), (1390, 6, 9, 2)]
BEGIN_S, LAST_S = 20, 8  # within the minute


def crc32c_table():
    table = []
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ (0x82F63B78 if n & 1 else 0)
        table.append(n)
    return table


TABLE = crc32c_table()


def crc32c(data, crc=0):
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def film(path, passage):
    """A minute as fragmented MP4: a grey picture, or one that a square crosses."""
    source = f"color=c=gray:s={WIDTH}x{HEIGHT}:r={FPS}:d=60"
    if passage:
        _, first, last, row = passage
        x = f"{first * WIDTH / 16}+({last - first}*{WIDTH / 16})*(t-{BEGIN_S})/{LAST_S}"
        square = f"color=c=white:s=20x20:r={FPS}:d=60"
        graph = (f"{source}[a];{square}[b];[a][b]overlay=x='{x}':y={row * HEIGHT / 9}:"
                 f"enable='between(t,{BEGIN_S},{BEGIN_S + LAST_S})'[o]")
    else:
        graph = f"{source}[o]"
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-filter_complex", graph, "-map", "[o]",
                    "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", str(2 * FPS),
                    "-movflags", "empty_moov+default_base_moof+frag_keyframe", "-f", "mp4", path], check=True)


def boxes(data):
    at = 0
    while at < len(data):
        size = struct.unpack_from(">I", data, at)[0]
        yield data[at + 4:at + 8], data[at:at + size]
        at += size


class Template:
    """A film taken apart: its init, and each fragment with its checksum and decode time."""

    def __init__(self, path):
        self.init, self.fragments, moof = b"", [], b""
        for kind, box in boxes(path.read_bytes()):
            if kind in (b"ftyp", b"moov"):
                self.init += box
            elif kind == b"moof":
                moof = box
            elif kind == b"mdat":
                media = moof + box
                at = media.index(b"tfdt")
                dts = struct.unpack_from(">Q" if media[at + 4] else ">I", media, at + 8)[0]
                self.fragments.append((dts, crc32c(media), media))
        at = self.init.index(b"mdhd")
        self.timescale = struct.unpack_from(">I", self.init, at + 8 + (16 if self.init[at + 4] else 8))[0]

    def segment(self, start_us):
        """The file of a minute that begins then, as kengd writes one (include/media/mp4.h)."""
        parts = [self.init]
        for dts, crc, media in self.fragments:
            wall_us = start_us + dts * 1000000 // self.timescale
            seconds, rest = divmod(wall_us, 1000000)
            ntp = (seconds + 2208988800 & 0xFFFFFFFF) << 32 | ((rest << 32) + 999999) // 1000000
            uuid = struct.pack(">I4s16sBBHIQ", 44, b"uuid", OUR_UUID, 1, 1 | 4, 0, crc, start_us)
            prft = struct.pack(">I4sIIQQ", 32, b"prft", 1 << 24 | 24, 1, ntp, dts)
            parts += [uuid, struct.pack(">I", crc32c(prft, crc32c(uuid))), prft, media]
        return b"".join(parts)


def record(kengd, midnight):
    """A day of files; every file is there before kengd starts."""
    with tempfile.TemporaryDirectory() as room:
        templates = {None: Template(make(room, None))}
        for passage in PASSAGES:
            templates[passage] = Template(make(room, passage))
    by_minute = {passage[0]: templates[passage] for passage in PASSAGES}
    for minute in range(MINUTES):
        at = midnight + datetime.timedelta(minutes=minute)
        folder = kengd.recordings / CAMERA / at.strftime("%Y-%m-%d")
        folder.mkdir(parents=True, exist_ok=True)
        bytes_ = by_minute.get(minute, templates[None]).segment(int(at.timestamp()) * 1000000)
        (folder / at.strftime("T%H-%M-%S.000Z.mp4")).write_bytes(bytes_)


def leave_former(kengd, midnight):
    """Ten minutes of a camera that is configured no more."""
    files = sorted((kengd.recordings / CAMERA).glob("*/*.mp4"))[600:610]
    for file in files:
        other = kengd.recordings / FORMER / file.parent.name / file.name
        other.parent.mkdir(parents=True, exist_ok=True)
        other.write_bytes(file.read_bytes())


def make(room, passage):
    path = pathlib.Path(room) / f"{passage[0] if passage else 'grey'}.mp4"
    film(path, passage)
    return path


def cells(*which):
    grid = bytearray(18)
    for column, row in which:
        bit = row * 16 + column
        grid[bit // 8] |= 1 << bit % 8
    return bytes(grid)


def move(kengd, midnight):
    """What the detector would have told: the passages, and a tree that sways all day."""
    chance = random.Random(7)
    rows = {}
    for minute, first, last, row in PASSAGES:
        seconds = rows.setdefault(minute, bytearray())
        for second in range(LAST_S):
            column = first + (last - first) * second // LAST_S
            seconds += bytes([BEGIN_S + second]) + cells((column, row))
    for minute in range(MINUTES):
        if chance.random() < 0.3:
            rows.setdefault(minute, bytearray()).extend(bytes([chance.randrange(60)]) + cells((15, 4), (14, 4)))
    with contextlib.closing(sqlite3.connect(kengd.directory / "state/keng.db")) as catalogue, catalogue:
        catalogue.executemany("INSERT INTO activity VALUES (?, ?, ?)",
                              [(CAMERA, (int(midnight.timestamp()) + 60 * minute) * 1000000, bytes(seconds))
                               for minute, seconds in rows.items()])


def main():
    with tempfile.TemporaryDirectory(prefix="kengd-day-") as name:
        kengd = Kengd(pathlib.Path(name))
        kengd.config["storage"] |= {"keep": "30 days"}
        kengd.config["cameras"][CAMERA] = {"name": "Cổng làng", "area": "thon-dong",
                                           "url": "rtsp://127.0.0.1:1/main"}
        here = datetime.timezone(datetime.timedelta(hours=7))
        today = datetime.datetime.now(here).replace(hour=0, minute=0, second=0, microsecond=0)
        midnight = (today - datetime.timedelta(days=1)).astimezone(datetime.timezone.utc)
        kengd.start()
        kengd.stop()
        record(kengd, midnight)
        leave_former(kengd, midnight)
        move(kengd, midnight)
        try:
            kengd.start()
            web = kengd.web(person="truc-ban")
            span = f"from={midnight.strftime('%Y-%m-%dT%H:%M:%SZ')}&to={int(midnight.timestamp()) + 86400}"
            wait_until("the whole day in the catalogue", 120, lambda: sum(
                s["kind"] == "recording" for s in web.json(f"/api/cameras/{CAMERA}/recordings?{span}")["stretches"]) == 1)
            wait_until("the former camera", 60, lambda: web.json("/api/cameras")["former"])
            print(json.dumps({
                "url": f"http://127.0.0.1:{kengd.port}", "token": web.token, "camera": CAMERA, "former": FORMER,
                "day": midnight.timestamp(), "kengctl": str(BUILD / "daemon/ctl/kengctl"),
                "passages": [{"at": midnight.timestamp() + 60 * minute + BEGIN_S, "last_s": LAST_S,
                              "box": [first / 16, row / 9, (last + 1) / 16, (row + 1) / 9]}
                             for minute, first, last, row in PASSAGES]}), flush=True)
            sys.stdin.read()
        finally:
            if kengd.run and kengd.run.poll() is None:
                kengd.stop()
            log = kengd.log.read_text(errors="replace")
        if "Sanitizer" in log or "runtime error:" in log:
            sys.exit(log[-4000:])


if __name__ == "__main__":
    main()
