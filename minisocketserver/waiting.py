"""What does `await` do when a handler has to wait?

A thread that waits for its client does nothing, and still costs a stack
and a place in the system's queue. Here a handler with nothing to do is
put aside where it stands, and its only thread does something else.

A function that can be put aside is a *coroutine*: it is written `async
def`, and `await` marks the places. `asyncio` runs a coroutine as a
*task*, step by step. What a task waits for is called a *future*.

    handle ─ await ─▶ readline ─ await ─▶ _Connection
                                               │ yields itself
    task   "a future: let it call me back"  ◀──┘
      ⋮    (aside; others have their turn)
    loop   "bytes are there"  ──▶ _knock ──▶ task: the next step

Each `await` passes on what the one inside it yields, out to the task.
So the whole chain of calls stops at once, however long it is, and goes
on at once. At the inner end there is always somebody who yields, and
here that is the connection: it is a file to its handler, and a future
to the task.

Two rules make it quick. *Read first, and wait only for what is not
there.* *Send when the handler is put aside*: what it has written until
then leaves in one piece, for each piece costs a call of the kernel.

Read before: `handlers`. Read next: `aio`, the server around it.
"""

import asyncio
import contextlib
import contextvars
import select
import socket
from collections.abc import Callable, Iterator
from typing import Any

# In bytes. The loop gives each client one piece a turn, so nobody
# starves the others by sending much. Much larger pieces are slower: the
# memory for them comes from the system, and goes back to it each time.
_PIECE = 64 * 1024

# In bytes. So much may be written and not yet sent, until a handler
# that wants to read is made to wait for its client.
_FULL = 64 * 1024


class _Memory:
    """A file in memory, whose reads are awaited.

        data ──▶ [ used up │ there ] ──▶ await readline()
                           └ _at
        getvalue() ◀── [ _unsent ] ◀──── write()

    All is there from the start, so nothing has to be waited for.
    """

    def __init__(self, data: bytes = b"", limit: int = _FULL) -> None:
        """Hold what can be read; a line may have `limit` bytes."""
        # Bytes that are used up stay where they are until more come. To
        # move the rest to the front for each line would cost more.
        self._data: bytes | bytearray = data
        self._at, self._limit, self._ended = 0, limit, True
        self._unsent = bytearray()

    # -- For handlers

    async def read(self, size: int = -1) -> bytes:
        """Read so many bytes, or all; fewer only at the end."""
        # Nothing is taken before all is there, so that a reader who
        # gives up in the middle has lost nothing.
        while not self._ended and (size < 0 or self._there() < size):
            await self
        return self._take(self._there() if size < 0 else size)

    async def read1(self, size: int = -1) -> bytes:
        """Read what is there, up to `size`; wait only if nothing is."""
        # Empty at the end of the file, like each of the three.
        if not self._ended and not self._there():
            await self
        return self._take(self._there() if size < 0 else size)

    async def readline(self, size: int = -1) -> bytes:
        """Read up to the end of the line, or up to `size` bytes.

        Gives nothing at the end of the file. Raises `ValueError` when
        the line is too long and no `size` was given.
        """
        # The same bytes are not searched twice, however slowly they
        # drip in.
        limit, seen = self._limit if size < 0 else size, 0
        while seen < limit:
            # The limit is past the end of what is there, mostly. And
            # mostly nothing is, for the client waits for us.
            data, at, end = self._data, self._at, 0
            if data:
                end = data.find(b"\n", at + seen, at + limit) + 1

            # Found, or to be looked for in what comes next.
            if end:
                return self._take(end - at)
            seen = len(data) - at

            # A last line may lack its end.
            if self._ended and seen <= limit:
                return self._take(seen)
            if seen < limit:
                await self

        # Without a limit, a client could fill the memory with one line.
        if size < 0:
            raise ValueError(f"a line of more than {limit} bytes")
        return self._take(limit)

    def __aiter__(self) -> "_Memory":
        """Begin an `async for`, which goes line by line."""
        return self

    async def __anext__(self) -> bytes:
        """Read the next line, or end the `async for`."""
        # An empty line has its end, so it is not empty.
        line = await self.readline()
        if line:
            return line
        raise StopAsyncIteration

    def write(self, data: Any) -> int:
        """Keep a bytes-like object; return its size in bytes."""
        # Counted here: an `array.array` counts items, and not bytes.
        before = len(self._unsent)
        self._unsent += data
        return len(self._unsent) - before

    def flush(self) -> None:
        """Send what was written; memory has nowhere to send it to."""

    async def drain(self, rest: int = _FULL) -> None:
        """Wait until at most `rest` bytes are unsent; here, never."""

    def getvalue(self) -> bytes:
        """Give what was written."""
        return bytes(self._unsent)

    # -- Machinery

    def __await__(self) -> Any:
        """Wait until there is more to read; here there never is."""
        # What is iterated over is yielded to the task: nothing, and so
        # the task goes on at once.
        return iter(())

    def _there(self) -> int:
        """Say how many bytes can be read at once."""
        return len(self._data) - self._at

    def _take(self, size: int) -> bytes:
        """Take bytes from the front of what is there."""
        # What is used up is let go of: whoever waits may wait for long,
        # and should not sit on memory meanwhile.
        data, first = self._data, self._at
        last = self._at = first + size
        if last >= len(data):
            self._data, self._at = b"", 0

        # All of a piece is the piece itself, and is not copied.
        if isinstance(data, bytes):
            return data[first:last]

        # By a view, the bytes are copied once, and not twice.
        with memoryview(data) as view:
            return bytes(view[first:last])


