"""Its sub-stream is refused, or plays and sends no picture, until it is well."""
from camera import Answer, Camera


class Scenario(Camera):
    sub_is = "silent"

    def setup(self, c, request):
        if c.channel == "sub" and self.sub_is == "refused":
            return Answer("453 Not Enough Bandwidth")
        return super().setup(c, request)

    def send_picture(self, c, n):
        if c.channel == "main" or self.sub_is == "well":
            super().send_picture(c, n)
