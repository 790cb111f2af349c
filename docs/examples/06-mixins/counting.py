"""A mix-in of your own: it counts, and hands everything on."""

import socket
import threading
from socketserver import BaseRequestHandler, TCPServer, ThreadingMixIn


class CountingMixIn:
    """Count the requests that are processed."""

    count = 0

    def process_request(self, request, client_address):
        self.count += 1
        super().process_request(request, client_address)


class Counted(CountingMixIn, TCPServer):
    """Two in line: count, then serve."""


class Both(CountingMixIn, ThreadingMixIn, TCPServer):
    """Three in line: count, then start a thread."""


class Uncounted(ThreadingMixIn, CountingMixIn, TCPServer):
    """The thread is started, and nobody asks the rest of the line."""


class Where(BaseRequestHandler):
    """Tells the client in which thread it is served."""

    def handle(self):
        here = threading.current_thread()
        loop = here is threading.main_thread()
        self.request.sendall(b"the loop's" if loop else b"its own")


for kind in (Counted, Both, Uncounted):
    with kind(("127.0.0.1", 0), Where) as server:
        for _ in range(3):
            with socket.create_connection(server.server_address) as client:
                server.handle_request()
                thread = client.recv(100).decode()
    print(f"{kind.__name__:11}counted {server.count}, thread: {thread}")
