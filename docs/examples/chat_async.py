"""The chat with tasks: python3 -m docs.examples.chat_async

A client has two tasks, one that waits for what the client says, and one for
what the client has to hear. All of them share one thread, so ten thousand
guests who say nothing cost next to nothing.

With --redis HOST:PORT, several of these processes are one chat, and so they
are with those of `chat_threading`.
"""

import asyncio
import contextlib
import socket
import sys

from docs.examples.chat import LINE, ChatMixIn, Guest, serve
from minisocketserver import AsyncStreamRequestHandler, AsyncTCPServer


class ChatHandler(AsyncStreamRequestHandler):
    """One client."""

    async def handle(self):
        guest = Guest(self.server.hub)
        writer = asyncio.create_task(self.write(guest))
        # A client that vanishes is one that goes home.
        try:
            with contextlib.suppress(OSError):
                while line := await self.rfile.readline(LINE):
                    if not guest.hear(line):
                        break
                    # Whoever says much at once lets others speak, too.
                    await asyncio.sleep(0)
        finally:
            guest.go()
            # A client that does not read must not keep us.
            await asyncio.wait([writer], timeout=1)
            writer.cancel()

    async def write(self, guest):
        """Write what there is to hear; then the one who reads may end."""
        with guest.inbox, contextlib.suppress(OSError):
            async for message in guest.inbox:
                self.wfile.write(guest.written(message))
                await self.wfile.drain()
            await self.wfile.drain(0)
            self.connection.shutdown(socket.SHUT_RDWR)


class ChatServer(ChatMixIn, AsyncTCPServer):
    """All clients that this process serves."""

    def __init__(self, address, redis=None):
        super().__init__(address, ChatHandler, redis)


if __name__ == "__main__":
    sys.exit(serve(ChatServer, "redis"))
