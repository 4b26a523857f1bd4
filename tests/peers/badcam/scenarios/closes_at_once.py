"""F03: accepts and resets."""
import struct
import socket

from camera import Camera


class Scenario(Camera):
    async def serve(self, reader, writer):
        self.stats["connections"] += 1
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                                   struct.pack("ii", 1, 0))
        writer.transport.abort()
