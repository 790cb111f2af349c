"""One `handle`, over a connection and over a datagram."""

import socket
import socketserver


class Shout:
    def handle(self):
        self.wfile.write(self.rfile.readline().upper())


class StreamShout(Shout, socketserver.StreamRequestHandler):
    pass


class DatagramShout(Shout, socketserver.DatagramRequestHandler):
    pass


with socketserver.TCPServer(("127.0.0.1", 0), StreamShout) as server:
    with socket.create_connection(server.server_address) as client:
        client.sendall(b"by stream\n")
        server.handle_request()
        print(client.recv(100))

with socketserver.UDPServer(("127.0.0.1", 0), DatagramShout) as server:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"by datagram\n", server.server_address)
        server.handle_request()
        print(client.recv(100))