class _Porter:
    """Listen at many doors, so that the loop listens at one.

        client ──▶ ┌───────┐
        client ──▶ │ epoll │ ──▶ loop ──▶ ring ─┬▶ _knock
        client ──▶ └───────┘                    └▶ _knock

    For each knock that it hears itself, the loop makes a note, puts it
    on a list and takes it off again.
    """

    def __init__(self, epoll: "select.epoll") -> None:
        """Borrow the kernel's list of doors; others close it."""
        # What is to be done at which door.
        self._epoll = epoll
        self._knocks: dict[int, Callable[[], object]] = {}

    # -- For connections

    def add_reader(self, door: int, knock: Callable[[], object]) -> None:
        """Call `knock` whenever there is something to read."""
        # By the name that this has in the loop, which can take the
        # place of a porter. The kernel forgets a closed door, and we do
        # not notice: what it knows counts.
        self._knocks[door] = knock
        with contextlib.suppress(FileExistsError):
            self._epoll.register(door, select.EPOLLIN)

    def remove_reader(self, door: int) -> None:
        """Listen there no more, if anybody did."""
        # It may be closed already.
        if self._knocks.pop(door, None) is not None:
            with contextlib.suppress(OSError):
                self._epoll.unregister(door)

    # -- For the loop

    def ring(self) -> None:
        """Ask once who has knocked, and see to each of them."""
        # One may have been shown out by the step of another. The loop
        # has its other work to do before we ask again.
        for door, _ in self._epoll.poll(0):
            knock = self._knocks.get(door)
            if knock is not None:
                knock()


# What watches a connection: a porter, or the loop in person.
_Watch = _Porter | asyncio.AbstractEventLoop


@contextlib.contextmanager
def _porter_for(loop: asyncio.AbstractEventLoop) -> Iterator[_Watch]:
    """Give what watches connections, until the block ends."""
    # omits: `kqueue` (macOS, the BSDs), which could do the same. There,
    # a line is some tenths of a microsecond dearer.
    if not hasattr(select, "epoll"):
        yield loop
        return

    # An epoll is a file that can be watched like any other.
    with select.epoll() as epoll:
        porter = _Porter(epoll)
        loop.add_reader(epoll, porter.ring)

        # The loop must forget it before it is closed.
        try:
            yield porter
        finally:
            loop.remove_reader(epoll)


