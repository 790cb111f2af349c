"""Two ways for a client to leave: one is an error, the other is not."""

import socket
import struct
import sys
from socketserver import StreamRequestHandler, TCPServer

# Do not wait at all when closing: the kernel sends a reset (RST).
AT_ONCE = struct.pack("ii", 1, 0)


class Echo(StreamRequestHandler):
    """Send one line back."""

    def handle(self):
        """Read; write, even if there was nothing to read."""
        line = self.rfile.readline()
        print("read:", line)
        self.wfile.write(b"you said: " + line)
        print("written, whoever may read it")


class Server(TCPServer):
    """Prints a report that fits on one line."""

    def handle_error(self, request, client_address):
        print("reported:", sys.exc_info()[0].__name__)


with Server(("127.0.0.1", 0), Echo) as server:
    for manner in ("politely", "rudely"):
        print(f"-- a client leaves {manner}")
        client = socket.create_connection(server.server_address)
        if manner == "rudely":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        client.close()
        server.handle_request()
