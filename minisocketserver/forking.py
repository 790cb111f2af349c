"""How do two processes share one request?

`os.fork` returns twice: in the parent with the child's number, in the
child with 0. Both hold a copy of every descriptor, the connection and
the listener too. So each has something to close, and it is not the
same thing.

    parent  fork ─┬─ close_request ─── loop ─── collect_children
                  │  its copy                   the exit status
                  │
    child         └─ handler ── shutdown_request ── os._exit
                                the connection      0 or 1

If the parent kept its copies, it would lose a descriptor with every
client, and a client that writes on would never hear that nobody reads.
If it said goodbye with `shutdown_request`, the child could not answer.

A child that has ended stays in the kernel's table, as a *zombie*,
until its parent asks for the exit status. Asking is what most of this
file is about. It should not wait, and it should leave the children of
others alone, such as those of `subprocess`.

Read before: `threaded`. Read next: `combined`.
"""

import os
from collections.abc import Callable

from .base import Address, Request


class ForkingMixIn:
    """Process each request in a process of its own.

    What a handler changes, it changes in its own copy of the memory:
    nothing comes back to the parent but an exit status. Ended children
    are collected before each fork, on each turn of the loop, after a
    timeout of `handle_request`, and at the end, by `server_close`.
    """

    # Seconds: with `handle_request` alone, the longest that a zombie
    # lies about while no client comes.
    timeout: float | None = 300

    # The children that are not collected yet. None until the first: a
    # set made here would be shared by all servers.
    active_children: set[int] | None = None

    # At this number the server takes no new request until one is done.
    max_children = 40

    # Whether `server_close` waits for the children (gh-75334).
    block_on_close = True

    # What the server behind has to bring along.
    finish_request: Callable[[Request, Address], None]
    shutdown_request: Callable[[Request], None]
    close_request: Callable[[Request], None]
    handle_error: Callable[[Request, Address], None]

    # -- For callers

    def server_close(self) -> None:
        """Close the listener, then collect the children."""
        super().server_close()
        self.collect_children(blocking=self.block_on_close)

    # -- For subclasses

    def handle_timeout(self) -> None:
        """Use the quiet hour to collect children."""
        self.collect_children()

    def service_actions(self) -> None:
        """Collect children on every turn of the loop (bpo-11109)."""
        self.collect_children()

    def process_request(
        self, request: Request, client_address: Address
    ) -> None:
        """Fork; the child finishes the request, the parent moves on."""
        # Before the fork: the newest child is always left for others
        # to wait for.
        # differs[collects-without-loop]: the original leaves collecting
        # to the loop, so a program with nothing but `handle_request`
        # heaps up zombies, beyond `max_children` too (gh-90093).
        self.collect_children()

        # The one line that two processes come back from.
        pid = os.fork()
        if pid == 0:
            self.__live_as_child(request, client_address)
            return

        # Here is the parent; the child has ended up there.
        if self.active_children is None:
            self.active_children = set()
        self.active_children.add(pid)

        # Without a goodbye: the connection lives on in the child.
        self.close_request(request)

    def collect_children(self, *, blocking: bool = False) -> None:
        """Take the exit status of the children that have ended.

        With `blocking`, wait until all have. At `max_children`, wait
        until there are fewer.
        """
        # None as well as an empty set: there was no request so far.
        children = self.active_children
        if children is None:
            return

        # Each by its number: the children of others, such as those of
        # `subprocess`, are left to them (bpo-1540386). One that still
        # runs is reported as 0, and no child has that number.
        full = len(children) >= self.max_children
        if blocking or full or _some_child_has_ended():
            for pid in children.copy():
                children.discard(_wait_for(pid, blocking))

        # Still full? Not every system can wait for one of a few, so we
        # wait for the next of all children, even a stranger's.
        # differs[own-children-first]: the original waits for any child
        # before it asks its own. So it takes a stranger's exit status
        # although one of its own children has ended (gh-76789).
        while children and len(children) >= self.max_children:
            try:
                children.discard(os.waitpid(-1, 0)[0])
            except ChildProcessError:
                # Somebody else has collected them all.
                children.clear()

    # -- Machinery

    def __live_as_child(
        self, request: Request, client_address: Address
    ) -> None:
        """Finish the request and end the process: this never returns."""
        # Pessimism first: only a handler that came through earns the
        # 0. `sys.exit` in a handler makes a 1, whatever it was given.
        # try: count requests on `self.server`. What is the sum?
        status = 1
        try:
            self.finish_request(request, client_address)
            status = 0

        # A handler that leaves by `SystemExit` means to: no report.
        except Exception:
            self.handle_error(request, client_address)
        finally:
            # A child that returned would run the rest of the parent's
            # program, a second time. `os._exit` skips every `finally`
            # and `atexit` and flushes no file: those are the parent's.
            # What a handler has printed into a buffer is lost with it.
            try:
                self.shutdown_request(request)
            finally:
                os._exit(status)


def _wait_for(pid: int, blocking: bool) -> int:
    """Take a child's exit status; return its number, or 0 if it runs.

    A child that somebody else has collected counts as ended.
    """
    # omits: the original lets every other `OSError` pass, here and at
    # the limit. There is none that `waitpid` could raise.
    try:
        return os.waitpid(pid, 0 if blocking else os.WNOHANG)[0]
    except ChildProcessError:
        return pid


def _some_child_has_ended() -> bool:
    """Ask one question in place of one for each child.

    True when in doubt: then they are asked one by one.
    """
    # The original asks each child, on every turn of the loop, mostly in
    # vain. Not every system can ask about all of them at once.
    if not hasattr(os, "waitid"):
        return True

    # `WNOWAIT` leaves the exit status where it is, for whoever's child
    # it may be.
    # omits: a child whose status somebody else has taken is forgotten
    # on the next turn there. Here, it is when one is found that nobody
    # has taken, when none is left, or at the limit.
    options = os.WEXITED | os.WNOHANG | os.WNOWAIT
    try:
        return os.waitid(os.P_ALL, 0, options) is not None
    except ChildProcessError:
        # No child is left at all, so those we know of were collected by
        # somebody else, and are to be forgotten.
        return True
