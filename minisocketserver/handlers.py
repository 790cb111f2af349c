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

import contextlib
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
        # Known before `setup` runs, so that every hook may use them. The
        # server is there for what outlives one request: a counter, a
        # configuration, the other clients.
        self.request = request
        self.client_address = client_address
        self.server = server
        # Outside of the `try`: when `setup` fails, there is nothing yet
        # that `finish` could clear away, and it does not run.
        self.setup()
        try:
            self.handle()
        finally:
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

        client ══ bytes ══▶ [ buffer ] ──▶ rfile.readline()
        client ◀═ bytes ═════════════════ wfile.write()

    Reading has a buffer, writing has none, for a reason each: a line
    cannot be read without fetching too much, and an answer that waits
    in a buffer is an answer that the client waits for.
    """

    # In bytes; -1 is Python's own choice, 0 is no buffer. With a
    # `wbufsize` above zero, small writes leave together: when `flush` is
    # called, when the buffer is full, or when the request ends.
    rbufsize = -1
    wbufsize = 0

    # Seconds that one read or write may wait. None lets a silent client
    # keep its handler for ever, and in a `TCPServer` all others waiting.
    timeout: float | None = None

    # The kernel holds a small packet back while an earlier one is not
    # acknowledged (RFC 896). Two writes per answer can thus take 40 ms;
    # True sends each at once (gh-108736). For TCP only.
    disable_nagle_algorithm = False

    # -- For subclasses

    def setup(self) -> None:
        """Make `rfile` and `wfile`; call it first when you extend it."""
        self.connection: socket.socket = self.request
        # The options go first: a file made from a socket follows the
        # socket's timeout from its first read on.
        if self.timeout is not None:
            self.connection.settimeout(self.timeout)
        if self.disable_nagle_algorithm:
            # A Unix socket has no such algorithm and raises `OSError`.
            level, option = socket.IPPROTO_TCP, socket.TCP_NODELAY
            self.connection.setsockopt(level, option, True)
        self.rfile = self.connection.makefile("rb", self.rbufsize)
        # An unbuffered `makefile` would be a raw file, which may write
        # half of what it is given, and says so in its return value only
        # (bpo-26721).
        if self.wbufsize == 0:
            self.wfile = _SocketWriter(self.connection)
        else:
            self.wfile = self.connection.makefile("wb", self.wbufsize)

    def finish(self) -> None:
        """Send what is left in `wfile`, then close both files.

        The connection stays open: closing it is the server's part.
        """
        # The client may be gone, which is its right: an answer that
        # nobody reads is no error of ours (bpo-14574).
        with contextlib.suppress(OSError):
            if not self.wfile.closed:
                self.wfile.flush()
        # differs[quiet-finish]: `close` flushes again. In the original the
        # error that was ignored a line above comes back from here, and
        # `rfile` is left open behind it.
        with contextlib.suppress(OSError):
            self.wfile.close()
        self.rfile.close()


class DatagramRequestHandler(BaseRequestHandler):
    """Turn a datagram into two files, so that `handle` looks the same.

    Both files are memory: the request has arrived whole, and the answer
    leaves whole, as one datagram, when the handler finishes.
    """

    # -- For subclasses

    def setup(self) -> None:
        """Make `rfile` of the packet, and an empty `wfile`."""
        # The socket is the server's own, shared by all handlers. There is
        # no connection that could be closed after this request.
        self.packet, self.socket = self.request
        self.rfile = BytesIO(self.packet)
        self.wfile = BytesIO()

    def finish(self) -> None:
        """Send what was written, even nothing, as one datagram."""
        # differs[unbound-client]: a Unix client that bound no path cannot
        # be answered, and its address is None. The original tries, and
        # reports a `TypeError` per request (gh-152024).
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
        """Answer for `io`, which takes a file to be read-only."""
        return True

    def write(self, b: Any) -> int:
        """Send all of a bytes-like object; return its size in bytes."""
        self._sock.sendall(b)
        # `len` would count the items of an `array.array` or of a view,
        # and an item may be several bytes.
        with memoryview(b) as view:
            return view.nbytes

    def fileno(self) -> int:
        """Give the socket's descriptor, for `select` and its kin."""
        return self._sock.fileno()
