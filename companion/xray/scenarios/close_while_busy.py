"""`server_close` while a thread still works.

The loop has ended, but a handler has not. `server_close` closes the listener
and then waits for the thread, until the client lets the handler finish.
"""

import socketserver

from companion.xray.stage import Client, later, serving


class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline()
        self.wfile.write(line.upper())


server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Upper)
with serving(server):
    client = Client(server)
helper = later(lambda: client.send(b"sorry, I am slow\n"))
server.server_close()
client.receive()
client.receive()
client.close()
helper.join()
