"""Which part of a server needs no socket? A loop, and a pipeline.

The loop sleeps until a client knocks. The pipeline takes the request
through a row of small methods, each of which makes one decision.
Whoever wants another decision replaces one method and inherits the
others: this is the *template method* pattern, and it is the whole art
of this module.

    serve_forever            sleep, wake, look who is there
      _handle_request_noblock
        get_request          who knocks?         (a child's)
        verify_request       may they come in?
        process_request      who does the work, and when?
          finish_request     make a handler: it does the work
          shutdown_request   say goodbye
            close_request    let go of the connection
        handle_error         or else: tell what went wrong

Read it from the top: each method is called by the one left of it.

A `BaseServer` on its own serves nobody. It lacks two methods that only
a child with a socket can write, `fileno` and `get_request`: see
`TCPServer`. What happens to a request once it is a handler's, the file
`handlers` tells.
"""

import contextlib
import errno
import selectors
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from time import monotonic as time
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from typing_extensions import Self

# What a request *is*, only the kind of server knows: `TCPServer` hands
# out a connected socket, `UDPServer` a datagram and the socket that it
# came by. An address is as varied: a tuple, a path, or nothing.
Request: TypeAlias = Any
Address: TypeAlias = Any

# `epoll` and `kqueue` shine with thousands of sockets and cost a
# descriptor each. A server watches two, so `poll` serves it better;
# Windows has `select` alone.
_ServerSelector: type[selectors.BaseSelector] = getattr(
    selectors, "PollSelector", selectors.SelectSelector
)

# With these errors `accept` fails at once, and the listener stays
# ready: no descriptor or memory is left, or the listener is closed.
_WILL_FAIL_AGAIN = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EBADF}
)


class _Doorbell:
    """A wire into the loop's sleep: whoever rings it ends the wait.

        shutdown() ──▶ button ········ ear ──▶ selector.select()

    The wire is a pair of sockets, because a selector can watch nothing
    but descriptors, and a `threading.Event` has none.
    """

    def __init__(self) -> None:
        # A full wire is full of rings that nobody has heard yet: one
        # more may be lost, but must not make the ringer wait.
        self._ear, self._button = socket.socketpair()
        self._button.setblocking(False)
        # Without the lock, `close` could slip between a ring and its
        # descriptor, whose number might already be somebody else's. A
        # signal handler may ring in the middle of `close`, in the same
        # thread, hence the R of `threading.RLock`.
        self._lock = threading.RLock()

    def __enter__(self) -> "_Doorbell":
        return self

    def __exit__(self, *args: object) -> None:
        """Take the wire down; a ring from here on is not heard."""
        with self._lock:
            self._button.close()
            self._ear.close()

    def fileno(self) -> int:
        """Give the end that a selector can watch."""
        return self._ear.fileno()

    def ring(self) -> None:
        """Wake the loop; harmless when it sleeps no longer."""
        with self._lock, contextlib.suppress(OSError):
            self._button.send(b"!")

    def hear(self, seconds: float = 0) -> None:
        """Sleep until somebody rings, up to `seconds`."""
        # Every ring that is waiting is taken off the wire in one go. One
        # left behind would wake the loop again, for nothing.
        with contextlib.suppress(OSError):
            self._ear.settimeout(seconds)
            self._ear.recv(1024)


