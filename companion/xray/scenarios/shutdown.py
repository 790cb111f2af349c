"""`shutdown`, called from another thread.

The main thread leaves its wish and waits. The loop's thread finds the wish,
leaves the loop, and says so by an event. Only then does `shutdown` return.
"""

import socketserver
import threading

from companion.xray.stage import rest


class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline()
        self.wfile.write(line.upper())


with socketserver.TCPServer(("127.0.0.1", 0), Upper) as server:
    loop = threading.Thread(target=server.serve_forever, name="loop")
    loop.start()
    rest()
    server.shutdown()
    loop.join()
