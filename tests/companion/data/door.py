"""A server that answers in capitals, and a client that says hello.

It is there for the tests of the player.
"""

import socket

from minisocketserver import StreamRequestHandler, ThreadingTCPServer


class Upper(StreamRequestHandler):
    """Answer each line in capitals."""

    def handle(self):
        """Read a line, write it back."""
        # One line is one request.
        self.wfile.write(self.rfile.readline().upper())


# Port 0: the kernel picks one.
server = ThreadingTCPServer(("127.0.0.1", 0), Upper)

with socket.create_connection(server.server_address) as client:
    client.sendall(b"hello\n")
