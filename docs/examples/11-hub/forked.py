"""A handler in a process of its own asks for the hub."""

import socket
import sys
from socketserver import BaseRequestHandler, ForkingTCPServer

from minisocketserver import HubMixIn


class Guest(BaseRequestHandler):
    def handle(self):
        self.server.hub.publish("room", "does anybody hear me?")


class Chat(HubMixIn, ForkingTCPServer):
    """The hub is in the parent, and the handlers are not."""

    def handle_error(self, request, client_address):
        said = sys.exc_info()[1]
        request.sendall(f"{type(said).__name__}: {said}".encode())


with Chat(("127.0.0.1", 0), Guest) as server:
    with socket.create_connection(server.server_address) as client:
        server.handle_request()
        print(client.recv(1000).decode())
