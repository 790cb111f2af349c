"""Does `server_close` wait for the handlers? Ask the two settings."""

import socket
import threading
from socketserver import BaseRequestHandler, TCPServer, ThreadingMixIn

journal = []
listener_closed = threading.Event()


class Handler(BaseRequestHandler):
    """At work until the client says something."""

    def handle(self):
        self.request.recv(100)
        journal.append("handler is done")


class Telling(TCPServer):
    """Tells when its listener is closed."""

    def server_close(self):
        super().server_close()
        listener_closed.set()


class Server(ThreadingMixIn, Telling):
    """The mix-in's `server_close` calls the one above by super()."""


def close(server):
    """Close the server, and put down when that is over."""
    server.server_close()
    journal.append("server_close is back")


def play(name, waits, **settings):
    """One client, one close; the client speaks when the door is shut."""
    journal.clear()
    listener_closed.clear()
    server = type("Server", (Server,), settings)(("127.0.0.1", 0), Handler)
    closing = threading.Thread(target=close, args=[server])
    with socket.create_connection(server.server_address) as client:
        server.handle_request()
        closing.start()
        listener_closed.wait()
        # A close that does not wait is over before the client speaks.
        if not waits:
            closing.join()
        client.sendall(b"done")
        client.recv(1)
    closing.join()
    print(f"{name:24}{', then '.join(journal)}")


play("as it comes", waits=True)
play("block_on_close = False", waits=False, block_on_close=False)
play("daemon_threads = True", waits=False, daemon_threads=True)
