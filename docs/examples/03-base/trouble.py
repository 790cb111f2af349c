"""A handler that fails, between two that do not."""

import socket
import socketserver


class Divide(socketserver.StreamRequestHandler):
    def handle(self):
        number = int(self.rfile.readline())
        self.wfile.write(str(100 // number).encode())


class Calm(socketserver.TCPServer):
    def handle_error(self, request, client_address):
        print("the server notes: a request went wrong")


with Calm(("127.0.0.1", 0), Divide) as server:
    for line in (b"5\n", b"0\n", b"10\n"):
        with socket.create_connection(server.server_address) as client:
            client.sendall(line)
            server.handle_request()
            print("sent", line, "received", client.recv(100))
