"""A simulated ONVIF device: device, media and event services over HTTP, and WS-Discovery.

It is a peer of ours in Python's standard library: logins are really checked (HTTP digest with
its nonce, WS-UsernameToken with the time of the device's own clock), namespaces are bound to
prefixes that no client may rely on, and quirks are switched on by name:

    clock=SECONDS     its clock is off by so much
    auth=digest|token|both|none
    host=NAME         addresses that it tells name another host
    chunked           answers in chunks
    faults            every call but the clock's is a fault
    refuse            every login is refused
    bomb | deep | huge | junk    answers that harm a careless reader
    slow=SECONDS      each answer comes a few bytes at a time
    media2              it has the newer media service too, which tells that its streams are H.265
    crowd             pulls are answered at once, also when nothing happened
"""
import base64
import datetime
import hashlib
import http.server
import re
import secrets
import socket
import threading
import time
import urllib.parse

ENVELOPE = "http://www.w3.org/2003/05/soap-envelope"
DEVICE = "http://www.onvif.org/ver10/device/wsdl"
MEDIA2 = "http://www.onvif.org/ver20/media/wsdl"
MEDIA = "http://www.onvif.org/ver10/media/wsdl"
EVENTS = "http://www.onvif.org/ver10/events/wsdl"
SCHEMA = "http://www.onvif.org/ver10/schema"
NOTIFY = "http://docs.oasis-open.org/wsn/b-2"
ADDRESSING = "http://www.w3.org/2005/08/addressing"
REALM = "sim"
TOKEN_MAX_AGE_S = 5

TOPICS = {
    "motion": ("RuleEngine/CellMotionDetector/Motion", "IsMotion"),
    "alarm": ("VideoSource/MotionAlarm", "State"),
    "human": ("UserAlarm/IVA/HumanShapeDetect", "State"),
    "vehicle": ("RuleEngine/MyRuleDetector/VehicleDetect", "State"),
    "tamper": ("RuleEngine/TamperDetector/Tamper", "IsTamper"),
}


def envelope(body):
    return (f'<?xml version="1.0" encoding="UTF-8"?><ee:Envelope xmlns:ee="{ENVELOPE}" '
            f'xmlns:q1="{DEVICE}" xmlns:q2="{MEDIA}" xmlns:q3="{EVENTS}" xmlns:q4="{SCHEMA}" '
            f'xmlns:q5="{NOTIFY}" xmlns:q6="{ADDRESSING}" xmlns:q7="{MEDIA2}" '
            f'xmlns:top="http://www.onvif.org/ver10/topics"><ee:Body>{body}</ee:Body></ee:Envelope>')


def fault(subcode, reason):
    return envelope(
        '<ee:Fault><ee:Code><ee:Value>ee:Sender</ee:Value><ee:Subcode>'
        f'<ee:Value xmlns:zz="http://www.onvif.org/ver10/error">zz:{subcode}</ee:Value></ee:Subcode>'
        f'</ee:Code><ee:Reason><ee:Text xml:lang="en">{reason}</ee:Text></ee:Reason></ee:Fault>')


