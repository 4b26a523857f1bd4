"""PLAY is answered without RTP-Info."""
from camera import Camera


class Scenario(Camera):
    def rtp_info(self, c, request):
        return {}
