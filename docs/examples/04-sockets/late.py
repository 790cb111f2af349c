"""A setting that comes too late, and the same one in time."""

import socket
import socketserver

Handler = socketserver.BaseRequestHandler


def is_set(server):
    option = socket.SOL_SOCKET, socket.SO_REUSEADDR
    return bool(server.socket.getsockopt(*option))


with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
    server.allow_reuse_address = True
    print("set on the server, afterwards:", is_set(server))


class Reusing(socketserver.TCPServer):
    allow_reuse_address = True


with Reusing(("127.0.0.1", 0), Handler) as server:
    print("set on the class, before:     ", is_set(server))
