"""F09: a nonce lives for some seconds; a later request is challenged anew."""
import time

from camera import Camera


class Scenario(Camera):
    timeout_s = 6
    nonce_s = 5

    def nonce(self):
        self.nonces = int(time.monotonic() / self.nonce_s)
        return super().nonce()

    def challenge(self, **more):
        answer = super().challenge(**more)
        if self.nonces != self.stats.setdefault("last_nonce", self.nonces):
            self.stats["last_nonce"] = self.nonces
            self.stats["nonces"] = self.stats.get("nonces", 0) + 1
        return answer

    def is_right(self, request):
        return super().is_right(request) and self.nonce() in request.header("Authorization")
