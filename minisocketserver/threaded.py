"""How does one word in front, `ThreadingMixIn`, change a server?

A *mix-in* is a class with a few methods and no life of its own. Put in
front of a server, it is asked first: Python looks a method up along
the *method resolution order*, from left to right.

    class ThreadingTCPServer(ThreadingMixIn, TCPServer): ...

    process_request ─▶ ThreadingMixIn, which has it
    finish_request  ─▶ not there ─▶ TCPServer, no ─▶ BaseServer
    server_close    ─▶ ThreadingMixIn, then by super() TCPServer

Swap the two, and `process_request` is found in `BaseServer` by way of
`TCPServer`: the mix-in is never asked, and nobody says so.

Threads come with three questions, and each has its line below. Who
closes the connection? The thread. Who reports an error? The thread,
for no caller is left. Who waits for the thread? `server_close`.

Read before: `base`, `tcp`. Read next: `forking`, the same by processes.
"""

import contextlib
import threading
from collections.abc import Callable

from .base import Address, Request


class _Threads(list[threading.Thread]):
    """The threads that `server_close` has yet to wait for."""

    # Below so many, looking for finished threads is not worth the time.
    room = 4

    def append(self, thread: threading.Thread) -> None:
        """Remember a thread, unless it may be left behind."""
        # Python ends without waiting for a *daemon* thread, and so does
        # `server_close`.
        if thread.daemon:
            return

        # Finished threads are dropped when the list has doubled, not
        # before: a new one costs the same with ten clients or with ten
        # thousand. The original asks each thread whether it lives, for
        # each that is added (gh-81374).
        if len(self) >= self.room:
            self[:] = [each for each in self if each.is_alive()]
            self.room = max(_Threads.room, 2 * len(self))
        super().append(thread)

    def join(self) -> None:
        """Wait until all have finished, and forget them."""
        # Forgotten first: a second call does not wait for them again.
        waiting, self[:] = self[:], []
        for thread in waiting:
            thread.join()


class _NoThreads(_Threads):
    """A list for servers that do not wait: it remembers nobody.

    An object that does nothing, where others have None and an `if`:
    the *null object* pattern.
    """

    def append(self, thread: threading.Thread) -> None:
        """Forget it."""


class ThreadingMixIn:
    """Process each request in a thread of its own.

        loop ── get_request ─┬─ get_request ─┬─ get_request ──▶
                   thread 1  └─ handler ─┤   │
                   thread 2                  └─ handler ──────┤

    The loop is back at the listener before the first handler is done.
    """

    # Whether the program may end while a handler runs. At its end,
    # Python waits for every thread that is not a *daemon*, even for
    # one whose client stays silent.
    daemon_threads = False

    # Whether `server_close` waits for the handlers, for as long as they
    # take (gh-75416). Daemon threads are not waited for in any case.
    block_on_close = True

    # One for all servers, because it never holds anything. The first
    # request puts a list of the server's own in its place: there is no
    # constructor here that a subclass could forget to call.
    _threads: _Threads = _NoThreads()

    # What the server behind has to bring along.
    finish_request: Callable[[Request, Address], None]
    shutdown_request: Callable[[Request], None]
    handle_error: Callable[[Request, Address], None]

    # -- For callers

    def server_close(self) -> None:
        """Close the listener, then wait for the threads.

        Raises `RuntimeError` in a handler's thread that it would have
        to wait for.
        """
        # In this order: whoever connects while we wait is refused.
        super().server_close()
        self._threads.join()

    # -- For subclasses

    def process_request(
        self, request: Request, client_address: Address
    ) -> None:
        """Start a thread for the request, and return at once."""
        # `vars` sees the instance alone: `hasattr` would find the list
        # that the class shares, and no server would get its own.
        if self.block_on_close:
            vars(self).setdefault("_threads", _Threads())

        # Daemon or not is always said: left alone, a thread takes after
        # the one that makes it, and the loop may run in a daemon.
        target, args = self.process_request_thread, (request, client_address)
        thread = threading.Thread(target=target, args=args)
        thread.daemon = self.daemon_threads

        # Remembered before it starts: a quick handler may be done
        # before `start` is back.
        self._threads.append(thread)
        try:
            thread.start()
        except RuntimeError:
            # differs[unstarted-thread]: the system has no thread left.
            # In the original this one stays on the list, and waiting
            # for it ends `server_close` in a `RuntimeError`.
            with contextlib.suppress(ValueError):
                self._threads.remove(thread)
            raise

    def process_request_thread(
        self, request: Request, client_address: Address
    ) -> None:
        """Do in the thread what `BaseServer.process_request` does.

        A thread pool of your own can call this as well.
        """
        # The loop has gone on, and its `try` with it. What gets past
        # this one ends up in `threading.excepthook`.
        # try: swap the two parents of a server. Is this ever called?
        try:
            self.finish_request(request, client_address)
        except Exception:
            self.handle_error(request, client_address)

        # Last of all, so that a report comes before the client leaves.
        finally:
            self.shutdown_request(request)
