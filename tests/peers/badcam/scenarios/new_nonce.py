"""F09: a nonce lives for some seconds; a later request is challenged anew."""
import time

from camera import Camera


class Scenario(Camera):
    timeout_s = 6
    nonce_s = 5

    def nonce(self):
        self.nonces = int(time.monotonic() / self.nonce_s)
        return super().nonce()

    def is_right(self, request):
        return super().is_right(request) and self.nonce() in request.header("Authorization")
