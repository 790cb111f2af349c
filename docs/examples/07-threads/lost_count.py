"""Five requests, counted on the server: how many are there in the end?"""

import socket
import threading
from socketserver import BaseRequestHandler, ThreadingTCPServer

CLIENTS = 5
all_have_read = threading.Barrier(CLIENTS)


class Hasty(BaseRequestHandler):
    """Counts as `self.server.count += 1` does, in slow motion."""

    def handle(self):
        old = self.server.count
        all_have_read.wait(timeout=10)
        self.server.count = old + 1


class Careful(BaseRequestHandler):
    """Counts while nobody else may."""

    def handle(self):
        with self.server.lock:
            self.server.count += 1


for handler in (Hasty, Careful):
    with ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.count = 0
        server.lock = threading.Lock()
        clients = []
        for _ in range(CLIENTS):
            clients.append(socket.create_connection(server.server_address))
            server.handle_request()
    # The end of `with` has closed the server, and so waited for the threads.
    for client in clients:
        client.close()
    print(f"{handler.__name__:8}{CLIENTS} requests, count = {server.count}")
