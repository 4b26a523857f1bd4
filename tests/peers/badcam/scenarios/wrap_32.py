"""F14: the RTP clock passes 32 bits six seconds into each session."""
from camera import Camera


class Scenario(Camera):
    first_rtp = (1 << 32) - 6 * 90000
    first_audio_rtp = (1 << 32) - 6 * 8000
