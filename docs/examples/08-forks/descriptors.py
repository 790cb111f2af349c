"""How many descriptors does the parent lose, if it keeps its copies?"""

import pathlib
import socket
from socketserver import BaseRequestHandler, ForkingTCPServer

ROUNDS = 10


class Hoarder(ForkingTCPServer):
    """Forgets to close, in the parent and in the child."""

    def close_request(self, request):
        self.kept.append(request)


def descriptors():
    """Count what this process has open."""
    return len(list(pathlib.Path("/dev/fd").iterdir()))


for kind in (ForkingTCPServer, Hoarder):
    with kind(("127.0.0.1", 0), BaseRequestHandler) as server:
        server.kept = []
        before = descriptors()
        for _ in range(ROUNDS):
            with socket.create_connection(server.server_address) as client:
                server.handle_request()
                heard_the_end = client.recv(1) == b""
        lost = descriptors() - before
        for request in server.kept:
            request.close()
    print(f"{kind.__name__:17}{ROUNDS} clients, {lost:2} descriptors lost;")
    print(f"{'':17}the client heard the end: {heard_the_end}")
