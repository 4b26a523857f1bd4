"""RTP of another session of the camera stands between requests and answers."""
import media
from camera import Camera


class Scenario(Camera):
    timeout_s = 6
    other = media.Source(96, 0x57A1E000)

    async def write_answer(self, c, data):
        if c.sources:
            for payload in (b"\x41" + bytes(300), b"\x41" + b"RTSP/1.0 200 OK\r\n\r\n" * 3):
                c.send(media.frame(c.tracks[0], self.other.packet(payload, 0, True)))
        c.send(data)
