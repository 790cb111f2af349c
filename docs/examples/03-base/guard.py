"""A server that looks at its clients before it lets them in."""

import socket
import socketserver


class Welcome(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"welcome\n")


class EverySecond(socketserver.TCPServer):
    clients = 0

    def verify_request(self, request, client_address):
        self.clients += 1
        return self.clients % 2 == 0


with EverySecond(("127.0.0.1", 0), Welcome) as server:
    for number in (1, 2, 3, 4):
        with socket.create_connection(server.server_address) as client:
            server.handle_request()
            print("client", number, "reads", client.recv(100))
