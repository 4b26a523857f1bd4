"""F07: a dead session's pictures, with an SSRC of their own, come on our channel too: first of
all, and then among ours. They end with a TEARDOWN, or with `goes_on` never."""
import media
from camera import VIDEO, Camera


class Scenario(Camera):
    names_ssrc = True
    rtp_info_given = True
    stale_s = 1e9      # how long they come
    goes_on = False
    begins_early = False  # before PLAY
    stale = None
    stale_frames = 0

    def options(self, c, request):
        if self.stale is None:
            self.stale = media.Source(96, 0x57A1E000, sequence=40000)
            self.stats["stale"] = 0
        return super().options(c, request)

    def transport(self, c, which):
        text = super().transport(c, which)
        return text if self.names_ssrc else text.split(";ssrc=")[0]

    def rtp_info(self, c, request):
        return super().rtp_info(c, request) if self.rtp_info_given else {}

    def setup(self, c, request):
        answer = super().setup(c, request)
        if self.begins_early:
            self.send_stale(c)
        return answer

    def teardown(self, c, request):
        if not self.goes_on:
            self.stale_s = 0
        return super().teardown(c, request)

    async def stream(self, c):
        """Half a second's of them stand before the first of ours."""
        for _ in range(int(self.fps / 2)):
            if self.stale_frames / self.fps < self.stale_s:
                self.send_stale(c)
        await super().stream(c)

    def send_picture(self, c, n):
        if self.stale_frames / self.fps < self.stale_s:
            self.send_stale(c)
        super().send_picture(c, n)

    def send_stale(self, c):
        clip, n = self.clip_of(c), self.stale_frames
        self.stale_frames += 1
        self.stats["stale"] += 1
        picture = clip.pictures[n % len(clip.pictures)]
        nals = [clip.stamp("foreign/main", n, n), *picture.sets, *picture.nals]
        self.send_packets(c, VIDEO, self.stale.picture(nals, 5000 + n * 6000, clip.h265))
