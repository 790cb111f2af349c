"""Two clients at once, a task for each, all in one thread.

Alice connects first and says nothing for a while. Her task is put aside at
its `await`, and the same thread serves Bob. Compare with two threads.
"""

import minisocketserver
from companion.xray.stage import Client, serving


class Upper(minisocketserver.AsyncStreamRequestHandler):
    async def handle(self):
        line = await self.rfile.readline()
        self.wfile.write(line.upper())


with minisocketserver.AsyncTCPServer(("127.0.0.1", 0), Upper) as server:
    with serving(server):
        with Client(server, "alice") as alice, Client(server, "bob") as bob:
            bob.send(b"me first\n")
            bob.receive()
            bob.receive()
            alice.send(b"at last\n")
            alice.receive()
            alice.receive()
