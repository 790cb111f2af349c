"""A client that comes while the server does nothing at all."""

import socket
import socketserver


class Shout(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.readline().upper())


with socketserver.TCPServer(("127.0.0.1", 0), Shout) as server:
    with socket.create_connection(server.server_address) as client:
        print("connected: nobody has accepted yet")
        client.sendall(b"hello\n")
        print("sent: nobody has read yet")
        server.handle_request()
        print("handled: the server is done")
        print("received:", client.recv(100))
