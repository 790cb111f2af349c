"""A handler without a server."""

import socket
import socketserver


class Shout(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.readline().upper())


ours, theirs = socket.socketpair()
with ours, theirs:
    ours.sendall(b"hello\n")
    Shout(theirs, "nobody", None)
    print(ours.recv(100))
