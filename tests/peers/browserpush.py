"""A push service for a real browser: Firefox keeps a websocket to it (`dom.push.serverURL`, the
protocol of autopush, https://mozilla-services.github.io/autopush-rs/), kengd posts to the addresses
that it gives out. What it carries stays sealed: only the browser can open it."""
import asyncio
import base64
import json
import threading
import uuid

import websockets
from fakepush import FakePush

TAKEN, GONE, SECONDS = 201, 410, 20


class Channel:
    """One subscription of the browser, and what waits for it while it is away."""

    def __init__(self, user, key):
        self.user, self.key, self.headers = user, key, {}
        self.waiting, self.gone = [], False


class BrowserPush(FakePush):
    def __init__(self, directory, **more):
        super().__init__(directory, **more)
        self.sockets, self.acked = {}, {}  # user -> socket; version -> event
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        threading.Thread(target=self.run, args=[ready], daemon=True).start()
        ready.wait()

    def run(self, ready):
        asyncio.set_event_loop(self.loop)

        async def listen():
            listener = await websockets.serve(self.on_browser, "127.0.0.1", 0)
            self.address = f"ws://127.0.0.1:{listener.sockets[0].getsockname()[1]}/"
            ready.set()
        self.loop.run_until_complete(listen())
        self.loop.run_forever()

    # ---- the browser's side ----

    async def on_browser(self, socket, _path):
        try:
            await self.listen_to(socket)
        except websockets.ConnectionClosedError:
            pass  # a browser that was ended

    async def listen_to(self, socket):
        user = None
        async for text in socket:
            said = json.loads(text)
            kind = said.get("messageType")
            answer = {"messageType": kind, "channelID": said.get("channelID"), "status": 200}
            if kind == "hello":
                user = said.get("uaid") or uuid.uuid4().hex
                self.sockets[user] = socket
                answer = {"messageType": kind, "uaid": user, "status": 200, "use_webpush": True,
                          "broadcasts": {}}
            elif kind == "register":
                name = uuid.uuid4().hex
                self.phones[name] = Channel(user, said["key"].rstrip("="))
                self.phones[name].id = said["channelID"]
                answer["pushEndpoint"] = f"{self.origin}/{name}"
            elif kind == "unregister":
                for one in self.channels():
                    one.gone |= one.id == said["channelID"]
            elif kind == "ack":
                for update in said["updates"]:
                    self.acked.pop(update["version"]).set_result(update.get("code", 100))
                continue
            elif kind:
                continue
            else:
                answer = {}
            await socket.send(json.dumps(answer))
            if kind == "hello":
                for one in [c for c in self.channels() if c.user == user]:
                    waiting, one.waiting = one.waiting, []
                    for body in waiting:
                        await self.bring(one, body)

    def channels(self):
        return [one for one in self.phones.values() if isinstance(one, Channel)]

    async def bring(self, channel, body):
        """Hands one message to the browser; with its answer whether it could be opened."""
        socket = self.sockets.get(channel.user)
        if not socket or socket.closed:
            channel.waiting.append(body)
            return None
        version = uuid.uuid4().hex
        acked = self.acked[version] = self.loop.create_future()
        await socket.send(json.dumps({
            "messageType": "notification", "channelID": channel.id, "version": version,
            "data": base64.urlsafe_b64encode(body).decode().rstrip("="),
            "headers": {"encoding": "aes128gcm"}}))
        return acked

    async def bring_and_wait(self, channel, body):
        acked = await self.bring(channel, body)
        return 100 if acked is None else await asyncio.wait_for(acked, SECONDS)

    # ---- kengd's side ----

    def take(self, phone, headers, body):
        if not isinstance(phone, Channel):
            return super().take(phone, headers, body)
        if phone.gone:
            return GONE
        opened = self.opener.ask(sender=headers["Authorization"], origin=self.origin)
        if opened.get("vapid") != phone.key or headers["Content-Encoding"] != "aes128gcm":
            self.faults.append(f"not the sender that the browser named: {opened} {phone.key}")
            return 403
        code = asyncio.run_coroutine_threadsafe(self.bring_and_wait(phone, body), self.loop).result()
        if code != 100:
            self.faults.append(f"the browser could not take a message: {code}")
        return TAKEN

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        super().stop()
