"""DESCRIBE is answered without Content-Base: controls go behind the address asked for."""
from camera import Answer, Camera


class Scenario(Camera):
    content_base = False
    asked = ""

    def describe(self, c, request):
        self.asked = request.uri
        return super().describe(c, request)

    def setup(self, c, request):
        if request.uri != f"{self.asked.rstrip('/')}/trackID=1":
            return Answer("404 Not Found")
        return super().setup(c, request)
