"""F20: the microphone is there in every other session, and every session ends after 8 s."""
from camera import Camera


class Scenario(Camera):
    audio = "pcmu"
    session_s = 8

    def sdp_audio(self, c, request):
        return super().sdp_audio(c, request) if self.stats["connections"] % 2 else ""

    def send_picture(self, c, n):
        if n / self.fps > self.session_s:
            c.close()
            return
        super().send_picture(c, n)
