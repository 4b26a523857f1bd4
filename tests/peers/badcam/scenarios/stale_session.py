"""F07: a dead session's pictures, with an SSRC of their own, come on our channel too: first
of all, and then between ours."""
import media
from camera import VIDEO, Camera


class Scenario(Camera):
    names_ssrc = True
    stale_s = 1e9

    def transport(self, c, which):
        text = super().transport(c, which)
        return text if self.names_ssrc else text.split(";ssrc=")[0]

    def send_picture(self, c, n):
        if n / self.fps < self.stale_s:
            self.send_stale(c, n)
        super().send_picture(c, n)

    def send_stale(self, c, n):
        clip = self.clip_of(c)
        if not hasattr(c, "stale"):
            c.stale = media.Source(96, 0x57A1E000 + c.number, sequence=40000)
        picture = clip.pictures[n % len(clip.pictures)]
        nals = [clip.stamp("foreign/main", n, n), *picture.sets, *picture.nals]
        self.send_packets(c, VIDEO, c.stale.picture(nals, 5000 + n * 6000, clip.h265))
