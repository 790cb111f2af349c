"""Which part of a server needs no socket? A loop, and a pipeline.

A *socket* is one end of a line to another program. The kernel numbers
those that are open: the number is a *descriptor*. A server has one
socket where clients knock, the *listener*; to *accept* a client is to
be given a second socket, for that client alone.

The loop sleeps until a client knocks. The pipeline takes the request
through a row of small methods, each of which makes one decision.
Whoever wants another decision replaces one method and inherits the
others. This is the *template method* pattern, and it is the whole art
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
      service_actions        whatever else is due on each turn

Read it from the top: each is called by the one it is indented under.

A `BaseServer` on its own serves nobody. It lacks two methods, `fileno`
and `get_request`, which a child writes that has something to watch: a
socket in `TCPServer`. What a handler does with the request, `handlers`
tells.

Read before: nothing. Read next: `handlers`.
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
from time import sleep
from typing import TYPE_CHECKING, Any, TypeAlias

# Type checkers follow a `with` block by it; at run time nobody does.
if TYPE_CHECKING:
    from typing_extensions import Self
else:
    Self = Any

# What a request *is*, only the kind of server knows: `TCPServer` hands
# out a connected socket, `UDPServer` a datagram and the socket that it
# came by. An address is as varied: a tuple, a path, or nothing.
Request: TypeAlias = Any
Address: TypeAlias = Any

# A selector asks the kernel which sockets have something to read, and
# sleeps until one has. `epoll` and `kqueue` shine with thousands and
# cost a descriptor each. A server watches two sockets: `poll` will do,
# and Windows has `select` alone.
_ServerSelector: type[selectors.BaseSelector] = getattr(
    selectors, "PollSelector", selectors.SelectSelector
)

# With these errors `accept` fails at once, and the listener stays
# ready: no descriptor or memory is left, or the listener is closed or
# was shut down.
_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_GONE = {errno.EBADF, errno.EINVAL, errno.ENOTSOCK}


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
    # `serve_forever` ignores it and has its `poll_interval`.
    timeout: float | None = None

    # Promised here, written by a child. No `abc` enforces it: whoever
    # forgets `fileno` meets a `ValueError` when the loop starts, and
    # whoever forgets `get_request` an `AttributeError` at the first
    # client.
    fileno: Callable[[], int]
    get_request: Callable[[], tuple[Request, Address]]

    # The loop puts up its bell when it starts and takes it down at the
    # end, so a server that runs no loop costs no descriptor for it.
    __doorbell: "_Doorbell | None" = None

    def __init__(
        self,
        server_address: Address,
        RequestHandlerClass: Callable[..., object],
    ) -> None:
        """Remember where to serve, and what makes a handler.

        Any callable that takes a request, a client's address and the
        server will do for `RequestHandlerClass`; a class is usual.
        """
        # Kept as they are: nothing is opened, so nothing can fail yet.
        self.server_address = server_address
        self.RequestHandlerClass = RequestHandlerClass

        # Two facts, told by two threads: that the loop *has* ended, and
        # that somebody *wants* it to. Two underscores in front become
        # `_BaseServer__`, so that no child takes a name by accident.
        self.__is_shut_down = threading.Event()
        self.__shutdown_request = False

    # -- For callers

    def serve_forever(self, poll_interval: float = 0.5) -> None:
        """Handle requests until another thread calls `shutdown`.

        Calls `service_actions` after each, and every `poll_interval`
        seconds while none comes. An `OSError` in `get_request` is
        ignored, an `Exception` in `process_request` is reported. Any
        other error ends the loop and is raised; the listener stays
        open.
        """
        # Before anything can fail, so that the promise below is kept
        # for every start.
        self.__is_shut_down.clear()
        try:
            # The bell is up before the loop first asks for the wish to
            # end: a `shutdown` too early to ring has left its wish.
            with _ServerSelector() as selector, _Doorbell() as bell:
                self.__doorbell = bell
                self.__listen_and_hear(selector, poll_interval)
        finally:
            # A loop that died of an error has ended too: whoever waits
            # in `shutdown` must not wait for ever. The wish is granted
            # and forgotten, and the server can be started again.
            self.__doorbell = None
            self.__shutdown_request = False
            self.__is_shut_down.set()

    def shutdown(self) -> None:
        """Ask the loop to end, and return when it has.

        Call it from another thread than the loop's, or it waits for
        itself for ever (gh-83978). Called before the loop starts, it
        waits for that loop, which ends at once. Called after the loop
        has ended, it returns, and the next loop will end at once.
        """
        # The flag first, then the ring: a loop that wakes up must find
        # a reason.
        # differs[wakes-at-once]: the original lets the loop sleep on,
        # and `shutdown` lasts up to a whole `poll_interval` (gh-88932,
        # gh-85265). A ring ends the sleep; it costs two descriptors
        # while the loop runs.
        self.__shutdown_request = True
        bell = self.__doorbell
        if bell is not None:
            bell.ring()

        # When this returns, no request is accepted any more. Handlers
        # in threads or child processes may still run: `server_close`
        # is what waits for those.
        # try: call it in a handler, first of a `TCPServer`, then of a
        # `ThreadingTCPServer`. Who waits for whom?
        self.__is_shut_down.wait()

    def handle_request(self) -> None:
        """Wait for one request and handle it.

        Gives up after `timeout` seconds, or after the listener's own
        timeout where that is shorter, and calls `handle_timeout`.
        """
        # differs[no-socket-needed]: the original takes for granted that
        # there is a `self.socket`, which is a child's idea (gh-127209).
        # Here a server that has only a `fileno` can do without.
        timeout, listener = self.timeout, getattr(self, "socket", None)
        limit = None if listener is None else listener.gettimeout()
        if timeout is None or (limit is not None and limit < timeout):
            timeout = limit

        # By a clock that nobody can set: the time of day may jump, and
        # the deadline would jump with it.
        deadline = time() + (timeout or 0)
        with _ServerSelector() as selector:
            # An empty answer is not yet a timeout: a selector may come
            # back early, because of a signal or a coarse clock.
            selector.register(self, selectors.EVENT_READ)
            while not selector.select(timeout):
                if timeout is None:
                    continue

                # Only the rest is waited for, not the whole time again.
                timeout = deadline - time()
                if timeout < 0:
                    return self.handle_timeout()

            # The selector stays open until the request is done; it is
            # memory and nothing more, so nobody minds.
            return self._handle_request_noblock()

    def server_close(self) -> None:
        """Give back what the server holds; here it holds nothing."""

    def __enter__(self) -> Self:
        """Enter a `with` block, whose end closes the server."""
        return self

    def __exit__(self, *args: object) -> None:
        """Close the server; an error in the `with` block goes on."""
        self.server_close()

    # -- For subclasses

    def server_activate(self) -> None:
        """Get ready to receive: the last act of a constructor."""

    def service_actions(self) -> None:
        """Do what is due on each turn of the loop; here nothing is."""

    def handle_timeout(self) -> None:
        """Do what is due when `handle_request` has waited in vain."""

    def verify_request(
        self, request: Request, client_address: Address
    ) -> bool:
        """Say whether this request shall be processed; here each is."""
        return True

    def process_request(
        self, request: Request, client_address: Address
    ) -> None:
        """Have the request finished: here, and at once.

        This is the hook that `ThreadingMixIn` and `ForkingMixIn`
        replace. Until it returns, the loop looks at nobody else.
        """
        # Closed here and not by the handler: who closes depends on who
        # did the work, and only this method knows that.
        self.finish_request(request, client_address)
        self.shutdown_request(request)

    def finish_request(
        self, request: Request, client_address: Address
    ) -> None:
        """Make a handler: making it *is* handling the request."""
        self.RequestHandlerClass(request, client_address, self)

    def shutdown_request(self, request: Request) -> None:
        """Say goodbye to the client, then `close_request`."""
        self.close_request(request)

    def close_request(self, request: Request) -> None:
        """Let go of one request; here there is nothing to let go of."""

    def handle_error(self, request: Request, client_address: Address) -> None:
        """Report the exception being handled on stderr, and go on."""
        # One string, its last newline too: `print` would write that one
        # by itself, and the reports of two threads could run together.
        rule = "-" * 40
        headline = "Exception occurred during processing of request from"
        report = f"{headline} {client_address!s}\n{traceback.format_exc()}"
        print(f"{rule}\n{report}{rule}\n", end="", file=sys.stderr)

    # -- Machinery

    def __listen_and_hear(
        self, selector: selectors.BaseSelector, poll_interval: float
    ) -> None:
        """Wait, look, answer; again and again, until the wish to end."""
        # Of a listener, to be readable means that a client is queueing.
        selector.register(self, selectors.EVENT_READ)
        bell = self.__doorbell
        if bell is not None:
            selector.register(bell, selectors.EVENT_READ)

        # Asked before each sleep, because an answer may take long and
        # the wish may have come meanwhile.
        while not self.__shutdown_request:
            ready = selector.select(poll_interval)

            # A client that comes together with the wish to end is left
            # in the kernel's queue: nobody would serve it (bpo-35017).
            if self.__shutdown_request:
                break

            # Nobody, one of the two, or both; a client may come while
            # the bell rings.
            for key, _ in ready:
                # A ring without a wish may come from a forked child,
                # which inherits the button. It is taken off the wire,
                # and the loop goes on.
                if bell is not None and key.fileobj is bell:
                    bell.hear()
                else:
                    self._handle_request_noblock()

            # Also when nobody came: this is how a server gets to act of
            # its own accord, as often as `poll_interval` says.
            self.service_actions()

    def _handle_request_noblock(self) -> None:
        """Take the request that is waiting down the pipeline."""
        # Ready is a rumour: the client may have hung up since, or have
        # been served by another process. Nothing is said about it.
        try:
            request, client_address = self.get_request()
        except OSError as error:
            # differs[no-spin]: where the next `accept` must fail too,
            # the original tries again at once, some 50,000 times in a
            # second. We rest for a tenth of one, as trio does.
            if error.errno in _EXHAUSTED | _GONE:
                sleep(0.1)
            return

        # Outside of the second `try` below: a server that cannot tell
        # whom to let in ends its loop, rather than serve anybody.
        try:
            welcome = self.verify_request(request, client_address)
        except BaseException:
            # differs[verify-closes]: an error in `verify_request` ends
            # the loop in the original as well, but leaves the
            # connection open behind it.
            self.shutdown_request(request)
            raise

        # Turned away is not forgotten: the client shall see the end.
        if not welcome:
            self.shutdown_request(request)
            return

        # From here on, a handler's code runs: anything may happen.
        try:
            self.process_request(request, client_address)
        except Exception:
            # One bad request must not end a loop that serves others.
            self.handle_error(request, client_address)
            self.shutdown_request(request)
        except BaseException:
            # `KeyboardInterrupt` and `SystemExit` are meant for the
            # whole program (bpo-23430): clean up, then let them by.
            self.shutdown_request(request)
            raise


class _Doorbell:
    """A wire into the loop's sleep: whoever rings it ends the wait.

        shutdown() ──▶ button ········ ear ──▶ selector.select()

    The wire is a pair of sockets, because a selector can watch nothing
    but descriptors, and a `threading.Event` has none.
    """

    def __init__(self) -> None:
        """Think of a wire; `with` puts it up."""
        # Without a lock, the wire could be taken down between a ring
        # and its descriptor, whose number may be somebody else's by
        # then. And nobody waits for the lock, for a signal handler that
        # calls `shutdown` may have interrupted the one who holds it.
        self._lock = threading.RLock()
        self._wire: tuple[socket.socket, ...] = ()
        self._over = False

    def __enter__(self) -> "_Doorbell | None":
        """Put up the wire; give None where there can be none."""
        # Out of descriptors, mostly. A server without a bell polls, as
        # the original does, and that is better than no server.
        try:
            self._ear, self._button = self._wire = socket.socketpair()
        except Exception:
            return None

        # A full wire is full of rings that nobody has heard yet: one
        # more may be lost, but must not make the ringer wait.
        self._button.setblocking(False)
        self._ear.setblocking(False)
        return self

    def __exit__(self, *args: object) -> None:
        """Take down the wire; a ring from here on is not heard."""
        self._over = True
        self._take_down()

    def fileno(self) -> int:
        """Give the end that a selector can watch."""
        return self._ear.fileno()

    def ring(self) -> None:
        """Wake the loop; harmless when nobody sleeps."""
        # Where another is ringing, that ring will do.
        if not self._lock.acquire(blocking=False):
            return

        # A wire that is full or was taken down needs no ring.
        try:
            self._button.send(b"!")
        except OSError:
            pass

        # Whoever wanted to take the wire down meanwhile has left that
        # to us.
        finally:
            self._lock.release()
        if self._over:
            self._take_down()

    def hear(self) -> None:
        """Take all rings off the wire."""
        # One left behind would wake the loop again, for nothing.
        with contextlib.suppress(OSError):
            self._ear.recv(1024)

    def _take_down(self) -> None:
        """Close both ends, unless somebody is ringing."""
        # Then the ringer does it, as the last act of the ring.
        if self._lock.acquire(blocking=False):
            for end in self._wire:
                end.close()
            self._lock.release()
