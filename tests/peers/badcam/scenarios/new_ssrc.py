"""Another SSRC every 100 pictures, within the session."""
from camera import VIDEO, Camera


class Scenario(Camera):
    def send_picture(self, c, n):
        if n and n % 100 == 0:
            c.sources[VIDEO].ssrc += 0x1000
        super().send_picture(c, n)
