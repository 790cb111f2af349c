"""Two counters: one on the handler, one on the server."""

import socket
import socketserver


class Count(socketserver.BaseRequestHandler):
    mine = 0

    def handle(self):
        self.mine += 1
        self.server.everybody += 1
        print("mine:", self.mine, " everybody:", self.server.everybody)


with socketserver.TCPServer(("127.0.0.1", 0), Count) as server:
    server.everybody = 0
    for _ in range(3):
        with socket.create_connection(server.server_address):
            server.handle_request()
