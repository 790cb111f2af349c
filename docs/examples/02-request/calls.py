"""One request, and every method that it passes through."""

import socket
import socketserver

running = []


def telling(cls, name):
    """Return a method that says its name, then does what it did before."""
    usual = getattr(cls, name)

    def method(self, *arguments):
        print("    " * len(running) + name)
        running.append(name)
        result = usual(self, *arguments)
        running.pop()
        return result

    return method


class Server(socketserver.TCPServer):
    pass


class Shout(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.readline().upper())


for name in (
    "handle_request",
    "get_request",
    "verify_request",
    "process_request",
    "finish_request",
    "shutdown_request",
    "close_request",
):
    setattr(Server, name, telling(Server, name))
for name in ("__init__", "setup", "handle", "finish"):
    setattr(Shout, name, telling(Shout, name))

with Server(("127.0.0.1", 0), Shout) as server:
    with socket.create_connection(server.server_address) as client:
        client.sendall(b"hello\n")
        server.handle_request()