class Device:
    """`streams`: RTSP addresses, the main stream first. `quirks`: as above."""

    def __init__(self, streams, user="xem", password="secret", quirks=(), port=0, name="Cam"):
        self.streams = streams
        self.user, self.password = user, password
        self.quirks = dict((q.split("=") + [True])[:2] for q in quirks)
        self.name = name
        self.uuid = f"urn:uuid:{secrets.token_hex(8)}"
        self.logins, self.failed, self.calls = 0, 0, []
        self.events = []        # of every subscription: (number, topic, item, state, operation)
        self.count = 0
        self.subscriptions = {}  # id -> last number told
        self.news = threading.Condition()
        self.nonces = set()
        self.tokens = set()
        device = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments):
                pass

            def do_POST(self):
                try:
                    device.answer(self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, request, address):
                pass

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.discovery = None

    # ---- what tests do

    def set(self, kind, on, operation="Changed", source="V1"):
        topic, item = TOPICS[kind]
        with self.news:
            self.count += 1
            self.events.append((self.count, topic, item, on, operation, source))
            self.news.notify_all()

    def pulled(self):
        return self.calls.count("PullMessages")

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        if self.discovery:
            self.discovery.close()

    # ---- logins

    def now(self):
        return time.time() + float(self.quirks.get("clock", 0))

    def digest_is_right(self, header, method):
        fields = dict(re.findall(r'(\w+)="?([^",]+)"?', header))
        if fields.get("nonce") not in self.nonces or fields.get("username") != self.user:
            return False
        md5 = lambda text: hashlib.md5(text.encode()).hexdigest()  # noqa: E731
        first = md5(f"{self.user}:{REALM}:{self.password}")
        second = md5(f"{method}:{fields['uri']}")
        wanted = md5(f"{first}:{fields['nonce']}:{fields['nc']}:{fields['cnonce']}:auth:{second}")
        return fields.get("response") == wanted

    def token_is_right(self, body):
        def element(name):
            found = re.search(rf"<(?:\w+:)?{name}(?:\s[^>]*)?>([^<]*)<", body)
            return found.group(1) if found else ""
        if element("Username") != self.user:
            return False
        created, nonce = element("Created"), element("Nonce")
        try:
            at = datetime.datetime.fromisoformat(created.replace("Z", "+00:00")).timestamp()
        except ValueError:
            return False
        if abs(at - self.now()) > TOKEN_MAX_AGE_S or (nonce, created) in self.tokens:
            return False
        self.tokens.add((nonce, created))
        digest = hashlib.sha1(base64.b64decode(nonce) + created.encode() + self.password.encode())
        return base64.b64encode(digest.digest()).decode() == element("Password")

    def may(self, request, body):
        auth = self.quirks.get("auth", "both")
        if auth == "none":
            return True
        header = request.headers.get("Authorization", "")
        tried = bool(header) or "UsernameToken" in body
        self.logins += tried
        right = "refuse" not in self.quirks and (
            (auth != "token" and header.startswith("Digest ")
             and self.digest_is_right(header, request.command))
            or (auth != "digest" and "UsernameToken" in body and self.token_is_right(body)))
        self.failed += tried and not right
        return right

    def refuse(self, request):
        auth = self.quirks.get("auth", "both")
        if auth == "token":
            self.send(request, 400, fault("NotAuthorized", "Sender not Authorized"))
            return
        nonce = secrets.token_hex(8)
        self.nonces.add(nonce)
        self.send(request, 401, fault("NotAuthorized", "Sender not Authorized"),
                  {"WWW-Authenticate": f'Digest realm="{REALM}", qop="auth", nonce="{nonce}"'})

    # ---- answers

    def send(self, request, status, text, headers=()):
        data = text.encode() if isinstance(text, str) else text
        request.send_response(status)
        for key, value in dict(headers).items():
            request.send_header(key, value)
        request.send_header("Content-Type", "application/soap+xml; charset=utf-8")
        slow = float(self.quirks.get("slow", 0))
        step = 7 if slow else len(data) or 1
        if "chunked" in self.quirks:
            request.send_header("Transfer-Encoding", "chunked")
            request.end_headers()
            for at in range(0, len(data), min(step, 100)):
                part = data[at:at + min(step, 100)]
                request.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            request.wfile.write(b"0\r\n\r\n")
            return
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        for at in range(0, len(data), step):
            request.wfile.write(data[at:at + step])
            if slow:
                request.wfile.flush()
                time.sleep(slow)

    def answer(self, request):
        length = int(request.headers.get("Content-Length", 0))
        body = request.rfile.read(min(length, 100_000)).decode(errors="replace")
        inside = body[body.find("Body"):]
        names = re.findall(r"<(?:\w+:)?(\w+)", inside)
        call = names[0] if names else ""
        self.calls.append(call)
        if call != "GetSystemDateAndTime" and not self.may(request, body):
            self.refuse(request)
            return
        harm = self.harm(call)
        if harm is not None:
            self.send(request, 200, harm)
            return
        if "faults" in self.quirks and call != "GetSystemDateAndTime":
            self.send(request, 500, fault("ActionNotSupported", "Optional Action Not Implemented"))
            return
        do = getattr(self, f"do_{call}", None)
        if not do:
            self.send(request, 500, fault("ActionNotSupported", f"no {call}"))
            return
        status, text = do(inside, request)
        self.send(request, status, text)

    def harm(self, call):
        if call == "GetSystemDateAndTime":
            return None
        if "bomb" in self.quirks:
            return ('<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
                f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
                + f']><x>&j;</x>')
        if "deep" in self.quirks:
            return "<a>" * 50_000
        if "huge" in self.quirks:
            return "<a>" + "x" * 3_000_000 + "</a>"
        if "junk" in self.quirks:
            return secrets.token_bytes(5000)
        return None

    def address(self, path):
        host = self.quirks.get("host", f"127.0.0.1:{self.port}")
        return f"http://{host}{path}"

    def do_GetSystemDateAndTime(self, body, request):
        t = time.gmtime(self.now())
        return 200, envelope(
            '<q1:GetSystemDateAndTimeResponse><q1:SystemDateAndTime><q4:DateTimeType>NTP</q4:DateTimeType>'
            '<q4:DaylightSavings>false</q4:DaylightSavings><q4:UTCDateTime><q4:Time>'
            f'<q4:Hour>{t.tm_hour}</q4:Hour><q4:Minute>{t.tm_min}</q4:Minute><q4:Second>{t.tm_sec}'
            f'</q4:Second></q4:Time><q4:Date><q4:Year>{t.tm_year}</q4:Year><q4:Month>{t.tm_mon}</q4:Month>'
            f'<q4:Day>{t.tm_mday}</q4:Day></q4:Date></q4:UTCDateTime></q1:SystemDateAndTime>'
            '</q1:GetSystemDateAndTimeResponse>')

    def do_GetDeviceInformation(self, body, request):
        return 200, envelope(
            '<q1:GetDeviceInformationResponse><q1:Manufacturer>Simulated</q1:Manufacturer>'
            f'<q1:Model>{self.name}</q1:Model><q1:FirmwareVersion>1.0</q1:FirmwareVersion>'
            '<q1:SerialNumber>1</q1:SerialNumber><q1:HardwareId>1</q1:HardwareId>'
            '</q1:GetDeviceInformationResponse>')

    def do_GetCapabilities(self, body, request):
        return 200, envelope(
            '<q1:GetCapabilitiesResponse><q1:Capabilities>'
            f'<q4:Device><q4:XAddr>{self.address("/onvif/device_service")}</q4:XAddr></q4:Device>'
            f'<q4:Events><q4:XAddr>{self.address("/onvif/events")}</q4:XAddr>'
            '<q4:WSSubscriptionPolicySupport>true</q4:WSSubscriptionPolicySupport>'
            '<q4:WSPullPointSupport>true</q4:WSPullPointSupport>'
            '<q4:WSPausableSubscriptionManagerInterfaceSupport>false'
            '</q4:WSPausableSubscriptionManagerInterfaceSupport></q4:Events>'
            f'<q4:Media><q4:XAddr>{self.address("/onvif/media")}</q4:XAddr><q4:StreamingCapabilities>'
            '<q4:RTPMulticast>false</q4:RTPMulticast><q4:RTP_TCP>true</q4:RTP_TCP>'
            '<q4:RTP_RTSP_TCP>true</q4:RTP_RTSP_TCP></q4:StreamingCapabilities></q4:Media>'
            '</q1:Capabilities></q1:GetCapabilitiesResponse>')

    def do_GetServices(self, body, request):
        services = "".join(
            f'<q1:Service><q1:Namespace>{space}</q1:Namespace><q1:XAddr>{self.address(path)}</q1:XAddr>'
            '<q1:Version><q4:Major>2</q4:Major><q4:Minor>6</q4:Minor></q1:Version></q1:Service>'
            for space, path in ((DEVICE, "/onvif/device_service"), (MEDIA, "/onvif/media"),
                                (EVENTS, "/onvif/events"), (MEDIA2, "/onvif/media2"))
            if space != MEDIA2 or "media2" in self.quirks)
        return 200, envelope(f'<q1:GetServicesResponse>{services}</q1:GetServicesResponse>')

    def do_GetScopes(self, body, request):
        return 200, envelope('<q1:GetScopesResponse><q1:Scopes><q4:ScopeDef>Fixed</q4:ScopeDef>'
                             f'<q4:ScopeItem>onvif://www.onvif.org/name/{self.name}</q4:ScopeItem>'
                             '</q1:Scopes></q1:GetScopesResponse>')

    def encoder(self, i, element):
        width, height = ((1280, 720), (640, 360))[i % 2]
        return (f'<{element} token="enc{i}"><q4:Name>enc{i}</q4:Name><q4:UseCount>1</q4:UseCount>'
                f'<q4:Encoding>H264</q4:Encoding><q4:Resolution><q4:Width>{width}</q4:Width>'
                f'<q4:Height>{height}</q4:Height></q4:Resolution><q4:Quality>5</q4:Quality>'
                '<q4:RateControl><q4:FrameRateLimit>15</q4:FrameRateLimit><q4:EncodingInterval>1'
                '</q4:EncodingInterval><q4:BitrateLimit>1024</q4:BitrateLimit></q4:RateControl>'
                '<q4:H264><q4:GovLength>30</q4:GovLength><q4:H264Profile>Main</q4:H264Profile></q4:H264>'
                f'<q4:SessionTimeout>PT10S</q4:SessionTimeout></{element}>')

    def encoder2(self, i):
        width, height = ((1280, 720), (640, 360))[i % 2]
        return (f'<q7:VideoEncoder token="enc{i}" GovLength="30" Profile="Main"><q4:Name>enc{i}</q4:Name>'
                '<q4:UseCount>1</q4:UseCount><q4:Encoding>H265</q4:Encoding><q4:Resolution>'
                f'<q4:Width>{width}</q4:Width><q4:Height>{height}</q4:Height></q4:Resolution>'
                '<q4:RateControl ConstantBitRate="false"><q4:FrameRateLimit>15.0</q4:FrameRateLimit>'
                '<q4:BitrateLimit>1024</q4:BitrateLimit></q4:RateControl><q4:Quality>5</q4:Quality>'
                '</q7:VideoEncoder>')

    SOURCE = ('<q4:Name>src</q4:Name><q4:UseCount>1</q4:UseCount><q4:SourceToken>src0</q4:SourceToken>'
              '<q4:Bounds x="0" y="0" width="1280" height="720"/>')

    def do_GetVideoSourceConfigurations(self, body, request):
        return 200, envelope('<q7:GetVideoSourceConfigurationsResponse><q7:Configurations token="src">'
                             f'{self.SOURCE}</q7:Configurations></q7:GetVideoSourceConfigurationsResponse>')

    def profiles2(self):
        return 200, envelope("<q7:GetProfilesResponse>" + "".join(
            f'<q7:Profiles token="prof{i}" fixed="true"><q7:Name>profile {i}</q7:Name>'
            f'<q7:Configurations><q7:VideoSource token="src">{self.SOURCE}</q7:VideoSource>'
            f'{self.encoder2(i)}</q7:Configurations></q7:Profiles>'
            for i in range(len(self.streams))) + "</q7:GetProfilesResponse>")

    def do_GetProfiles(self, body, request):
        if MEDIA2 in body:
            self.calls.append("media2")
            return self.profiles2()
        profiles = "".join(
            f'<q2:Profiles token="prof{i}" fixed="true"><q4:Name>profile {i}</q4:Name>'
            f'<q4:VideoSourceConfiguration token="src"><q4:Name>src</q4:Name><q4:UseCount>1</q4:UseCount>'
            '<q4:SourceToken>src0</q4:SourceToken><q4:Bounds x="0" y="0" width="1280" height="720"/>'
            '</q4:VideoSourceConfiguration>'
            f'{self.encoder(i, "q4:VideoEncoderConfiguration")}</q2:Profiles>'
            for i in range(len(self.streams)))
        return 200, envelope(f'<q2:GetProfilesResponse>{profiles}</q2:GetProfilesResponse>')

    def do_GetVideoSources(self, body, request):
        return 200, envelope(
            '<q2:GetVideoSourcesResponse><q2:VideoSources token="src0"><q4:Framerate>15</q4:Framerate>'
            '<q4:Resolution><q4:Width>1280</q4:Width><q4:Height>720</q4:Height></q4:Resolution>'
            '</q2:VideoSources></q2:GetVideoSourcesResponse>')

    def do_GetVideoEncoderConfiguration(self, body, request):
        number = re.search(r">enc(\d+)<", body)
        if not number:
            return 400, fault("InvalidArgVal", "no such configuration")
        return 200, envelope('<q2:GetVideoEncoderConfigurationResponse>'
                             f'{self.encoder(int(number.group(1)), "q2:Configuration")}'
                             '</q2:GetVideoEncoderConfigurationResponse>')

    def do_GetStreamUri(self, body, request):
        number = re.search(r">prof(\d+)<", body)
        if not number or int(number.group(1)) >= len(self.streams):
            return 400, fault("InvalidArgVal", "no such profile")
        uri = self.streams[int(number.group(1))]
        if "host" in self.quirks:
            parts = urllib.parse.urlsplit(uri)
            uri = parts._replace(netloc=f"{self.quirks['host']}:{parts.port}").geturl()
        if MEDIA2 in body:
            return 200, envelope(f'<q7:GetStreamUriResponse><q7:Uri>{uri}</q7:Uri></q7:GetStreamUriResponse>')
        return 200, envelope(f'<q2:GetStreamUriResponse><q2:MediaUri><q4:Uri>{uri}</q4:Uri>'
                             '<q4:InvalidAfterConnect>false</q4:InvalidAfterConnect>'
                             '<q4:InvalidAfterReboot>false</q4:InvalidAfterReboot>'
                             '<q4:Timeout>PT0S</q4:Timeout></q2:MediaUri></q2:GetStreamUriResponse>')

    # ---- events

    def times(self, more_s):
        stamp = lambda at: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))  # noqa: E731
        return stamp(self.now()), stamp(self.now() + more_s)

    def do_CreatePullPointSubscription(self, body, request):
        number = len(self.subscriptions) + 1
        self.subscriptions[number] = self.count
        now, end = self.times(120)
        return 200, envelope(
            '<q3:CreatePullPointSubscriptionResponse><q3:SubscriptionReference>'
            f'<q6:Address>{self.address(f"/onvif/pull?id={number}")}</q6:Address>'
            '<q6:ReferenceParameters><k:SubscriptionId xmlns:k="urn:sim">'
            f'{number}</k:SubscriptionId></q6:ReferenceParameters></q3:SubscriptionReference>'
            f'<q5:CurrentTime>{now}</q5:CurrentTime><q5:TerminationTime>{end}</q5:TerminationTime>'
            '</q3:CreatePullPointSubscriptionResponse>')

    def do_PullMessages(self, body, request):
        number = int((urllib.parse.parse_qs(urllib.parse.urlsplit(request.path).query)
                      .get("id") or ["0"])[0])
        if number not in self.subscriptions:
            return 400, fault("InvalidArgVal", "no such subscription")
        minutes, seconds = (re.search(r"PT(?:(\d+)M)?(?:(\d+)S)?<", body) or re.match("()()", "")).groups()
        wait_s = 60 * int(minutes or 0) + int(seconds or 0)
        deadline = time.monotonic() + (0 if "crowd" in self.quirks else wait_s)
        with self.news:
            while True:
                waiting = [e for e in self.events if e[0] > self.subscriptions[number]][:16]
                left = deadline - time.monotonic()
                if waiting or left <= 0:
                    break
                self.news.wait(left)
            if waiting:
                self.subscriptions[number] = waiting[-1][0]
        now, end = self.times(120)
        messages = "".join(
            '<q5:NotificationMessage><q5:Topic Dialect="http://www.onvif.org/ver10/tev/topicExpression/'
            f'ConcreteSet">top:{topic}</q5:Topic><q5:Message><q4:Message UtcTime="{now}" '
            f'PropertyOperation="{operation}"><q4:Source><q4:SimpleItem Name="Source" Value="{source}"/>'
            f'</q4:Source><q4:Data><q4:SimpleItem Name="{item}" Value="{str(on).lower()}"/></q4:Data>'
            '</q4:Message></q5:Message></q5:NotificationMessage>'
            for _, topic, item, on, operation, source in waiting)
        return 200, envelope(f'<q3:PullMessagesResponse><q3:CurrentTime>{now}</q3:CurrentTime>'
                             f'<q3:TerminationTime>{end}</q3:TerminationTime>{messages}'
                             '</q3:PullMessagesResponse>')

    def do_Renew(self, body, request):
        now, end = self.times(120)
        return 200, envelope(f'<q5:RenewResponse><q5:TerminationTime>{end}</q5:TerminationTime>'
                             f'<q5:CurrentTime>{now}</q5:CurrentTime></q5:RenewResponse>')

    def do_Unsubscribe(self, body, request):
        number = re.search(r"id=(\d+)", request.path)
        self.subscriptions.pop(int(number.group(1)) if number else 0, None)
        return 200, envelope('<q5:UnsubscribeResponse/>')

    # ---- WS-Discovery

    def discover_on(self, port=0, text=None):
        """Answers probes on a UDP port of loopback; returns the port."""
        self.discovery = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.discovery.bind(("127.0.0.1", port))
        threading.Thread(target=self.answer_probes, args=(text,), daemon=True).start()
        return self.discovery.getsockname()[1]

    def answer_probes(self, text):
        while True:
            try:
                data, peer = self.discovery.recvfrom(65536)
            except OSError:
                return
            message = re.search(rb"MessageID[^>]*>([^<]+)<", data)
            if b"Probe" not in data or not message:
                continue
            answer = text or (
                f'<?xml version="1.0"?><z:Envelope xmlns:z="{ENVELOPE}" '
                'xmlns:y="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
                'xmlns:x="http://schemas.xmlsoap.org/ws/2005/04/discovery" '
                'xmlns:w="http://www.onvif.org/ver10/network/wsdl"><z:Header>'
                f'<y:MessageID>uuid:{secrets.token_hex(8)}</y:MessageID>'
                f'<y:RelatesTo>{message.group(1).decode()}</y:RelatesTo></z:Header><z:Body>\n'
                '<x:ProbeMatches><x:ProbeMatch><y:EndpointReference><y:Address>'
                f'{self.uuid}</y:Address></y:EndpointReference><x:Types>w:NetworkVideoTransmitter'
                f'</x:Types><x:Scopes>onvif://www.onvif.org/name/{self.name}\n'
                'onvif://www.onvif.org/hardware/Sim-1</x:Scopes>'
                f'<x:XAddrs>{self.address("/onvif/device_service")}</x:XAddrs>'
                '<x:MetadataVersion>1</x:MetadataVersion></x:ProbeMatch></x:ProbeMatches>'
                '</z:Body></z:Envelope>')
            self.discovery.sendto(answer.encode(), peer)


if __name__ == "__main__":  # for other programs: port, then RTSP addresses, then quirks as name[=value]
    import sys
    words = sys.argv[2:]
    device = Device([w for w in words if w.startswith("rtsp://")], port=int(sys.argv[1]),
                    quirks=[w for w in words if not w.startswith("rtsp://")])
    print(device.port, flush=True)
    for line in sys.stdin:  # "motion on", "tamper off"; ends with its input
        kind, _, state = line.strip().partition(" ")
        if kind in TOPICS:
            device.set(kind, state == "on")
