"""No more than two at a time: a thread pool, in a dozen lines."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from socketserver import BaseRequestHandler, TCPServer, ThreadingMixIn


class PoolMixIn(ThreadingMixIn):
    """Hand each request to one of a few threads that stay."""

    def __init__(self, *args, workers, **kwargs):
        """Hire the workers; the server behind gets the rest."""
        self.pool = ThreadPoolExecutor(workers)
        super().__init__(*args, **kwargs)

    def process_request(self, request, client_address):
        job = self.process_request_thread
        self.pool.submit(job, request, client_address)

    def server_close(self):
        super().server_close()
        self.pool.shutdown()


class PoolTCPServer(PoolMixIn, TCPServer):
    """A pool in front of a server."""


class Handler(BaseRequestHandler):
    """Notes how many handlers are at work at the same time."""

    busy, most, lock = 0, 0, threading.Lock()

    def handle(self):
        with self.lock:
            Handler.busy += 1
            Handler.most = max(Handler.most, Handler.busy)
        self.request.sendall(b"?")
        self.request.recv(1)
        with self.lock:
            Handler.busy -= 1


with PoolTCPServer(("127.0.0.1", 0), Handler, workers=2) as server:
    clients = []
    for _ in range(6):
        clients.append(socket.create_connection(server.server_address))
        server.handle_request()
    # Both workers ask before either is let go: so both are at work.
    for pair in zip(clients[::2], clients[1::2], strict=True):
        for client in pair:
            client.recv(1)
        for client in pair:
            client.close()
print("six clients at the door, most at work at once:", Handler.most)
