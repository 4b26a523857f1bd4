"""The answer to SETUP has its fields in an order of its own, and blanks."""
from camera import Camera


class Scenario(Camera):
    def transport(self, c, which):
        channel = c.tracks[which]
        return f"interleaved={channel}-{channel + 1}; mode=\"PLAY\";ssrc=0BAD0CA1 ;unicast; RTP/AVP/TCP"

    def new_source(self, c, which):
        source = super().new_source(c, which)
        source.ssrc = 0x0BAD0CA1
        return source
