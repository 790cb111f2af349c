"""The count of chapter 7 again, with tasks, and without a lock."""

import socket
import threading

from minisocketserver import AsyncStreamRequestHandler, AsyncTCPServer


class Hasty(AsyncStreamRequestHandler):
    async def handle(self):
        count = self.server.count
        self.wfile.write(b"?")
        await self.rfile.readline()
        self.server.count = count + 1


class Careful(AsyncStreamRequestHandler):
    async def handle(self):
        self.wfile.write(b"?")
        await self.rfile.readline()
        count = self.server.count
        self.server.count = count + 1


for handler in (Hasty, Careful):
    with AsyncTCPServer(("127.0.0.1", 0), handler) as server:
        server.count = 0
        loop = threading.Thread(target=server.serve_forever)
        loop.start()
        clients = [
            socket.create_connection(server.server_address) for _ in range(5)
        ]
        for client in clients:
            client.recv(1)  # its handler is in the middle
        for client in clients:
            client.sendall(b"go on\n")
            client.recv(1)  # its handler has ended
            client.close()
        server.shutdown()
        loop.join()
        print(f"{handler.__name__:8}{server.count}")
