"""How is a handler put aside where it stands, and taken up again?

A thread that waits for its client does nothing, and still keeps its
stack. Here a handler with nothing to do is put aside, and the only
thread there is does something else.

A function that can be put aside is a *coroutine*: it is written `async
def`, and `await` marks the places. It does nothing by itself. Somebody
takes one step of it, by `send(None)`: then it runs up to a place where
it has to wait, and *yields* what it waits for.

    send(None) ──▶ handle ─ await ─▶ readline ─ await ─▶ file
                                                          │ yields
    "I wait for …"  ◀─────────────────────────────────────┘

Each `await` passes on what the one inside it yields. So the whole chain
of calls stops at once, however long it is, and goes on at once.

In `asyncio` that somebody is a *task*. What it is told to wait for is a
*future*: it calls back when there is a result. The call is put on the
list of the *loop*, which runs whatever can go on, and is made in its
next turn. That is fair, and it has its price. Here, whoever knows that
a handler can go on takes its next step on the spot.

Read before: `threaded`. Read next: `waiting`, the file that a handler
waits for.
"""

import asyncio
import contextlib
import contextvars
import select
from collections.abc import Callable, Coroutine, Generator, Iterator
from typing import Any


class _Call(asyncio.Future[None]):
    """A wait for a file, by a task that takes its steps itself."""

    @property
    def waits(self) -> bool:
        """Whether the call is still to come."""
        # Otherwise it was made, or the task has been cancelled.
        return not self.done()

    def step(self, error: BaseException | None = None) -> None:
        """Call the task: it may go on, or has to bear an error."""
        # Whoever was cancelled does not wait any more.
        if self.done():
            return

        # The result is in the file.
        if error is None:
            self.set_result(None)
        else:
            self.set_exception(error)


class _Steps:
    """A coroutine, and how to take its next step.

        task ──▶ await steps ─┬─ step ─▶ yields a future: the task waits
                              └─ step ─▶ yields us: it is put aside …
        a client knocks ──▶ step ─▶ yields us                │
        a client knocks ──▶ step ─▶ yields us   ◀────────────┘

    The task takes the first step, and those after the wait for a
    future or a turn of the loop. The others are taken by whoever calls
    `step`.
    """

    def __init__(self, work: Coroutine[Any, Any, Any]) -> None:
        """Take no step yet: `await` does."""
        # Context variables (PEP 567) have to be the same in all of the
        # steps, whoever takes them.
        # omits: a variable that was set outside cannot be reset inside,
        # by its token.
        self._work, self._send = work, work.send
        self._context = contextvars.copy_context()

        # What the work has yielded: ourselves, if it waits for a step.
        # How it has ended, by a return or by an error.
        self._wanted: Any = None
        self._end: Any = None

        # Whether it is in a step.
        self.running = False

    @property
    def waits(self) -> bool:
        """Whether it is put aside until somebody calls `step`."""
        # Whoever was cancelled does not wait any more.
        return self._wanted is self and not self._rest.done()

    def __await__(self) -> Generator[Any, Any, Any]:
        """Take the steps of the task, which awaits the whole work."""
        # Whoever takes a step in its place says whose step it is.
        self._loop = asyncio.get_running_loop()
        self.task = asyncio.current_task()
        self._take()

        # The work decides at each step who is to take the next one.
        while self._end is None:
            error = None
            try:
                # To the task, the steps of others are one long wait.
                if self._wanted is self:
                    self._rest = self._loop.create_future()
                    yield from self._rest
                    continue

                # As if the work had yielded it to the task itself.
                self._mark(True)
                yield self._wanted

            # Cancelled, as a rule; or what the work waited for failed.
            except BaseException as caught:
                error = caught

            # Whoever cancels a task cancels what it waits for. The task
            # waits on, until that has come to its end.
            if self._pass_on(error):
                continue

            # All else is for the work to bear. If it has returned in
            # the meantime, it cannot.
            if self._end is None:
                self._take(error)
            elif isinstance(self._end, StopIteration):
                self._end = error

        # See there: no call may keep an error that goes through it.
        error = None
        return self._outcome()

    def step(self, error: BaseException | None = None) -> None:
        """Take a step on the spot; for the loop to call, not the task."""
        # It may have gone on already, or be about to: cancelled.
        if self._wanted is not self or self._rest.done():
            return

        # By these two, `asyncio` learns whose step it is. They are
        # meant for those who write tasks of their own.
        try:
            asyncio._enter_task(self._loop, self.task)
            self._take(error)

        # Even if somebody has pressed Ctrl-C: otherwise no task could
        # take a step any more, not even to clear away.
        finally:
            asyncio._leave_task(self._loop, self.task)
            error = None

        # What is not ours is for the task to wait for, in the next turn
        # of the loop. It goes on anyway if this step has cancelled it.
        if self._wanted is not self:
            self._mark(False)
            if not self._rest.done():
                self._rest.set_result(None)

    # -- Machinery

    def _take(self, error: BaseException | None = None) -> None:
        """Go on to where the work waits again, or ends."""
        # Until it waits again, a second step must not be taken.
        self._wanted, self.running = None, True
        try:
            # An error is raised where the work was put aside.
            if error is None:
                self._wanted = self._context.run(self._send, None)
            else:
                self._wanted = self._context.run(self._work.throw, error)

        # Kept for the task. The loop, which may have called, would put
        # it into a log.
        except BaseException as end:
            self._end = end
        self.running, error = False, None

    def _mark(self, asked: bool) -> None:
        """Note at a future whether a task is asked to wait for it."""
        # It was not, until it has its turn after a step of another's.
        # Left on, the mark would keep others from waiting.
        if asyncio.isfuture(self._wanted):
            self._wanted._asyncio_future_blocking = asked

    def _pass_on(self, error: BaseException | None) -> bool:
        """Cancel what is wanted, as a task does; False if it cannot be."""
        # Otherwise it would go on, and nobody would want it any more.
        if isinstance(error, asyncio.CancelledError):
            future = asyncio.isfuture(self._wanted)
            return future and self._wanted.cancel(*error.args)
        return False

    def _outcome(self) -> Any:
        """Return what the work has returned, or raise its error."""
        # The task sees what was set, as if it had awaited the work.
        for variable, value in self._context.items():
            variable.set(value)

        # An error keeps the calls that it has come through. Where they
        # keep it as well, the handler's things would stay for long.
        end, self._end, self.task = self._end, None, None
        try:
            # That a coroutine returns is told by an error, too.
            if isinstance(end, StopIteration):
                return end.value
            raise end

        # The last to let go.
        finally:
            end = None


class _Porter:
    """Listen at many doors, so that the loop listens at one.

        client ──▶ ┌───────┐
        client ──▶ │ epoll │ ──▶ loop ──▶ ring ─┬▶ _knock
        client ──▶ └───────┘                    └▶ _knock

    A door is a descriptor, the kernel's number for a connection. For
    each knock that it hears itself, the loop makes a note, puts it on a
    list and takes it off again. The porter spares it that.
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
        # place of a porter. The kernel forgets a door that is closed,
        # and we do not notice: so it is told each time.
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
