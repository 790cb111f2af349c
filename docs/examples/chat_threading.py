"""The chat with threads: python3 -m docs.examples.chat_threading

A client has two threads. One waits for what the client says, the other for
what the client has to hear: neither could wait for both.

With --redis HOST:PORT, several of these processes are one chat, on one port
of one machine or on several machines.
"""

import contextlib
import socket
import sys
import threading

from docs.examples.chat import LINE, ChatMixIn, Guest, serve
from minisocketserver import StreamRequestHandler, ThreadingTCPServer


class ChatHandler(StreamRequestHandler):
    """One client."""

    def handle(self):
        guest = Guest(self.server.hub)
        writer = threading.Thread(target=self.write, args=[guest], daemon=True)
        writer.start()
        # A client that vanishes is one that goes home.
        with contextlib.suppress(OSError):
            while (line := self.rfile.readline(LINE)) and guest.hear(line):
                pass
        guest.go()
        writer.join(1)  # a client that does not read must not keep us

    def write(self, guest):
        """Write what there is to hear; then the one who reads may end."""
        with guest.inbox, contextlib.suppress(OSError):
            for message in guest.inbox:
                self.wfile.write(guest.written(message))
            self.connection.shutdown(socket.SHUT_RDWR)


class ChatServer(ChatMixIn, ThreadingTCPServer):
    """All clients that this process serves."""

    daemon_threads = True  # Ctrl-C does not wait for the guests

    def __init__(self, address, redis=None):
        super().__init__(address, ChatHandler, redis)


if __name__ == "__main__":
    sys.exit(serve(ChatServer, "redis"))
