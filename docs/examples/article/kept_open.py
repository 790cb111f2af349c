"""A connection that is kept open: who serves it afterwards?"""

import socket
from socketserver import ForkingTCPServer, StreamRequestHandler, TCPServer


class Echo(StreamRequestHandler):
    """Answers one line."""

    def handle(self):
        self.wfile.write(self.rfile.readline())


class KeepMixIn:
    """Neither says goodbye nor closes."""

    timeout = 0.1

    def shutdown_request(self, request):
        self.kept = request

    def handle_timeout(self):
        print("  the server has heard no knock")


class Keeping(KeepMixIn, TCPServer):
    """Keeps each connection open."""


class ForkingAndKeeping(KeepMixIn, ForkingTCPServer):
    """Keeps it open in the child; the parent calls `close_request`."""


for kind in (Keeping, ForkingAndKeeping):
    print(kind.__name__)
    with kind(("127.0.0.1", 0), Echo) as server:
        with socket.create_connection(server.server_address) as client:
            client.sendall(b"first\n")
            server.handle_request()
            print("  first line: ", client.recv(100))
            if kind is Keeping:
                client.sendall(b"second\n")
                server.handle_request()
                server.kept.close()
            else:
                print(
                    "  then:       ",
                    client.recv(100),
                    "for the child has ended",
                )
