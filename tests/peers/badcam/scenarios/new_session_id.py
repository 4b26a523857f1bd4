"""Each answer names another session; only the first is known to the camera."""
from camera import Answer, Camera


class Scenario(Camera):
    answers = 0

    def session_header(self, c):
        self.answers += 1
        named = c.session if self.answers == 1 else f"{c.session}{self.answers}"
        return {"Session": f"{named};timeout={self.timeout_s}"}

    def new_session_id(self, c):
        self.answers = 0
        return super().new_session_id(c)

    def play(self, c, request):
        if request.header("Session") != c.session:
            return Answer("454 Session Not Found")
        return super().play(c, request)
