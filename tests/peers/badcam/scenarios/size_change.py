"""F13: every `every` pictures another size. `by_key`: at a keyframe; else the parameter sets
come `early` pictures before it, among pictures of the old size."""
import media
from camera import Camera

GOP = 30


class Scenario(Camera):
    clip = "cong-lang-main.h264"
    other = "cong-lang-sub.h264"
    every = 4 * GOP
    early = 0

    def clip_at(self, n):
        return media.Clip(self.footage / (self.other if n // self.every % 2 else self.clip))

    def picture(self, c, n):
        clip = self.clip_at(n)
        at = n % len(clip.pictures)
        picture = clip.pictures[at]
        if self.early and (n + self.early) % self.every == 0:
            picture = media.Picture(False, self.clip_at(n + self.early).sets, picture.nals)
        return at, picture
