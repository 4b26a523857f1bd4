"""F22: one bit in 100,000 is turned; every 200 pictures a burst of packets is lost."""
import random

from camera import Camera


class Scenario(Camera):
    rate = 1e-5
    choose = random.Random(22)

    def wire(self, c, data):
        data = bytearray(data)
        for _ in range(self.flips(len(data) * 8)):
            at = self.choose.randrange(len(data) * 8)
            data[at // 8] ^= 1 << at % 8
        return bytes(data)

    def flips(self, bits):
        expected = bits * self.rate
        return int(expected) + (self.choose.random() < expected % 1)

    def packets(self, c, n, packets):
        return [] if n % 200 in (150, 151, 152) else packets
