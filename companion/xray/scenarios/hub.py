"""Two handlers that hear of each other, by way of a hub.

Bob's handler asks the hub for a queue and waits at it. Ann's tells the hub
what she has said, and is done: neither knows that the other is there.
"""

import minisocketserver
from companion.xray.stage import Client, serving


class Room(minisocketserver.AsyncStreamRequestHandler):
    async def handle(self):
        line = await self.rfile.readline()
        if line == b"?\n":
            inbox = self.server.hub.listen("tea")
            self.wfile.write(await anext(inbox))
        else:
            self.server.hub.publish("tea", line)


class Chat(minisocketserver.HubMixIn, minisocketserver.AsyncTCPServer):
    pass


with Chat(("127.0.0.1", 0), Room) as server:
    with serving(server):
        with Client(server, "ann") as ann, Client(server, "bob") as bob:
            bob.send(b"?\n")
            ann.send(b"hot!\n")
            bob.receive()
