"""A handler that prepares something of its own, and forgets its parent."""

import socket
import socketserver


class Polite(socketserver.StreamRequestHandler):
    def setup(self):
        self.greeting = b"dear client: "

    def handle(self):
        line = self.rfile.readline()
        self.wfile.write(self.greeting + line)


class Mended(Polite):
    def setup(self):
        socketserver.StreamRequestHandler.setup(self)
        Polite.setup(self)


for handler in (Polite, Mended):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(b"hello\n")
        try:
            handler(theirs, "nobody", None)
            print("the client reads", ours.recv(100))
        except AttributeError as error:
            print("reported:", error)
            print("but first:", error.__context__)
