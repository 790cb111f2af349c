"""A line that arrives in two pieces."""

import socket
import socketserver
import threading


class Raw(socketserver.BaseRequestHandler):
    def handle(self):
        print("recv:    ", self.request.recv(1024))
        go_on.set()


class Line(socketserver.StreamRequestHandler):
    def handle(self):
        go_on.set()
        print("readline:", self.rfile.readline())


def send_in_two(sock):
    sock.sendall(b"hel")
    go_on.wait()
    sock.sendall(b"lo\n")


for handler in (Raw, Line):
    go_on = threading.Event()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        client = threading.Thread(target=send_in_two, args=[ours])
        client.start()
        handler(theirs, "nobody", None)
        client.join()
