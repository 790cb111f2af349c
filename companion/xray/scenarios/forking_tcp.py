"""A process for the client: who closes what?

`fork` returns twice. The parent closes its copy of the connection and goes
back to the loop. The child answers, says goodbye, and ends. On the next turn
of its loop, the parent collects what is left of the child.
"""

import socketserver

from companion.xray.stage import (
    Client,
    children_ended,
    let_time_pass,
    serving,
)


class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline()
        self.wfile.write(line.upper())


with socketserver.ForkingTCPServer(("127.0.0.1", 0), Upper) as server:
    with serving(server):
        with Client(server) as client:
            client.send(b"hello\n")
            client.receive()
            client.receive()
            children_ended()
        let_time_pass()
