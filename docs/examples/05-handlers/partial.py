"""A handler that is given more than the server gives it."""

import functools
import socket
import socketserver


class Sign(socketserver.StreamRequestHandler):
    def __init__(self, *usual, name):
        self.name = name  # first: the next line does all the work
        super().__init__(*usual)

    def handle(self):
        self.wfile.write(b"yours, " + self.name)


sign_as_ada = functools.partial(Sign, name=b"Ada")

with socketserver.TCPServer(("127.0.0.1", 0), sign_as_ada) as server:
    with socket.create_connection(server.server_address) as client:
        server.handle_request()
        print(client.recv(100))
