"""A handler that calls `shutdown`: who waits for whom?"""

import socket
import threading
from socketserver import (
    BaseRequestHandler,
    TCPServer,
    ThreadingTCPServer,
)


class Stopper(BaseRequestHandler):
    """Stops its own server; gives up waiting, so that this can be shown."""

    def handle(self):
        stopping = threading.Thread(target=self.server.shutdown)
        stopping.start()
        stopping.join(timeout=self.server.patience)
        waiting = stopping.is_alive()
        self.request.sendall(b"waits for us" if waiting else b"is back")
        self.server.stopping = stopping


for kind, patience in ((TCPServer, 0.1), (ThreadingTCPServer, 10)):
    with kind(("127.0.0.1", 0), Stopper) as server:
        server.patience = patience
        loop = threading.Thread(target=server.serve_forever)
        loop.start()
        with socket.create_connection(server.server_address) as client:
            said = client.recv(100).decode()
        loop.join()
        print(f"{kind.__name__:19}during handle(), shutdown() {said}")
    server.stopping.join()
