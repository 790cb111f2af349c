"""The handler raises an exception.

`finish` runs all the same. The server reports the exception, closes the
connection, and goes on serving: one bad request must not end the loop.
"""

import socketserver

from companion.xray.stage import Client, serving


class Clumsy(socketserver.StreamRequestHandler):
    def handle(self):
        number = int(self.rfile.readline())
        self.wfile.write(b"%d\n" % (number + 1))


with socketserver.TCPServer(("127.0.0.1", 0), Clumsy) as server:
    with serving(server):
        with Client(server) as client:
            client.send(b"seven\n")
            client.receive()
