"""`verify_request` says no.

The server accepts the connection, looks at it, and closes it. No handler is
made. The client hears a goodbye and no word before it.
"""

import socketserver

from companion.xray.stage import Client, serving


class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline()
        self.wfile.write(line.upper())


class Strict(socketserver.TCPServer):
    def verify_request(self, request, client_address):
        return False


with Strict(("127.0.0.1", 0), Upper) as server:
    with serving(server):
        with Client(server) as client:
            client.receive()
