"""A server whose address is a path."""

import os
import socket
import socketserver
import tempfile


class Shout(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.readline().upper())


with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "door")
    with socketserver.UnixStreamServer(path, Shout) as server:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)
            client.sendall(b"hello\n")
            server.handle_request()
            print("received:", client.recv(100))
    print("closed; the file is still there:", os.path.exists(path))
    try:
        socketserver.UnixStreamServer(path, Shout)
    except OSError as error:
        print("a second server:", error.strerror)
