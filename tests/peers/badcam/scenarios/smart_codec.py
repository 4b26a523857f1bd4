"""F19: keyframes minutes apart."""
from camera import Camera


class Scenario(Camera):
    clip = "smart.h264"
