"""One request over TCP.

A client connects, sends a line, and gets it back in capital letters. Watch
which class supplies each method on the way from `connect` to `close`.
"""

import socketserver

from companion.xray.stage import Client, serving


class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline()
        self.wfile.write(line.upper())


with socketserver.TCPServer(("127.0.0.1", 0), Upper) as server:
    with serving(server):
        with Client(server) as client:
            client.send(b"hello\n")
            client.receive()
            client.receive()
