"""More than one question on one connection."""

import socket
import socketserver


class Shout(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.upper())


ours, theirs = socket.socketpair()
with ours, theirs:
    ours.sendall(b"one\ntwo\nthree\n")
    ours.shutdown(socket.SHUT_WR)  # "I have said all that I had to say"
    Shout(theirs, "nobody", None)
    print(ours.recv(100))
