"""The handler raises `SystemExit`.

That is no `Exception`: it is meant for the whole program. The server closes
the connection and lets it by, and the loop ends. Compare with a handler that
raises an exception.
"""

import socketserver
import threading

from companion.xray.stage import Client, rest


class Quitter(socketserver.StreamRequestHandler):
    def handle(self):
        self.rfile.readline()
        raise SystemExit


with socketserver.TCPServer(("127.0.0.1", 0), Quitter) as server:
    loop = threading.Thread(target=server.serve_forever, name="loop")
    loop.start()
    with Client(server) as client:
        client.send(b"quit\n")
        client.receive()
    rest()
    loop.join()
