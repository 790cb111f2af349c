"""What has to change in a handler, so that it can be put aside?

Three things. Its `handle` is written `async def`, and so are `setup`
and `finish`. What may wait is awaited: `await self.rfile.readline()`.
And the work is not done by the constructor, but when the handler itself
is awaited.

    class Echo(AsyncStreamRequestHandler):
        async def handle(self):
            while line := await self.rfile.readline():
                self.wfile.write(line)

The rest is as in the original: three methods, in the same order, and
the same two files.

Read before: `handlers`, `waiting`. Read next: `aio`, the server that
awaits its handlers.
"""

import asyncio
import contextlib
import socket
from typing import Any

from .base import Address, Request
from .stepping import _Steps
from .waiting import _Connection, _Memory


class AsyncBaseRequestHandler:
    """Handle one request when it is awaited.

        handler = Handler(request, client_address, server)
        await handler ──▶ setup, handle, finish

    A constructor cannot be put aside in the middle. So it is not the
    constructor that does the work here; all else is as in the original.
    """

    # Whether the handler was told to end, by a limit or by the server.
    cancelled = False

    def __init__(
        self, request: Request, client_address: Address, server: Any
    ) -> None:
        """Remember what there is to do.

        Raises `TypeError` where no loop runs, for there nobody awaits.
        """
        # A server that is not asynchronous would make us, forget us,
        # and hang up on the client without a word.
        try:
            asyncio.get_running_loop()

        # A server with a loop is one of `aio`.
        except RuntimeError:
            name = type(self).__name__
            error = f"{name} needs an asynchronous server: AsyncTCPServer"
            raise TypeError(error) from None

        # A connection that does not block; or a datagram, and the
        # listener that it came by.
        self.request = request
        self.client_address = client_address
        self.server = server

    def __await__(self) -> Any:
        """Run `setup`, `handle` and `finish`; raise what they raise."""
        return self._run().__await__()

    # -- For subclasses

    async def setup(self) -> None:
        """Prepare for `handle`."""

    async def handle(self) -> None:
        """Serve the client; what this returns is thrown away."""

    async def finish(self) -> None:
        """Clear away after `handle`, also when that has failed."""

    # -- Machinery

    async def _run(self) -> None:
        """Do what the constructor of `BaseRequestHandler` does."""
        # A word to each of the three that may be put aside.
        await self.setup()
        try:
            await self.handle()

        # For `finish`, which should keep nobody waiting any more.
        except asyncio.CancelledError:
            self.cancelled = True
            raise

        # As there: what was written before an error is still sent.
        finally:
            await self.finish()


class AsyncStreamRequestHandler(AsyncBaseRequestHandler):
    """Turn a connection into two files: await `rfile`, write `wfile`.

        client ── bytes ──▶ [ buffer ] ──▶ await rfile.readline()
        client ◀── bytes ── [ buffer ] ◀── wfile.write()

    Here writing has a buffer, too, for a write must not wait. It leaves
    when the handler is put aside. `await wfile.drain()` waits for a
    client that is far behind.
    """

    # In bytes: what `readline` takes for a line. A client that never
    # ends one could fill the memory.
    rbufsize = 64 * 1024

    # Seconds that a read, or a wait in `drain`, may last before it
    # raises `TimeoutError`. With None, a silent client keeps its
    # handler for ever, and nobody else.
    timeout: float | None = None

    # Small writes are gathered here already. To let the kernel gather
    # them once more (RFC 896) would make clients wait; TCP only.
    disable_nagle_algorithm = True

    # How the handler is stepped, once it is awaited.
    _steps: _Steps | None = None

    def __await__(self) -> Any:
        """Run the three as `AsyncBaseRequestHandler` does, but quicker."""
        # Most waits are for the connection, which can step us itself.
        self._steps = _Steps(self._run())
        return self._steps.__await__()

    # -- For subclasses

    async def setup(self) -> None:
        """Make `rfile` and `wfile`; await it first when you extend it."""
        # By two names, as in the original.
        self.connection: socket.socket = self.request

        # A Unix socket has no packets to hold back.
        inet = self.connection.family in (socket.AF_INET, socket.AF_INET6)
        if self.disable_nagle_algorithm and inet:
            level, option = socket.IPPROTO_TCP, socket.TCP_NODELAY
            self.connection.setsockopt(level, option, True)

        # One file by two names: while it waits to be read, it sends. A
        # server that does not watch for it leaves that to the loop.
        watch = getattr(self.server, "_watch", None)
        limit, timeout = self.rbufsize, self.timeout
        file = _Connection(self.connection, limit, timeout, watch, self._steps)
        self.rfile = self.wfile = file

    async def finish(self) -> None:
        """Send what is left in `wfile`, for as long as that takes.

        The connection stays open: closing it is the server's part.
        """
        # A client that is gone, or too slow, is no error of ours. For a
        # handler that was told to end, what the kernel takes must do.
        with contextlib.suppress(OSError):
            self.wfile.flush()
            if not self.cancelled:
                await self.wfile.drain(0)


class AsyncDatagramRequestHandler(AsyncBaseRequestHandler):
    """Turn a datagram into two files, so that `handle` looks the same."""

    # -- For subclasses

    async def setup(self) -> None:
        """Make `rfile` of the packet, and an empty `wfile`."""
        self.packet, self.socket = self.request
        self.rfile, self.wfile = _Memory(self.packet), _Memory()

    async def finish(self) -> None:
        """Send what was written, even nothing, as one datagram."""
        # As in `DatagramRequestHandler`: no address, no answer.
        answer, pause = self.wfile.getvalue(), 0.001
        while self.client_address is not None:
            # Whoever answers by the listener must not wait for it.
            try:
                self.socket.sendto(answer, self.client_address)
                return

            # A queue is full, ours or the client's; over Unix sockets,
            # what clients leave unread counts as ours. No selector can
            # tell when theirs has room, so we ask again, and less and
            # less often: hundreds may be asking.
            except BlockingIOError:
                await asyncio.sleep(pause)
                pause = min(2 * pause, 0.1)
