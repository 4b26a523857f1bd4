"""Controls are whole addresses, below another path than the one asked for."""
from camera import Answer, Camera


class Scenario(Camera):
    def control(self, request, track):
        return request.uri.rsplit("/", 1)[0] + "/deeper/" + track

    def setup(self, c, request):
        if "/deeper/trackID=" not in request.uri:
            return Answer("404 Not Found")
        return super().setup(c, request)
