"""Reports where the others are: in the log of the program."""

import logging
import socket
import sys
from socketserver import BaseRequestHandler, TCPServer

logging.basicConfig(format="%(levelname)s %(message)s", stream=sys.stdout)


class LoggingMixIn:
    """Hand each error to `logging`, with its traceback if one wants it."""

    def handle_error(self, request, client_address):
        host = client_address[0]
        logging.error("request from %s: %r", host, sys.exc_info()[1])


class Server(LoggingMixIn, TCPServer):
    """A server that logs."""


class Failing(BaseRequestHandler):
    """Fails."""

    def handle(self):
        raise ValueError("no such page")


with Server(("127.0.0.1", 0), Failing) as server:
    with socket.create_connection(server.server_address):
        server.handle_request()