class _Connection(_Memory):
    """A connection: a file, and the future that its reader awaits.

        task ◀── yield ── __await__            put aside …
        task ──▶ add_done_callback(wake)       "this is how to call me"
                        ⋮
        ring ──▶ _knock ──▶ wake ──▶ task      … and taken up again

    `asyncio.Future` would put the call on the loop's list, for its next
    turn. This one makes it on the spot, and saves each request a turn.
    A future is what has the methods that a task asks for, below, and
    the attributes `_loop` and `_asyncio_future_blocking`.
    """

    def __init__(
        self,
        sock: socket.socket,
        limit: int,
        timeout: float | None,
        watch: "_Watch | None" = None,
    ) -> None:
        """Borrow a connection that does not block; others close it.

        A read, or a wait for room to write, may last `timeout` seconds.
        With no other `watch`, the loop looks out for what comes.
        """
        # The descriptor is asked for early: a handler may close the
        # connection while the loop watches it.
        super().__init__(b"", limit)
        self._sock, self._fileno, self._timeout = sock, sock.fileno(), timeout
        self._loop, self._ended = asyncio.get_running_loop(), False
        self._watch = self._loop if watch is None else watch

        # Reading: whether nobody has read yet, and whether anybody
        # looks out for bytes. How to call the task that waits for some,
        # and what went wrong while it did.
        self._fresh, self._watched = True, False
        self._wake: Callable[[Any], object] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._error: BaseException | None = None

        # Writing: whether the task runs because we called it, and
        # whether the loop looks out for room. The tasks that wait for
        # room, and how the client was lost.
        self._stepping = self._stuck = False
        self._drains: list[asyncio.Future[None]] = []
        self._lost: OSError | None = None

        # True from the moment that we are awaited until the task has
        # understood it; a name that `asyncio` asks for.
        self._asyncio_future_blocking = False

    # -- For handlers

    def write(self, data: Any) -> int:
        """Have a bytes-like object sent; return its size in bytes.

        Never waits and never fails: `drain` tells of a lost client.
        """
        # A step that we begin ends with a `flush`. In any other, which
        # may be of another connection's handler, the loop is asked to
        # make one.
        before = len(self._unsent)
        if not before and not self._stepping:
            self._loop.call_soon(self.flush)

        # As in `_Memory`. A call of its method costs more.
        self._unsent += data
        size = len(self._unsent) - before

        # Much at once is not worth the gathering.
        if before + size > _FULL:
            self.flush()
        return size

    def flush(self) -> None:
        """Send what the kernel takes; the loop sends the rest."""
        # While there is no room, another try would be in vain.
        if not self._unsent or self._stuck:
            return

        # `send` takes what there is room for, and tells how much.
        try:
            sent = self._sock.send(self._unsent)
        except BlockingIOError:
            sent = 0

        # The client is gone, and the rest of its bytes with it.
        except OSError as error:
            self._lost, sent = error, len(self._unsent)

        # The rest is sent when the client has made room.
        del self._unsent[:sent]
        if self._unsent:
            self._stuck = True
            self._loop.add_writer(self._fileno, self._unstick)

    async def drain(self, rest: int = _FULL) -> None:
        """Wait until at most `rest` bytes are unsent.

        Raises the `OSError` by which the client was lost.
        """
        # Perhaps it has room after all.
        if len(self._unsent) > rest:
            self.flush()

        # Many may wait for one slow client, and none of them is in a
        # hurry: here `asyncio.Future` will do.
        while len(self._unsent) > rest:
            self._drains.append(self._loop.create_future())
            await asyncio.wait_for(self._drains[-1], self._timeout)

        # Told once the bytes have gone nowhere.
        if self._lost is not None:
            raise self._lost

    # -- For the task

    def __await__(self) -> Any:
        """Wait until there is more to read, or no more will come."""
        # There is one `_wake`, and bytes could go to either of two.
        if self._wake is not None:
            raise RuntimeError("another task reads from this connection")

        # Many clients speak as soon as they are connected, and those
        # need not be watched. Only once: a client that is always quick
        # must not be able to hold its handler in this place.
        if not self._watched:
            fresh, self._fresh = self._fresh, False
            if fresh and self._receive():
                return iter(())

            # A call of the kernel's: it is left on between reads.
            self._look_out()

        # Besides the bytes, the clock may end the wait.
        if self._timeout is not None:
            self._timer = self._loop.call_later(self._timeout, self._expire)

        # The one thing that is yielded is ourselves. The flag says that
        # it was by an `await`, and not by mistake.
        self._asyncio_future_blocking = True
        return iter((self,))

    def add_done_callback(
        self, wake: Callable[[Any], object], *, context: contextvars.Context
    ) -> None:
        """Learn how the task wants to be called back."""
        self._wake, self._context = wake, context

    def result(self) -> None:
        """Tell the task how the wait ended: well, or by an error."""
        # Told once: the next wait may end well.
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def cancel(self, msg: Any = None) -> bool:
        """End the wait, because somebody cancels the task."""
        # Not on the spot: that somebody is a task as well, and a task
        # does not run inside of another.
        self._error = asyncio.CancelledError(*filter(None, [msg]))
        self._loop.call_soon(self._step)
        return True

    # -- For the loop

    def _knock(self) -> None:
        """Fetch what is there, and let the task have it."""
        # Nobody wants it, or nobody should: who does not read what we
        # send is not read either, or our memory would fill. The bytes
        # can wait in the kernel, which makes the client wait.
        if self._wake is None or len(self._unsent) > _FULL:
            self._watch.remove_reader(self._fileno)
            self._watched = False
            return

        # A knock is a rumour: there may be nothing after all. An error
        # is for the task to learn; in the loop it would end in a log.
        try:
            there = self._receive()
        except OSError as error:
            self._error, there = error, True

        # By this, the handler takes its next step.
        if there:
            self._step()

    def _unstick(self) -> None:
        """Go on sending: there is room again."""
        # If it is not enough room, `flush` will be stuck again.
        self._loop.remove_writer(self._fileno)
        self._stuck = False
        self.flush()

        # Those who still have too much before them wait again.
        waiting, self._drains = self._drains, []
        for each in waiting:
            if not each.done():
                each.set_result(None)

        # The one who was not read is read again.
        if self._wake is not None and not self._watched:
            self._look_out()

    def _expire(self) -> None:
        """End a wait that has lasted too long."""
        self._error = TimeoutError("timed out")
        self._step()

    # -- Machinery

    def _look_out(self) -> None:
        """Have the watch look out for bytes."""
        self._watch.add_reader(self._fileno, self._knock)
        self._watched = True

    def _receive(self) -> bool:
        """Fetch a piece, or the end; False when neither has come yet."""
        # The connection does not block, but says that it would have to.
        try:
            piece = self._sock.recv(_PIECE)
        except BlockingIOError:
            return False

        # Mostly all is used up, and the piece takes its place as it is.
        self._ended = not piece
        if not self._data:
            self._data = piece
            return True

        # A `bytearray` can grow; `bytes` are copied for each piece.
        if self._at or isinstance(self._data, bytes):
            self._data, self._at = bytearray(self._data[self._at :]), 0
        self._data += piece
        return True

    def _step(self) -> None:
        """Take the task up where it was put aside, until it is again."""
        # The wait is over, before the task can begin another one.
        wake, self._wake = self._wake, None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

        # Two reasons to wake up may come at once: the second finds that
        # nobody waits.
        if wake is None:
            return

        # This returns when the task waits again, for whatever it is, or
        # has ended.
        self._stepping = True
        self._context.run(wake, self)
        self._stepping = False

        # Asked here, for a call costs more than a look.
        if self._unsent:
            self.flush()
