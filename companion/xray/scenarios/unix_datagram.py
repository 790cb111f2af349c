"""One request over Unix datagrams.

A client that wants an answer binds a path of its own: without it, the server
would not know where to send one.
"""

import socketserver
import tempfile

from companion.xray.stage import Client, serving


class Upper(socketserver.DatagramRequestHandler):
    def handle(self):
        line = self.rfile.read()
        self.wfile.write(line.upper())


with tempfile.TemporaryDirectory() as folder:
    with socketserver.UnixDatagramServer(f"{folder}/knock", Upper) as server:
        with serving(server):
            with Client(server, bind=f"{folder}/mine") as client:
                client.send(b"hello")
                client.receive()
