"""Keep-alives are answered 400 with a CSeq of its own, while RTP flows."""
from camera import Answer, Camera


class Scenario(Camera):
    timeout_s = 6

    def keep_alive(self, c, request):
        return Answer("400 Bad Request", cseq=int(request.header("CSeq")) + 7)
