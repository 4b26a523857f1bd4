"""F17: the RTP clock gains `ppm` millionths."""
from camera import Camera


class Scenario(Camera):
    ppm = 500

    def rtp_time(self, c, n):
        return self.first_rtp + round(n * 90000 / self.fps * (1 + self.ppm / 1e6))
