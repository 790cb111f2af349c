"""How does a server let all of its handlers wait at the same time?

By a third mix-in beside `ThreadingMixIn` and `ForkingMixIn`. It takes
the same hook, `process_request`, and makes neither a thread nor a
process of the request, but a *task*: work that can be put aside.

    class Echo(AsyncStreamRequestHandler):
        async def handle(self):
            async for line in self.rfile:    # put aside here
                self.wfile.write(line)

    class AsyncTCPServer(AsyncMixIn, TCPServer): ...

    AsyncTCPServer(address, Echo).serve_forever()

What it takes for that: the loop is `asyncio`'s, which watches every
connection and not only the listener; the listener never blocks; and
`handle` is written `async def`, with an `await` wherever it may wait.
What `await` does there, `stepping` tells, and `aiohandlers` how the
handlers are made.

Between two `await`s nobody else runs. What a handler changes there, no
other sees half done, and most locks can be spared. The price: one that
computes for a second, or calls `time.sleep`, holds up everybody.

Three limits, off or generous by default, keep slow clients from doing
harm: `AsyncMixIn.max_connections`, `AsyncMixIn.time_limit` and, at the
end, `AsyncMixIn.grace_period`.

Read before: `threaded`, `aiohandlers`. Read next: `queues`, on the way
to handlers that talk to each other.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Any

from .base import _EXHAUSTED, _GONE, Address, Request
from .stepping import _porter_for, _Watch
from .tcp import TCPServer
from .udp import UDPServer

# How many requests are taken before those in progress get a turn.
_BATCH = 100


class AsyncMixIn:
    """Process each request in a task of its own, all in one thread.

        loop ── get_request ─┬─ step ─┬─ step ─┬─ get_request ─┬─ ▶
                             │        │        │               │
        task 1               └ handle ┊        ┊               └ hand…
        task 2                        └ handle ┊
                                               └ nobody has work

    However many tasks there are, one of them runs at a time.
    """

    # How many requests may be in progress; a client that comes then is
    # left in the kernel's queue. None: no limit.
    max_connections: int | None = None

    # Seconds that one request may take as a whole. What takes longer is
    # cancelled, and reported as a `TimeoutError`. None: no limit.
    time_limit: float | None = None

    # Seconds for the requests in progress to come to their end, once
    # the server is told to stop. Those that need more are cancelled.
    grace_period = 5.0

    # While the server serves: the loop, its thread, the requests in
    # progress, and what watches their connections. As in
    # `ThreadingMixIn`, there is no constructor that a subclass could
    # forget to call.
    _loop: asyncio.AbstractEventLoop | None = None
    _thread: int | None = None
    _tasks: "set[asyncio.Task[None]] | None" = None
    _porter: _Watch | None = None

    # The connections in progress, by their descriptors.
    _owners: dict[int, Request] | None = None

    # What ends the sleep of `serve`, or None when no more requests are
    # wanted. An error that is to end the loop. Whether the last look
    # into the kernel's queue found nobody.
    _turn: "asyncio.Future[None] | None" = None
    _error: BaseException | None = None
    _nobody = False

    # The listener's descriptor while the loop watches it, otherwise -1.
    # Its own `fileno` forgets the number as soon as it is closed.
    _heard = -1

    # What the server behind has to bring along: things to ask for, …
    socket: Any
    fileno: Callable[[], int]
    RequestHandlerClass: Callable[..., Any]

    # … and things to do.
    service_actions: Callable[[], None]
    shutdown_request: Callable[[Request], None]
    handle_error: Callable[[Request, Address], None]
    _handle_request_noblock: Callable[[], None]

    # The two flags of `BaseServer`, as they are called outside of it:
    # whatever ends a loop sets these.
    _BaseServer__is_shut_down: threading.Event
    _BaseServer__shutdown_request: bool

    # -- For callers

    def serve_forever(self, poll_interval: float = 0.5) -> None:
        """Handle requests until `shutdown`, as `BaseServer` does.

        Makes an event loop for it. In a program that has one already,
        await `serve`.
        """
        # It ends with all that the handlers may have started besides.
        # omits: Windows, whose usual loop cannot watch a listener.
        # There, run `serve` in an `asyncio.SelectorEventLoop`.
        asyncio.run(self.serve(poll_interval))

    async def serve(self, poll_interval: float = 0.5) -> None:
        """Handle requests in the running loop, until `shutdown`.

        Then no more are taken, and those in progress have the
        `grace_period`. Cancelling this call ends them at once. The
        listener stays open.
        """
        # The state of one run, made when it begins …
        self._BaseServer__is_shut_down.clear()
        self._thread = threading.get_ident()
        self._loop, self._tasks = asyncio.get_running_loop(), set()

        # … and gone when it ends, however it does. The wish to end is
        # granted and forgotten, and whoever waits in `shutdown` is let
        # go.
        try:
            with _porter_for(self._loop) as self._porter:
                await self._serve(poll_interval)

        # An error has been raised by then, and is told once.
        finally:
            self._loop = self._thread = self._tasks = None
            self._error = self._porter = None

            # As in `BaseServer.serve_forever`.
            self._BaseServer__shutdown_request = False
            self._BaseServer__is_shut_down.set()

    def shutdown(self) -> None:
        """Ask the loop to end, and return when it has.

        In the loop's own thread, such as in a handler, this asks and
        returns: whoever waited there would wait for himself.
        """
        # The flag first, then the ring, as in `BaseServer.shutdown`.
        # The event loop has a bell of its own.
        self._BaseServer__shutdown_request = True
        loop = self._loop

        # One that is closed this very moment needs no ring any more.
        with contextlib.suppress(RuntimeError):
            if loop is not None:
                loop.call_soon_threadsafe(self._wake)

        # Here too, a shutdown before the start waits for that start.
        if threading.get_ident() != self._thread:
            self._BaseServer__is_shut_down.wait()

    def server_close(self) -> None:
        """Close the listener; requests in progress are not disturbed."""
        # The loop lets go of the descriptor first: the kernel may give
        # it to somebody else, who would not be heard.
        loop, closed = self._loop, threading.Event()
        if threading.get_ident() == self._thread:
            self._ignore()

        # A loop may be touched in its own thread alone. One that is
        # held up, or ends this moment, is waited for a second at most.
        elif loop is not None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._close, closed)
                closed.wait(1)

        super().server_close()

    # -- For subclasses

    def get_request(self) -> tuple[Request, Address]:
        """Take the next request, or raise `BlockingIOError`."""
        # Who waits is taken; and whoever has left meanwhile is not
        # waited for.
        try:
            request, client_address = super().get_request()
        except OSError as error:
            # Mostly, the queue is empty. If it is an error that would
            # come again at once, `BaseServer` sleeps over it, and all
            # handlers would sleep as well. We stop listening instead.
            self._nobody = True
            if self._pause(error):
                raise BlockingIOError from error
            raise

        # `_finish` sees to it that the connection does not block.
        return request, client_address

    def process_request(
        self, request: Request, client_address: Address
    ) -> None:
        """Start a task for the request, and return at once.

        Where none is being served, as in `BaseServer.handle_request`,
        a loop is made for this request alone, and runs until it is
        done.
        """
        # Remembered for the end, and for the meantime: the loop's own
        # memory is weak, and may lose a task in the middle of its work.
        if self._loop is not None and self._tasks is not None:
            work = self.process_request_task(request, client_address)
            self._tasks.add(task := self._loop.create_task(work))
            task.add_done_callback(self._forget)

        # As in `BaseServer.process_request`, whose caller takes care of
        # errors.
        else:
            asyncio.run(self._finish(request, client_address))
            self.shutdown_request(request)

    async def process_request_task(
        self, request: Request, client_address: Address
    ) -> None:
        """Do in the task what `BaseServer.process_request` does."""
        # As in a thread, no caller is left who could report an error.
        try:
            await self._finish(request, client_address)
        except Exception:
            self.handle_error(request, client_address)

        # And the report comes before the goodbye.
        finally:
            self.shutdown_request(request)

    def finish_request(self, request: Request, client_address: Address) -> Any:
        """Make a handler and return it: to await it is to handle.

        An `async def` function with the same arguments will do as well.
        """
        return self.RequestHandlerClass(request, client_address, self)

    async def see_off(self) -> None:
        """Wait for the requests in progress, for the `grace_period`.

        No more are taken by then. A child can let those go first that
        wait for something, as `HubMixIn` does.
        """
        # An empty house is not waited for.
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self.grace_period)

    # -- Machinery

    async def _finish(self, request: Request, client_address: Address) -> None:
        """Await what `finish_request` gives; end it at the limit."""
        # Asked early, for a handler may close the connection itself.
        stream = isinstance(request, socket.socket)
        descriptor = request.fileno() if stream else -1
        self._own(descriptor, request)

        # Whoever overrides `get_request` need not think of it: one
        # connection that blocks would stop everybody.
        # omits: TLS. A connection that `get_request` has encrypted may
        # have to write before it can read, and our files cannot know.
        # For that there is `asyncio.start_server`.
        if stream:
            request.setblocking(False)

        # Awaited, whatever it is: an `async def` may take the place of
        # the hook.
        try:
            work = self.finish_request(request, client_address)

            # A wait of its own, with a task of its own, has its price.
            if self.time_limit is not None:
                work = asyncio.wait_for(work, self.time_limit)
            await work

        # Before the kernel may give the descriptor to the next client.
        finally:
            self._disown(descriptor, request)

    @property
    def _watch(self) -> _Watch | None:
        """What is to watch one connection more; None for the loop."""
        # To ask a porter is one more call of the kernel, which several
        # can share. Whoever is alone is heard sooner by the loop.
        alone = self._tasks is None or len(self._tasks) < 2
        return None if alone else self._porter

    def _own(self, descriptor: int, request: Request) -> None:
        """Note whose descriptor it is; -1 is nobody's."""
        # One that was closed by its handler comes again with the next
        # client, whom a loop that believes to watch it already would
        # never hear.
        self._owners = self._owners or {}
        if self._owners.pop(descriptor, None) is not None:
            self._unwatch(descriptor)

        # A datagram has none, and the listener is not its own.
        if descriptor >= 0:
            self._owners[descriptor] = request

    def _disown(self, descriptor: int, request: Request) -> None:
        """Have a descriptor forgotten, unless it is another's already."""
        # That other one has been heard so far, and should be.
        if self._owners and self._owners.get(descriptor) is request:
            del self._owners[descriptor]
            self._unwatch(descriptor)

    def _unwatch(self, descriptor: int) -> None:
        """Watch a descriptor no more, if anybody did."""
        # A handler may have asked the loop by itself.
        loop = asyncio.get_running_loop()
        loop.remove_reader(descriptor)
        loop.remove_writer(descriptor)

        # Without `serve`, there is no other watch.
        if self._porter is not None:
            self._porter.remove_reader(descriptor)

    async def _serve(self, poll_interval: float) -> None:
        """Take requests until the wish to end, then see them off."""
        # A knock is a rumour: whoever knocked may have left, and the
        # listener must not wait for the next one.
        patience = self.socket.gettimeout()
        self.socket.setblocking(False)

        # Whatever ends the turns by an error ends the requests as well,
        # and at once.
        try:
            await self._take_turns(poll_interval)
            await self.see_off()
        finally:
            # As it was found, unless somebody has closed it.
            if self.fileno() >= 0:
                self.socket.settimeout(patience)

            # Last, for somebody may cancel us in it.
            await self._cut_off()

    async def _cut_off(self) -> None:
        """Cancel the requests in progress, until there are none."""
        # Told again every second: a handler may have good reasons to
        # catch it, and a slow client afterwards.
        while self._tasks:
            for task in self._tasks:
                task.cancel()

            # We may be cancelled as well, once more.
            try:
                await asyncio.wait(self._tasks, timeout=1)

            # Nobody is left behind for that.
            except asyncio.CancelledError:
                await self._cut_off()
                raise

    async def _take_turns(self, poll_interval: float) -> None:
        """Listen and sleep, until woken or for `poll_interval` seconds."""
        # A future is done once: each sleep needs a new one.
        loop = asyncio.get_running_loop()
        self._turn = loop.create_future()
        try:
            while not self._BaseServer__shutdown_request:
                # Each time, for somebody may have raised the limit.
                self._listen()
                await asyncio.wait([self._turn], timeout=poll_interval)
                self._turn = loop.create_future()

                # An error in a callback would end in the loop's log.
                # Here it goes where the original's goes, to the caller.
                if self._error is not None:
                    raise self._error
                self.service_actions()

        # From here on, `_listen` does nothing.
        finally:
            self._turn = None
            self._ignore()

    def _wake(self, error: BaseException | None = None) -> None:
        """Let `serve` have a turn, and fail if there was an error."""
        # The first error is the one to tell.
        self._error = self._error or error
        if self._turn is not None and not self._turn.done():
            self._turn.set_result(None)

    def _room(self) -> int:
        """Say how many requests may be taken, up to a batch."""
        # Below zero, where the limit was lowered meanwhile.
        if self.max_connections is None:
            return _BATCH
        return min(_BATCH, self.max_connections - len(self._tasks or ()))

    def _listen(self) -> None:
        """Have the listener watched, where a request is wanted."""
        # A listener that is closed has no descriptor.
        wanted = self._heard < 0 <= self.fileno() and self._room() > 0
        if self._loop is not None and self._turn is not None and wanted:
            self._heard = self.fileno()
            self._loop.add_reader(self._heard, self._answer)

    def _ignore(self) -> None:
        """Have the listener watched no more, if it was."""
        # By the number that the loop knows.
        if self._loop is not None and self._heard >= 0:
            self._loop.remove_reader(self._heard)
        self._heard = -1

    def _close(self, closed: threading.Event) -> None:
        """Close the listener for another thread, and tell it so."""
        # In one turn: in between, `_listen` would be free to listen.
        self._ignore()
        self.socket.close()
        closed.set()

    def _pause(self, error: OSError) -> bool:
        """Hear nobody for a while, if the error would come again.

        Says whether it does so.
        """
        # Without a loop to listen, there is nothing to be paused.
        if self._loop is None or error.errno not in _EXHAUSTED | _GONE:
            return False

        # A tenth of a second, as in `base`.
        self._ignore()
        self._loop.call_later(0.1, self._listen)
        return True

    def _answer(self) -> None:
        """Take the requests that wait; the loop calls it at a knock."""
        # Many at once: a turn of the loop costs as much as a request.
        self._nobody = False
        try:
            for _ in range(self._room()):
                # Whoever comes after the wish to end is left waiting.
                if self._nobody or self._BaseServer__shutdown_request:
                    break

                # The pipeline is the one of `BaseServer`, which is left
                # to wonder why `process_request` is so quick. It awaits
                # nothing: an `async def verify_request` would let
                # everybody in, for a coroutine counts as true.
                self._handle_request_noblock()
                self.service_actions()

        # A hook such as `verify_request` may end the loop.
        except BaseException as error:
            self._wake(error)

        # A knock that is not answered would be heard again and again.
        if self._room() <= 0:
            self._ignore()

    def _forget(self, task: "asyncio.Task[None]") -> None:
        """Let go of a task that has ended, and make room for another."""
        # It may have been the one that filled the house.
        if self._tasks is not None:
            self._tasks.discard(task)
        if self._heard < 0:
            self._listen()

        # What is no `Exception` is meant for the whole program, and
        # ends the loop, as `BaseServer` has it.
        if not task.cancelled() and task.exception() is not None:
            self._wake(task.exception())


class AsyncTCPServer(AsyncMixIn, TCPServer):
    """A task per connection."""


class AsyncUDPServer(AsyncMixIn, UDPServer):
    """A task per datagram; all of them answer by one socket."""


# As in `combined`: what a system cannot do has no name.
if hasattr(socket, "AF_UNIX"):
    from .unix import UnixDatagramServer, UnixStreamServer

    class AsyncUnixStreamServer(AsyncMixIn, UnixStreamServer):
        """A task per connection, by path."""

    class AsyncUnixDatagramServer(AsyncMixIn, UnixDatagramServer):
        """A task per datagram, by path."""
