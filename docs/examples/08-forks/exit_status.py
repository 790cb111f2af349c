"""What does a child leave behind? One number."""

import os
import socket
import sys
from socketserver import BaseRequestHandler, ForkingTCPServer


class Well(BaseRequestHandler):
    """Comes through."""


class Badly(BaseRequestHandler):
    """Fails."""

    def handle(self):
        raise ValueError("the handler's mistake")


class Leaving(BaseRequestHandler):
    """Ends the process; or so it thinks."""

    def handle(self):
        sys.exit(7)


class Server(ForkingTCPServer):
    """Says in one word that there was a report."""

    def handle_error(self, request, client_address):
        request.sendall(b"reported")


for handler in (Well, Badly, Leaving):
    with Server(("127.0.0.1", 0), handler) as server:
        with socket.create_connection(server.server_address) as client:
            server.handle_request()
            said = client.recv(100).decode() or "no report"
        [child] = server.active_children
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(f"{handler.__name__:8}exit status {status}, {said}")
