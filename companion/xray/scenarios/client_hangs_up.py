"""A client that hangs up without a word.

`readline` comes back with nothing: that is how a handler learns that the
client has gone. The server says goodbye to nobody, which is no error.
"""

import socketserver

from companion.xray.stage import Client, serving


class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline()
        if line:
            self.wfile.write(line.upper())


with socketserver.TCPServer(("127.0.0.1", 0), Upper) as server:
    with serving(server):
        client = Client(server)
        client.close()
