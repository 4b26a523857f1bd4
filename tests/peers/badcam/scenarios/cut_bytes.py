"""F06: every `every` pictures some bytes of the connection are cut out, or come twice."""
import random

from camera import Camera


class Scenario(Camera):
    every = 100
    repeat = False
    events = 0

    def wire(self, c, data):
        if self.sequence["main"] % self.every != self.every - 1 or len(data) < 400:
            return data
        choose = random.Random(self.sequence["main"])
        at = choose.randrange(len(data) - 200)
        size = choose.randrange(1, 200)
        self.events += 1
        return data[:at + size] + data[at:] if self.repeat else data[:at] + data[at + size:]
