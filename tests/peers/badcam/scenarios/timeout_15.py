"""A session that hears nothing for 15 s is ended."""
from camera import Camera


class Scenario(Camera):
    timeout_s = 15
    enforces_timeout = True
