"""Where does a server keep its threads? In a list that appears late."""

import socket
from socketserver import (
    BaseRequestHandler,
    ThreadingMixIn,
    ThreadingTCPServer,
)


def serve_one(server):
    """Connect, have it handled, hang up."""
    with socket.create_connection(server.server_address) as client:
        server.handle_request()
        client.recv(1)


def kind(threads):
    """Return the name of a list's class."""
    return type(threads).__name__


with ThreadingTCPServer(("127.0.0.1", 0), BaseRequestHandler) as server:
    print("before a request:", kind(server._threads))
    serve_one(server)
    print("after a request: ", kind(server._threads))
    print("on the class:    ", kind(ThreadingMixIn._threads))

    for _ in range(200):
        serve_one(server)
    print("201 requests, a handful of threads kept:", len(server._threads) < 9)
