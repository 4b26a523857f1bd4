"""F15: sender reports say another time for video than for audio, by 3 s from picture 150 on."""
from camera import VIDEO, Camera


class Scenario(Camera):
    def wall(self, c, which):
        late = which == VIDEO and self.sequence["main"] > 150
        return super().wall(c, which) + 3 * late