class BaseServer:
    """Serve whatever has a `fileno` and can `get_request`, in a loop.

        server = BaseServer(address, handler class)
           │
           ├── serve_forever()   many requests, until shutdown()
           ├── handle_request()  one request, or handle_timeout()
           │
        server_close()           or leave the `with` block

    Three calls are a server's life: make it, run it, close it.
    """

    # Seconds that `handle_request` waits for a client. The loop of
    # `serve_forever` ignores it and has `poll_interval`.
    timeout: float | None = None

    # Promised here, written by a child. No `abc` enforces it, as in the
    # original: who forgets one meets an `AttributeError` in the loop.
    fileno: Callable[[], int]
    get_request: Callable[[], tuple[Request, Address]]

    # The bell is hung up by `serve_forever`. A server that never runs
    # the loop costs no descriptor for it.
    __doorbell: _Doorbell | None = None

    def __init__(
        self,
        server_address: Address,
        RequestHandlerClass: Callable[..., object],
    ) -> None:
        """Remember where to serve, and what makes a handler.

        Any callable that takes a request, a client's address and the
        server will do for `RequestHandlerClass`; a class is usual.
        """
        self.server_address = server_address
        self.RequestHandlerClass = RequestHandlerClass
        # Two facts, told by two threads: that somebody *wants* the loop
        # to end, and that it *has* ended. The leading underscores become
        # `_BaseServer__`, so that no child takes the name by accident.
        self.__is_shut_down = threading.Event()
        self.__shutdown_request = False

    # -- For callers

    def serve_forever(self, poll_interval: float = 0.5) -> None:
        """Handle requests until another thread calls `shutdown`.

        Calls `service_actions` after each, and at least every
        `poll_interval` seconds. Raises what a hook raises beyond
        `Exception`; the loop has ended then, the listener is open.
        """
        self.__is_shut_down.clear()
        try:
            # Hung up before the first look at the wish to end: a
            # `shutdown` that comes too early to ring has left its wish.
            with _ServerSelector() as selector, _Doorbell() as bell:
                self.__doorbell = bell
                self.__loop(selector, bell, poll_interval)
        finally:
            # A loop that died of an error counts as ended too: whoever
            # waits in `shutdown` must not wait for ever. The wish is
            # granted, so that the server can be started again.
            self.__shutdown_request = False
            self.__is_shut_down.set()

    def shutdown(self) -> None:
        """Ask the loop to end, and return when it has.

        Call it from another thread than the loop's, or it waits for
        itself for ever (gh-83978). A wish uttered before the loop
        starts is kept: that loop ends at once.
        """
        self.__shutdown_request = True
        # differs[wakes-at-once]: the original leaves the loop asleep, so
        # that `shutdown` lasts up to a whole `poll_interval` (gh-88932,
        # gh-85265). Here a ring ends the sleep, for two descriptors more
        # while the loop runs.
        if self.__doorbell is not None:
            self.__doorbell.ring()
        # Whoever closes the listener next can rely on it: no request is
        # being accepted any more.
        # try: call `shutdown` in a handler of a `TCPServer`. Who waits?
        self.__is_shut_down.wait()

    def handle_request(self) -> None:
        """Wait for one request and handle it.

        Gives up after `timeout` seconds, or the listener's own timeout
        if that is shorter, and calls `handle_timeout`.
        """
        # differs[no-socket-needed]: the original asks `self.socket` for
        # its timeout, which a child with nothing but `fileno` lacks
        # (gh-127209). A server without a socket has no such limit here.
        listener = getattr(self, "socket", None)
        limits = [self.timeout, listener and listener.gettimeout()]
        # Measured by a clock that nobody can set back: the hour of the
        # day may jump, and the deadline would jump with it.
        timeout = min((s for s in limits if s is not None), default=None)
        deadline = time() + (timeout or 0)
        with _ServerSelector() as selector:
            selector.register(self, selectors.EVENT_READ)
            # A selector may return early with nothing (a signal, a coarse
            # clock), so an empty answer is not yet a timeout.
            while not selector.select(timeout):
                if timeout is None:
                    continue
                # What is left is waited for, not the whole time again.
                timeout = deadline - time()
                if timeout < 0:
                    return self.handle_timeout()
            return self._handle_request_noblock()

    def server_close(self) -> None:
        """Give back what the server holds; a child has something to."""

    def __enter__(self) -> "Self":
        """Enter a `with` block, whose end closes the server."""
        return self

    def __exit__(self, *args: object) -> None:
        """Close the server; an error in the `with` block goes on."""
        self.server_close()

    # -- For subclasses

    def server_activate(self) -> None:
        """Get ready to receive requests: the constructor's last act."""

    def service_actions(self) -> None:
        """Do what is due on each turn of the loop: nothing, here."""

    def handle_timeout(self) -> None:
        """Do what is due when `handle_request` waited in vain: nothing."""

    def verify_request(
        self, request: Request, client_address: Address
    ) -> bool:
        """Say whether this request shall be processed: yes, here."""
        return True

    def process_request(
        self, request: Request, client_address: Address
    ) -> None:
        """Have the request finished: here and at once.

        This is the one hook that `ThreadingMixIn` and `ForkingMixIn`
        replace. Until it returns, the loop looks at nobody else.
        """
        self.finish_request(request, client_address)
        self.shutdown_request(request)

    def finish_request(
        self, request: Request, client_address: Address
    ) -> None:
        """Make a handler; making it *is* handling the request."""
        self.RequestHandlerClass(request, client_address, self)

    def shutdown_request(self, request: Request) -> None:
        """Say goodbye to the client, then `close_request`."""
        self.close_request(request)

    def close_request(self, request: Request) -> None:
        """Let go of one request: nothing to let go of, here."""

    def handle_error(self, request: Request, client_address: Address) -> None:
        """Report the exception being handled, on stderr; go on serving."""
        # One string and one `print`: reports of two threads that fail
        # together stay two reports.
        rule = "-" * 40
        headline = "Exception occurred during processing of request from"
        report = f"{headline} {client_address}\n{traceback.format_exc()}"
        print(f"{rule}\n{report}{rule}", file=sys.stderr)

    # -- Machinery

    def __loop(
        self,
        selector: selectors.BaseSelector,
        bell: _Doorbell,
        poll_interval: float,
    ) -> None:
        """Wait, look, answer; again and again, until the wish to end."""
        # The selector keeps, beside each descriptor, what to call when
        # that one wakes us: a client is answered, a ring is heard.
        read = selectors.EVENT_READ
        selector.register(self, read, self._handle_request_noblock)
        selector.register(bell, read, bell.hear)
        while not self.__shutdown_request:
            ready = selector.select(poll_interval)
            # A client that arrives together with the wish to end is left
            # to the kernel's queue: nobody would serve it to the end
            # (bpo-35017).
            if self.__shutdown_request:
                break
            # Ready is a rumour too: the client may be gone before it is
            # accepted. Nothing down here may block on the strength of it.
            for key, _ in ready:
                key.data()
            self.service_actions()

    def _handle_request_noblock(self) -> None:
        """Take the request that is waiting down the pipeline."""
        try:
            request, client_address = self.get_request()
        except OSError as error:
            # A client that hung up while it queued is no event at all.
            # differs[no-spin]: but where the next `accept` fails as well,
            # the original tries again at once, some 50,000 times a second
            # and silently. We rest for a tenth of a second, as `asyncio`
            # and trio do; a `shutdown` still wakes us.
            if error.errno in _WILL_FAIL_AGAIN and self.__doorbell:
                self.__doorbell.hear(0.1)
            return
        try:
            welcome = self.verify_request(request, client_address)
        except BaseException:
            # differs[verify-closes]: the error escapes, as it does in the
            # original, but does not leave an open connection behind it.
            self.shutdown_request(request)
            raise
        # Turned away is not the same as forgotten: the client shall see
        # the end of its connection.
        if not welcome:
            self.shutdown_request(request)
            return
        try:
            self.process_request(request, client_address)
        except Exception:
            # One bad request must not end a loop that serves all others.
            self.handle_error(request, client_address)
            self.shutdown_request(request)
        except BaseException:
            # `KeyboardInterrupt` and `SystemExit` are meant for the whole
            # program (bpo-23430): clean up, then let them through.
            self.shutdown_request(request)
            raise
