"""F18: a session begins in the middle of a GOP."""
from camera import Camera


class Scenario(Camera):
    begins_at = 7
