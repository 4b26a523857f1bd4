"""F17: says 25 pictures a second and sends 10; `stamped_25`: its RTP clock says 25 too."""
from camera import Camera


class Scenario(Camera):
    fps = 10
    stamped_25 = False

    def sdp_video(self, c, request):
        return super().sdp_video(c, request) + "a=framerate:25\r\n"

    def rtp_time(self, c, n):
        return self.first_rtp + n * 3600 if self.stamped_25 else super().rtp_time(c, n)
