"""Two requests on one connection.

The server makes one handler for a connection, not for a line. As long as
`handle` has not returned, the connection stays open, and the handler decides
how often it answers.
"""

import socketserver

from companion.xray.stage import Client, serving


class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.upper())


with socketserver.TCPServer(("127.0.0.1", 0), Upper) as server:
    with serving(server):
        with Client(server) as client:
            client.send(b"hello\n")
            client.receive()
            client.send(b"again\n")
            client.receive()
