"""F16: every 30th picture has the stamp of the one before, every 45th an earlier one."""
from camera import Camera


class Scenario(Camera):
    def rtp_time(self, c, n):
        back = 2 if n % 45 == 44 else 1 if n % 30 == 29 else 0
        return super().rtp_time(c, n - back)
