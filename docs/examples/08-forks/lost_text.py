"""What a child writes into a buffer and does not flush is gone."""

import socket
import tempfile
from socketserver import BaseRequestHandler, ForkingTCPServer


class Writer(BaseRequestHandler):
    """Writes two lines into a file that the parent has opened."""

    def handle(self):
        log.write("child: flushed\n")
        log.flush()
        log.write("child: left in the buffer\n")


with tempfile.TemporaryFile("w+") as log:
    with ForkingTCPServer(("127.0.0.1", 0), Writer) as server:
        with socket.create_connection(server.server_address) as client:
            server.handle_request()
            client.recv(1)
    log.write("parent: after the request\n")
    log.seek(0)
    print(log.read(), end="")
