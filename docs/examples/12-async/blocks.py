"""One handler waits, and the other would end its waiting. May it?"""

import asyncio
import socket
import threading

from minisocketserver import AsyncStreamRequestHandler, AsyncTCPServer


class Rude(AsyncStreamRequestHandler):
    async def handle(self):
        if await self.rfile.readline() == b"wait\n":
            begun.set()
            came = await self.wait()
            self.wfile.write(b"somebody came" if came else b"nobody came")
        else:
            somebody.set()

    async def wait(self):
        return somebody.wait(0.2)


class Polite(Rude):
    async def wait(self):
        return await asyncio.to_thread(somebody.wait, 10)


for handler in (Rude, Polite):
    begun, somebody = threading.Event(), threading.Event()
    with AsyncTCPServer(("127.0.0.1", 0), handler) as server:
        loop = threading.Thread(target=server.serve_forever)
        loop.start()
        ann = socket.create_connection(server.server_address)
        bob = socket.create_connection(server.server_address)
        with ann, bob:
            ann.sendall(b"wait\n")
            begun.wait()
            bob.sendall(b"here I am\n")
            print(f"{handler.__name__:7}{ann.recv(100).decode()}")
        server.shutdown()
        loop.join()
