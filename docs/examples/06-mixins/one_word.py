"""In which thread does a handler run? It depends on one word."""

import socket
import threading
from socketserver import BaseRequestHandler, TCPServer, ThreadingMixIn


class Plain(TCPServer):
    """No mix-in."""


class Mixed(ThreadingMixIn, TCPServer):
    """The mix-in in front."""


class Swapped(TCPServer, ThreadingMixIn):
    """The same two parents, the other way round."""


class Where(BaseRequestHandler):
    """Tells the client in which thread it is served."""

    def handle(self):
        here = threading.current_thread()
        loop = here is threading.main_thread()
        answer = b"in the loop's thread" if loop else b"in one of its own"
        self.request.sendall(answer)


for kind in (Plain, Mixed, Swapped):
    with kind(("127.0.0.1", 0), Where) as server:
        with socket.create_connection(server.server_address) as client:
            server.handle_request()
            answer = client.recv(100).decode()
    print(f"{kind.__name__:8}{answer}")
