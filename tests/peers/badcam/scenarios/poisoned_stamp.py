"""One picture in 40 has a stamp that means nothing."""
from camera import Camera


class Scenario(Camera):
    def rtp_time(self, c, n):
        return super().rtp_time(c, n) ^ (0x40000000 if n % 40 == 25 else 0)
