"""One request over a Unix socket.

The address is a path, and the client has none. One attribute is different
from TCP; look for a single method that is.
"""

import socketserver
import tempfile

from companion.xray.stage import Client, serving


class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline()
        self.wfile.write(line.upper())


with tempfile.TemporaryDirectory() as folder:
    with socketserver.UnixStreamServer(f"{folder}/knock", Upper) as server:
        with serving(server):
            with Client(server) as client:
                client.send(b"hello\n")
                client.receive()
                client.receive()
