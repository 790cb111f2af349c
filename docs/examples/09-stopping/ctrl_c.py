"""Ctrl-C while a handler is at work: what is closed, and by whom?"""

import signal
import socket
from socketserver import BaseRequestHandler, TCPServer

# A shell that starts us in the background has switched Ctrl-C off.
signal.signal(signal.SIGINT, signal.default_int_handler)


class Interrupted(BaseRequestHandler):
    """The user presses Ctrl-C in the middle of this."""

    def handle(self):
        signal.raise_signal(signal.SIGINT)


with TCPServer(("127.0.0.1", 0), Interrupted) as server:
    with socket.create_connection(server.server_address) as client:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("the loop has ended, by KeyboardInterrupt")
        print("the client has heard the end:", client.recv(1) == b"")
    print("the listener is open:", server.fileno() != -1)
print("after the with block:", server.fileno() != -1)
