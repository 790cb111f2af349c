"""A hundred clients who say nothing: how many threads wait for them?"""

import contextlib
import socket
import threading
from socketserver import StreamRequestHandler, ThreadingTCPServer

from minisocketserver import AsyncStreamRequestHandler, AsyncTCPServer


class Echo(StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"welcome\n")
        self.wfile.write(self.rfile.readline())


class AsyncEcho(AsyncStreamRequestHandler):
    async def handle(self):
        self.wfile.write(b"welcome\n")
        self.wfile.write(await self.rfile.readline())


def connect(server, clients):
    """Be a client, as soon as a handler is there for it."""
    client = socket.create_connection(server.server_address)
    client = clients.enter_context(client)
    client.recv(100)
    return client


for kind, handler in [
    (ThreadingTCPServer, Echo),
    (AsyncTCPServer, AsyncEcho),
]:
    with kind(("127.0.0.1", 0), handler) as server:
        loop = threading.Thread(target=server.serve_forever)
        loop.start()
        with contextlib.ExitStack() as clients:
            before = threading.active_count()
            for _ in range(100):
                connect(server, clients)
            more = threading.active_count() - before
            print(f"{kind.__name__}: {more} more threads,", end=" ")

            last = connect(server, clients)
            last.sendall(b"quick one")
            last.shutdown(socket.SHUT_WR)
            print("and the last client hears", last.recv(100).decode())
        server.shutdown()
        loop.join()
