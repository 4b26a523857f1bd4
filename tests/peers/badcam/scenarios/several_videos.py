"""A description with JPEG, H.264 and metadata: the second is the one to take."""
from camera import Answer, Camera


class Scenario(Camera):
    def sdp_video(self, c, request):
        return ("m=video 0 RTP/AVP 26\r\na=control:trackID=5\r\n"
                + super().sdp_video(c, request)
                + "m=application 0 RTP/AVP 107\r\na=rtpmap:107 vnd.onvif.metadata/90000\r\n"
                  "a=control:trackID=7\r\n")

    def setup(self, c, request):
        return super().setup(c, request) if request.uri.endswith("trackID=1") else Answer("404 Not Found")
