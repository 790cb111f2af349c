"""Three requests, counted on the server: in whose memory?"""

import os
import socket
from socketserver import BaseRequestHandler, ForkingTCPServer

PARENT = os.getpid()


class Count(BaseRequestHandler):
    """Counts on the server and tells the client."""

    def handle(self):
        self.server.count += 1
        who = "parent" if os.getpid() == PARENT else "child"
        self.request.sendall(f"{who} counts {self.server.count}".encode())


with ForkingTCPServer(("127.0.0.1", 0), Count) as server:
    server.count = 0
    for _ in range(3):
        with socket.create_connection(server.server_address) as client:
            server.handle_request()
            print(client.recv(100).decode())
    print("parent counts", server.count)
