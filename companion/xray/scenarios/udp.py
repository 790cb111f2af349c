"""One request over UDP.

Nothing is accepted and nothing is closed: the packet is the request, and the
server's only socket brings the answer back.
"""

import socketserver

from companion.xray.stage import Client, serving


class Upper(socketserver.DatagramRequestHandler):
    def handle(self):
        line = self.rfile.read()
        self.wfile.write(line.upper())


with socketserver.UDPServer(("127.0.0.1", 0), Upper) as server:
    with serving(server):
        with Client(server) as client:
            client.send(b"hello")
            client.receive()
