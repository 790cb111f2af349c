"""What does a file do when there is nothing to read?

An ordinary file makes its thread wait. The files here are awaited: a
handler that asks for a line which has not come is put aside, and taken
up again when it has. How, `stepping` tells.

    client ──▶ [ kernel ] ── knock ──▶ [ data ] ───▶ readline
    client ◀── [ kernel ] ◀── flush ── [ unsent ] ◀── write

Two rules make them quick. *Read first, and wait only for what is not
there.* *Send when the handler is put aside*: what it has written until
then leaves in one piece, for each piece costs a call of the kernel.

Read before: `handlers`, `stepping`. Read next: `aiohandlers`, who
read and write them.
"""

import asyncio
import socket
from collections.abc import Iterable
from typing import Any

from .stepping import _Call, _Steps, _Watch

# In bytes. The loop gives each client one piece a turn, so nobody
# starves the others by sending much. Much larger pieces are slower: the
# memory for them comes from the system, and goes back to it each time.
_PIECE = 64 * 1024

# In bytes. So much may be written and not yet sent, until a handler
# that wants to read is made to wait for its client. Else a few small
# requests with large answers would fill the memory.
_FULL = 64 * 1024

# Whether a task may begin in the step of another: since Python 3.12.
_EAGER = hasattr(asyncio, "eager_task_factory")


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
        self._unsent: bytes | bytearray = bytearray()

    # -- For handlers

    async def read(self, size: int = -1) -> bytes:
        """Read so many bytes, or all; fewer only at the end."""
        # Who reads owes the client nothing, or not much.
        if len(self._unsent) > _FULL:
            await self.drain()

        # Nothing is taken before all is there, so that a reader who
        # gives up in the middle has lost nothing.
        while not self._ended and (size < 0 or self._there() < size):
            await self
        return self._take(self._there() if size < 0 else size)

    async def read1(self, size: int = -1) -> bytes:
        """Read what is there, up to `size`; wait only if nothing is."""
        # As in `read`, and in `readline`.
        if len(self._unsent) > _FULL:
            await self.drain()

        # Empty at the end of the file, like each of the three.
        if not self._ended and not self._there():
            await self
        return self._take(self._there() if size < 0 else size)

    async def readline(self, size: int = -1) -> bytes:
        """Read up to the end of the line, or up to `size` bytes.

        Gives nothing at the end of the file. Raises `ValueError` when
        the line is too long and no `size` was given.
        """
        # Asked once for each line, for those that are there already
        # are read without a wait.
        if len(self._unsent) > _FULL:
            await self.drain()

        # The same bytes are not searched twice, however slowly they
        # drip in.
        limit, seen = self._limit if size < 0 else size, 0
        while seen < limit:
            # Mostly nothing is there yet, for the client waits for us.
            # A limit past the end of what is there does no harm.
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
        if line := await self.readline():
            return line
        raise StopAsyncIteration

    def write(self, data: Any) -> int:
        """Keep a bytes-like object; return its size in bytes."""
        # Counted here: an `array.array` counts items, and not bytes.
        before = len(self._unsent)
        self._unsent += data
        return len(self._unsent) - before

    def writelines(self, lines: Iterable[Any]) -> None:
        """Write each of the lines; their ends are in them."""
        # omits: `peek`, `readinto` and `readlines` of the original's
        # files, their `close` and their `fileno`.
        for line in lines:
            self.write(line)

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


