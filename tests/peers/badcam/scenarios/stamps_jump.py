"""F14: the RTP clock jumps by `jump_s` at each `every` pictures."""
from camera import Camera


class Scenario(Camera):
    jump_s = 6 * 3600
    every = 120

    def rtp_time(self, c, n):
        return super().rtp_time(c, n) + n // self.every * self.jump_s * 90000
