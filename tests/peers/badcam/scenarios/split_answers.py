"""Every answer leaves byte by byte."""
import asyncio

from camera import Camera


class Scenario(Camera):
    timeout_s = 6

    async def write_answer(self, c, data):
        if c.player:  # pictures must not come between the bytes
            c.send(data)
            return
        for i in range(len(data)):
            c.send(data[i:i + 1])
            await c.writer.drain()
            await asyncio.sleep(0)
