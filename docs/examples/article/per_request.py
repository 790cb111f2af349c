"""A thread per user, per connection, or per request? Count."""

import socket
from socketserver import (
    DatagramRequestHandler,
    StreamRequestHandler,
    ThreadingTCPServer,
    ThreadingUDPServer,
)


class CountThreadsMixIn:
    """Counts how often a thread is made."""

    threads = 0

    def process_request(self, request, client_address):
        self.threads += 1
        super().process_request(request, client_address)


class TCP(CountThreadsMixIn, ThreadingTCPServer):
    """A thread per connection."""


class UDP(CountThreadsMixIn, ThreadingUDPServer):
    """A thread per datagram."""


class Lines(StreamRequestHandler):
    """Answers three lines."""

    def handle(self):
        for _ in range(3):
            self.wfile.write(self.rfile.readline())


class Packet(DatagramRequestHandler):
    """Answers one packet: there is no more in a request."""

    def handle(self):
        self.wfile.write(self.rfile.read())


with TCP(("127.0.0.1", 0), Lines) as server:
    with socket.create_connection(server.server_address) as client:
        server.handle_request()
        for _ in range(3):
            client.sendall(b"hello\n")
            client.recv(100)
print("one user, three lines by TCP:  ", server.threads, "thread")

with UDP(("127.0.0.1", 0), Packet) as server:
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        for _ in range(3):
            client.sendto(b"hello\n", server.server_address)
            server.handle_request()
            client.recv(100)
print("one user, three packets by UDP:", server.threads, "threads")
