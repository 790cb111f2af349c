"""Why does constructing a handler handle the request?

A server knows nothing of what its clients want. For each request it
calls one callable, with the request, the client's address and itself.
A class is a callable, so a *handler class* is handed over, and its
constructor does all the work: when it returns, the request is done.

    finish_request ──▶ Handler(request, client_address, server)
                         │  setup()     make rfile and wfile
                         │  handle()    yours: read, think, write
                         ▼  finish()    flush and close them

Each request gets a handler of its own, so what `handle` keeps on
`self` is safe from other requests, in other threads too.

`BaseRequestHandler` fixes that order. `StreamRequestHandler` and
`DatagramRequestHandler` fill in the two ends, so that `handle` reads
from `rfile` and writes to `wfile` whatever the transport is.

Read before: `base`. Read next: `tcp`, where requests come from.
"""

import socket
from io import BufferedIOBase, BytesIO
from typing import Any

from .base import Address, BaseServer, Request


class BaseRequestHandler:
    """Handle one request, in the constructor.

    Override `handle`, and `setup` and `finish` where there is something
    to prepare and to clear away. The server closes the request itself.
    """

    def __init__(
        self, request: Request, client_address: Address, server: BaseServer
    ) -> None:
        """Run `setup`, `handle` and `finish`; raise what they raise."""
        # Known before `setup` runs, so that every hook may use them.
        # What outlives one request, such as a counter or the settings,
        # is kept on the server.
        self.request = request
        self.client_address = client_address
        self.server = server

        # Outside of the `try`: when `setup` fails, `finish` would clear
        # away what is not there.
        self.setup()
        try:
            self.handle()
        finally:
            # An answer that was written before an error is still sent.
            self.finish()

    # -- For subclasses

    def setup(self) -> None:
        """Prepare for `handle`."""

    def handle(self) -> None:
        """Serve the client; what this returns is thrown away."""

    def finish(self) -> None:
        """Clear away after `handle`, also when that has failed."""


class StreamRequestHandler(BaseRequestHandler):
    """Turn a connection into two files: read `rfile`, write `wfile`.

        client ── bytes ──▶ [ buffer ] ──▶ rfile.readline()
        client ◀── bytes ───────────────── wfile.write()

    Reading has a buffer and writing has none, for a reason each. The
    end of a line is found by fetching more than the line; an answer
    that waits in a buffer is one that the client waits for.
    """

    # In bytes; -1 is Python's own choice, 0 is no buffer. With a
    # `wbufsize` above zero, small writes leave together: with `flush`,
    # when the buffer is full, or when the request ends.
    rbufsize = -1
    wbufsize = 0

    # Seconds that a read or a write may wait. With None, a silent
    # client keeps its handler for ever, and a `TCPServer` with it.
    timeout: float | None = None

    # The kernel holds a small packet back while an earlier one is
    # not acknowledged (RFC 896): two writes for one answer can take 40
    # milliseconds. True sends each at once (gh-108736); TCP only.
    disable_nagle_algorithm = False

    # -- For subclasses

    def setup(self) -> None:
        """Make `rfile` and `wfile`; call it first when you extend it."""
        # The options go first: they hold for the files made below, and
        # for every use of the connection besides.
        self.connection: socket.socket = self.request
        if self.timeout is not None:
            self.connection.settimeout(self.timeout)

        # Not caught: on a Unix socket, which has no packets to hold
        # back, the option is a mistake, and an `OSError` reports it.
        if self.disable_nagle_algorithm:
            level, option = socket.IPPROTO_TCP, socket.TCP_NODELAY
            self.connection.setsockopt(level, option, True)

        # An unbuffered `makefile` is a raw file: it may write only a
        # part of what it is given, and says so by nothing but its
        # return value (bpo-26721). Ours writes all.
        self.rfile = self.connection.makefile("rb", self.rbufsize)
        if self.wbufsize == 0:
            self.wfile = _SocketWriter(self.connection)
        else:
            # With a buffer, `flush` writes until all is gone.
            self.wfile = self.connection.makefile("wb", self.wbufsize)

    def finish(self) -> None:
        """Send what is left in `wfile`, then close both files.

        The connection stays open: closing it is the server's part.
        """
        if not self.wfile.closed:
            # The client may be gone, which is its right: an answer that
            # nobody reads is no error of ours (bpo-14574).
            try:
                self.wfile.flush()
            except OSError:
                pass

        # differs[quiet-finish]: when a client has gone, closing `wfile`
        # flushes and fails once more. The original reports that, and
        # leaves `rfile` open.
        try:
            self.wfile.close()
        except OSError:
            pass

        # A socket counts the files that `makefile` made of it, and is
        # not really closed before the last of them.
        self.rfile.close()


class DatagramRequestHandler(BaseRequestHandler):
    """Turn a datagram into two files, so that `handle` looks the same.

    Both files are memory: the request has arrived whole, and the answer
    leaves whole, as one datagram, when the handler finishes.
    """

    # -- For subclasses

    def setup(self) -> None:
        """Make `rfile` of the packet, and an empty `wfile`."""
        # The socket is the server's own, shared by all handlers: there
        # is no connection that could be closed after this request.
        # try: write nothing in `handle`. What does the client receive?
        self.packet, self.socket = self.request
        self.rfile = BytesIO(self.packet)
        self.wfile = BytesIO()

    def finish(self) -> None:
        """Send what was written, even nothing, as one datagram."""
        # differs[unbound-client]: a Unix client that bound no path has
        # the address None and cannot be answered. The original tries,
        # and reports a `TypeError` for each request (gh-152024).
        if self.client_address is not None:
            self.socket.sendto(self.wfile.getvalue(), self.client_address)


class _SocketWriter(BufferedIOBase):
    """A file that hands each write to the socket, whole and at once.

    It keeps nothing back, so `flush` has nothing to do; `close` closes
    the file and leaves the socket alone.
    """

    def __init__(self, sock: socket.socket) -> None:
        """Borrow the socket; whoever made it closes it."""
        self._sock = sock

    def writable(self) -> bool:
        """Say yes: `io` takes every file for read-only by default."""
        return True

    def write(self, b: Any) -> int:
        """Send all of a bytes-like object; return its size in bytes."""
        # `send` may take a part; `sendall` comes back when the kernel
        # has it all.
        self._sock.sendall(b)

        # Not `len`: it counts the items of an `array.array`, and an
        # item may have several bytes.
        with memoryview(b) as view:
            return view.nbytes

    def fileno(self) -> int:
        """Give the socket's descriptor, for `select` and its kin."""
        return self._sock.fileno()
