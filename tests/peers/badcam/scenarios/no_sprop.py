"""Parameter sets stand in the stream only."""
from camera import Camera


class Scenario(Camera):
    sprop = False
