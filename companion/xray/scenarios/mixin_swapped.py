"""The two parents of a threading server, swapped.

`class Swapped(TCPServer, ThreadingMixIn)` looks like a threading server. But
`process_request` is found in `BaseServer` before the mix-in is asked, so the
handler runs in the loop, and nobody complains.
"""

import socketserver

from companion.xray.stage import Client, serving


class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline()
        self.wfile.write(line.upper())


class Swapped(socketserver.TCPServer, socketserver.ThreadingMixIn):
    pass


with Swapped(("127.0.0.1", 0), Upper) as server:
    with serving(server):
        with Client(server) as client:
            client.send(b"hello\n")
            client.receive()
            client.receive()
