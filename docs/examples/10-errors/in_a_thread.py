"""The same two errors, in a thread of their own."""

import socket
import sys
import threading
from socketserver import BaseRequestHandler, ThreadingTCPServer


class Failing(BaseRequestHandler):
    """Raises what the server says."""

    def handle(self):
        raise self.server.error


class Server(ThreadingTCPServer):
    """Prints a report that fits on one line."""

    def handle_error(self, request, client_address):
        here = threading.current_thread() is threading.main_thread()
        where = "the loop's thread" if here else "the handler's thread"
        print(f"reported in {where}: {sys.exc_info()[0].__name__}")


for error in (ValueError, SystemExit):
    with Server(("127.0.0.1", 0), Failing) as server:
        server.error = error
        with socket.create_connection(server.server_address) as client:
            server.handle_request()
            closed = client.recv(1) == b""
    print(f"{error.__name__}: the loop goes on, connection closed: {closed}")
