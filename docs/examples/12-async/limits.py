"""Three limits, and a client who says nothing."""

import asyncio
import contextlib
import socket
import sys
import threading

from minisocketserver import AsyncStreamRequestHandler, AsyncTCPServer


class Greet(AsyncStreamRequestHandler):
    async def handle(self):
        self.wfile.write(b"welcome\n")
        try:
            await self.rfile.readline()
        except asyncio.CancelledError:
            self.wfile.write(b"sorry, it is late\n")
            raise


class Server(AsyncTCPServer):
    def handle_error(self, request, client_address):
        print("  reported:", sys.exc_info()[0].__name__)


@contextlib.contextmanager
def serving(**limits):
    """Serve with some limits; give a client's file, to read from."""
    with Server(("127.0.0.1", 0), Greet) as server:
        vars(server).update(limits)
        loop = threading.Thread(target=server.serve_forever)
        loop.start()
        with connected(server) as silent:
            yield server, silent
        server.shutdown()
        loop.join()


@contextlib.contextmanager
def connected(server):
    with socket.create_connection(server.server_address) as client:
        client.settimeout(10)
        with client.makefile("r") as file:
            print(" ", file.readline().strip())
            yield file


print("time_limit")
with serving(time_limit=0.1) as (server, silent):
    print(" ", silent.read().strip())

print("grace_period")
with serving(grace_period=0.1) as (server, silent):
    server.shutdown()
    print(" ", silent.read().strip())

print("max_connections")
with serving(max_connections=1) as (server, silent):
    with socket.create_connection(server.server_address) as second:
        second.settimeout(0.2)
        try:
            print("  the second hears", second.recv(100))
        except TimeoutError:
            print("  the second waits at the door")
