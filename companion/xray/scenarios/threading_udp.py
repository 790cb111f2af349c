"""A datagram, answered from a thread.

The thread answers by the server's own socket. There is no connection that it
could close when it is done.
"""

import socketserver

from companion.xray.stage import Client, serving


class Upper(socketserver.DatagramRequestHandler):
    def handle(self):
        line = self.rfile.read()
        self.wfile.write(line.upper())


with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Upper) as server:
    with serving(server):
        with Client(server) as client:
            client.send(b"hello")
            client.receive()
