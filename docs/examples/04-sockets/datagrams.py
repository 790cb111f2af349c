"""What a request is, for a UDPServer."""

import socket
import socketserver


class Tell(socketserver.BaseRequestHandler):
    def handle(self):
        data, sock = self.request
        print(len(data), "bytes;", "its socket is the server's own:", end=" ")
        print(sock is self.server.socket)


with socketserver.UDPServer(("127.0.0.1", 0), Tell) as server:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        for size in (5, 0, 9000):
            client.sendto(b"x" * size, server.server_address)
            server.handle_request()