class _Connection(_Memory):
    """A connection as a file, which is read when the client knocks.

    A handler that waits is stepped as soon as there is something to
    read. Any other task gets a future, and goes on a turn later.
    """

    def __init__(
        self,
        sock: socket.socket,
        limit: int,
        timeout: float | None,
        watch: _Watch | None = None,
        steps: _Steps | None = None,
    ) -> None:
        """Borrow a connection that does not block; others close it.

        A read, or a wait for room to write, may last `timeout` seconds,
        and then raises `TimeoutError`.
        With no other `watch`, the loop looks out for what comes. The
        handler is stepped by `steps`.
        """
        # The descriptor is asked for early: a handler may close the
        # connection while the loop watches it.
        super().__init__(b"", limit)
        self._sock, self._fileno, self._timeout = sock, sock.fileno(), timeout
        self._loop, self._ended = asyncio.get_running_loop(), False
        self._watch = self._loop if watch is None else watch

        # Reading: whether nobody has read yet, and whether anybody
        # looks out for bytes. Who waits for some, and until when.
        self._fresh, self._watched = True, False
        self._steps = steps
        self._reader: _Steps | _Call | None = None
        self._timer: asyncio.TimerHandle | None = None

        # Writing: whether the handler is in a step that we began, and
        # whether the loop looks out for room. The tasks that wait for
        # room, and how the client was lost.
        self._stepping = self._stuck = False
        self._drains: list[asyncio.Future[None]] = []
        self._lost: OSError | None = None

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

        # A single piece leaves as it is, and is not copied.
        if not before and isinstance(data, bytes):
            self._unsent = data
        else:
            # By its method `extend`, an `array.array` would be taken
            # for a list of numbers.
            gathered = self._gathered()
            gathered += data

        # Counted as in `_Memory`. Much is not worth the gathering.
        size = len(self._unsent) - before
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

        # Mostly, that was all of it.
        if sent == len(self._unsent):
            self._unsent = b""
            return

        # The rest is sent when the client has made room.
        del self._gathered()[:sent]
        self._stuck = True
        self._loop.add_writer(self._fileno, self._unstick)

    async def drain(self, rest: int = _FULL) -> None:
        """Wait until at most `rest` bytes are unsent.

        Raises `TimeoutError` after `timeout` seconds, or the `OSError`
        by which the client was lost.
        """
        # Perhaps it has room after all.
        if len(self._unsent) > rest:
            self.flush()

        # Many may wait for one slow client, and none of them is in a
        # hurry: here `asyncio.Future` will do.
        while len(self._unsent) > rest:
            room, timeout = self._loop.create_future(), self._timeout
            self._drains.append(room)

            # `wait_for` would raise an error of its own before 3.11.
            if not (await asyncio.wait([room], timeout=timeout))[0]:
                raise TimeoutError("timed out")

        # Told once the bytes have gone nowhere.
        if self._lost is not None:
            raise self._lost

    # -- For the task

    def __await__(self) -> Any:
        """Wait until there is more to read, or no more will come."""
        # There is one reader, and bytes could go to either of two.
        if self._reader is not None and self._reader.waits:
            raise RuntimeError("another task reads from this connection")

        # Many clients speak as soon as they are connected, and those
        # need not be watched. Only once: a client that is always quick
        # must not be able to hold its handler in this place.
        if not self._watched:
            fresh, self._fresh = self._fresh, False
            if fresh and self._receive():
                return iter(())

            # To begin costs a call of the kernel. So it goes on between
            # the reads.
            self._look_out()

        # Besides the bytes, the clock may end the wait. If an earlier
        # wait was cancelled, its clock still runs.
        if self._timeout is not None:
            self._stop_the_clock()
            self._timer = self._loop.call_later(self._timeout, self._expire)

        # Who asks is the handler, if that is in a step; or else a task
        # that began in there at once.
        steps = self._steps
        if steps is not None and steps.running:
            eager = _EAGER and asyncio.current_task() is not steps.task

            # The handler is told by a yield that it will be stepped.
            if not eager:
                self._reader = steps
                return iter((steps,))

        # Any other task knows futures only.
        self._reader = _Call(loop=self._loop)
        return iter(self._reader)

    # -- For the loop

    def _knock(self) -> None:
        """Fetch what is there, and let the reader have it."""
        # Nobody wants it, or nobody should: who does not read what we
        # send is not read either, or our memory would fill. The bytes
        # can wait in the kernel, which makes the client wait.
        if self._reader is None or len(self._unsent) > _FULL:
            self._watch.remove_reader(self._fileno)
            self._watched = False
            return

        # A knock is a rumour: there may be nothing after all.
        error = None
        try:
            if not self._receive():
                return

        # For the reader to learn; in the loop it would end in a log.
        except OSError as caught:
            error = caught

        # By this, a handler takes its next step. What keeps the error
        # would be kept by it.
        self._step(error)
        error = None

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
        if self._reader is not None and not self._watched:
            self._look_out()

    def _expire(self) -> None:
        """End a wait that has lasted too long."""
        self._step(TimeoutError("timed out"))

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

    def _stop_the_clock(self) -> None:
        """Let the wait last for ever, if it was not to."""
        # It would hold on to us for as long as it ran.
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _gathered(self) -> bytearray:
        """Give what is unsent as something that grows and shrinks."""
        # A piece of `bytes` is the handler's own, and never changes.
        if isinstance(self._unsent, bytes):
            self._unsent = bytearray(self._unsent)
        return self._unsent

    def _step(self, error: BaseException | None = None) -> None:
        """Let the reader go on, until it waits again or ends."""
        # The wait is over, before the reader can begin another one.
        reader, self._reader = self._reader, None
        if self._timer is not None:
            self._stop_the_clock()

        # Two reasons to go on may come at once: the second finds that
        # nobody waits.
        if reader is None:
            return

        # This returns when the handler waits again, for whatever it is,
        # or has ended.
        self._stepping = True
        reader.step(error)
        self._stepping, error = False, None

        # Asked here, for a call costs more than a look.
        if self._unsent:
            self.flush()
