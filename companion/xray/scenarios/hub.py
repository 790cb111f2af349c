"""Two handlers that hear of each other, by way of a hub.

Bob's handler asks the hub for a queue and waits at it. Alice's handler tells
the hub what she has said, and is done: she waits for nobody. Neither of the
two handlers knows that the other is there.
"""

import minisocketserver
from companion.xray.stage import Client, serving


class Room(minisocketserver.AsyncStreamRequestHandler):
    async def handle(self):
        line = await self.rfile.readline()
        if line == b"listen\n":
            inbox = self.server.hub.listen("room")
            self.wfile.write(await anext(inbox))
        else:
            self.server.hub.publish("room", line)


class Chat(minisocketserver.HubMixIn, minisocketserver.AsyncTCPServer):
    pass


with Chat(("127.0.0.1", 0), Room) as server:
    with serving(server):
        with Client(server, "alice") as alice, Client(server, "bob") as bob:
            bob.send(b"listen\n")
            alice.send(b"tea?\n")
            bob.receive()
            alice.receive()
            bob.receive()
