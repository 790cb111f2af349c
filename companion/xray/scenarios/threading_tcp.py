"""Two clients at once, a thread for each.

Alice connects first and says nothing for a while. Bob comes later and is
served at once, because Alice's handler waits in a thread of its own.
"""

import socketserver

from companion.xray.stage import Client, serving


class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline()
        self.wfile.write(line.upper())


with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Upper) as server:
    with serving(server):
        with Client(server, "alice") as alice, Client(server, "bob") as bob:
            bob.send(b"me first\n")
            bob.receive()
            bob.receive()
            alice.send(b"at last\n")
            alice.receive()
            alice.receive()
