"""A bad network between kengd and a camera that sends over UDP: RTSP is passed on with the
ports of both sides replaced by ones of here, and of the camera's RTP packets some are lost and
some come late.

    with UdpChaos(camera_port, loss=0.05, late=0.03) as network:
        ... rtsp://127.0.0.1:{network.port}/... ...
"""
import random
import re
import selectors
import socket
import threading


def pair():
    """Two UDP sockets, RTP's at an even port and RTCP's at the next."""
    while True:
        first = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        first.bind(("127.0.0.1", 0))
        port = first.getsockname()[1]
        second = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            if port % 2 == 0:
                second.bind(("127.0.0.1", port + 1))
                return first, second
        except OSError:
            pass
        first.close()
        second.close()


class Late:
    """Holds a packet back until some others have passed it."""

    def __init__(self, chance, dice):
        self.chance, self.dice = chance, dice
        self.held = []  # [packets that still go before it, packet]

    def take(self, packet):
        out = []
        if self.dice.random() < self.chance:
            self.held.append([self.dice.randint(1, 5), packet])
        else:
            out.append(packet)
            for late in self.held:
                late[0] -= 1
            out += [late[1] for late in self.held if late[0] <= 0]
            self.held = [late for late in self.held if late[0] > 0]
        return out


class UdpChaos:
    def __init__(self, camera_port, loss=0.0, late=0.0, seed=1, source=None):
        self.camera_port, self.loss = camera_port, loss
        self.source = source  # the address that the camera says it sends from
        self.dice = random.Random(seed)
        self.late_chance = late
        self.passed = self.lost = self.delayed = self.reports = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.over = False
        self.poll = selectors.DefaultSelector()
        self.poll.register(self.listener, selectors.EVENT_READ, self.accept)
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *what):
        self.over = True
        self.thread.join()
        for key in list(self.poll.get_map().values()):
            key.fileobj.close()

    def run(self):
        while not self.over:
            for key, _ in self.poll.select(0.2):
                key.data(key.fileobj)

    def accept(self, listener):
        kengd, _ = listener.accept()
        Conversation(self, kengd)


class Conversation:
    """One RTSP connection and the UDP ports that it sets up."""

    def __init__(self, network, kengd):
        self.network = network
        self.kengd, self.camera = kengd, socket.create_connection(("127.0.0.1", network.camera_port))
        self.sockets = []
        self.setups = []  # (our ports for the camera, our ports for kengd) still to be answered
        network.poll.register(self.kengd, selectors.EVENT_READ, self.from_kengd)
        network.poll.register(self.camera, selectors.EVENT_READ, self.from_camera)

    def end(self):
        for one in (self.kengd, self.camera, *self.sockets):
            try:
                self.network.poll.unregister(one)
            except KeyError:
                continue
            one.close()

    def pass_on(self, source, to, mend):
        try:
            some = source.recv(65536)
            if some:
                to.sendall(mend(some))
                return
        except OSError:
            pass
        self.end()

    def from_kengd(self, source):
        self.pass_on(source, self.camera, lambda some: re.sub(
            rb"client_port=(\d+)-(\d+)", lambda found: self.set_up(int(found[1])), some))

    def from_camera(self, source):
        self.pass_on(source, self.kengd, lambda some: re.sub(
            rb"client_port=\d+-\d+(.*?)server_port=(\d+)-(\d+)",
            lambda found: self.answer(found[1], int(found[2])), some))

    def set_up(self, client_port):
        to_camera, to_kengd = pair(), pair()
        self.setups.append((client_port, to_camera, to_kengd))
        return b"client_port=%d-%d" % tuple(s.getsockname()[1] for s in to_camera)

    def answer(self, between, server_port):
        client_port, to_camera, to_kengd = self.setups.pop(0)
        late = Late(self.network.late_chance, self.network.dice)
        for i in range(2):
            to_camera[i].connect(("127.0.0.1", server_port + i))
            to_kengd[i].connect(("127.0.0.1", client_port + i))
            self.sockets += [to_camera[i], to_kengd[i]]
            self.network.poll.register(to_camera[i], selectors.EVENT_READ,
                                       self.media(to_kengd[i], late if i == 0 else None))
            self.network.poll.register(to_kengd[i], selectors.EVENT_READ, self.back(to_camera[i]))
        said = b"source=%b;" % self.network.source.encode() if self.network.source else b""
        return b"client_port=%d-%d%b%bserver_port=%d-%d" % (
            client_port, client_port + 1, between, said, *(s.getsockname()[1] for s in to_kengd))

    def media(self, to, late):
        """Packets of the camera; RTCP (late is None) passes."""
        def take(source):
            try:
                packet = source.recv(65536)
                if late is None:
                    to.send(packet)
                    return
                if self.network.dice.random() < self.network.loss:
                    self.network.lost += 1
                    return
                out = late.take(packet)
                self.network.delayed += not out
                self.network.passed += len(out)
                for one in out:
                    to.send(one)
            except OSError:
                pass  # kengd has closed its port
        return take

    def back(self, to):
        """What kengd says: reports, and what opens the way."""
        def take(source):
            try:
                packet = source.recv(65536)
                self.network.reports += len(packet) > 12
                to.send(packet)
            except OSError:
                pass
        return take
