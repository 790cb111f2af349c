"""A datagram handler answers, whether it has something to say or not."""

import socket
from socketserver import DatagramRequestHandler, UDPServer


class Silent(DatagramRequestHandler):
    """Says nothing."""

    def handle(self):
        """Write nothing."""


class Failing(DatagramRequestHandler):
    """Fails in the middle of a sentence."""

    def handle(self):
        self.wfile.write(b"the answer is")
        raise ValueError("no idea")


class Server(UDPServer):
    """Makes no noise."""

    def handle_error(self, request, client_address):
        """Keep quiet: this is about the answer."""


for handler in (Silent, Failing):
    with Server(("127.0.0.1", 0), handler) as server:
        with socket.socket(type=socket.SOCK_DGRAM) as client:
            client.settimeout(5)
            client.sendto(b"?", server.server_address)
            server.handle_request()
            print(f"{handler.__name__:8}the client gets {client.recv(100)}")
