"""A chat with a list of clients, and one of them who does not listen."""

import socket
import threading
from socketserver import StreamRequestHandler, ThreadingTCPServer


class Shout(StreamRequestHandler):
    """Send each line to all the others."""

    def handle(self):
        self.server.clients.append(self.request)
        self.server.joined.release()
        for line in self.rfile:
            for client in self.server.clients:
                if client is not self.request:
                    client.sendall(line)


class Chat(ThreadingTCPServer):
    """Knows all its clients."""

    def handle_error(self, request, client_address):
        """Print nothing: at the end, Bob is gone in the middle of a line."""


with Chat(("127.0.0.1", 0), Shout) as server:
    server.clients, server.joined = [], threading.Semaphore(0)
    loop = threading.Thread(target=server.serve_forever)
    loop.start()
    ann = socket.create_connection(server.server_address)
    bob = socket.create_connection(server.server_address)
    with ann, bob:
        for _ in (ann, bob):
            server.joined.acquire()

        # Bob is there, and never reads.
        ann.settimeout(1)
        try:
            for _ in range(100_000):
                ann.sendall(b"tea? " * 1000 + b"\n")
            print("Ann has said what she had to say.")
        except TimeoutError:
            print("Ann is stuck: nobody reads her words any more.")
    server.shutdown()
    loop.join()
