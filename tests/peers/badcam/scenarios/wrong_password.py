"""F10: no login is ever right."""
from camera import Camera


class Scenario(Camera):
    user = "nobody"

    def is_right(self, request):
        return False

    def options(self, c, request):
        return self.challenge()
