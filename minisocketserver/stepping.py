"""How is a handler put aside where it stands, and taken up again?

A thread that waits for its client does nothing, and still costs a stack
and a place in the system's queue. Here a handler with nothing to do is
put aside, and its only thread does something else.

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
loop's list, and made in the loop's next turn. That is fair, and it has
its price. Here those who know that a handler can go on take its next
step themselves.

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

        # The two ways in which a future can end.
        if error is None:
            self.set_result(None)
        else:
            self.set_exception(error)


class _Steps:
    """A coroutine, and how to take its next step.

        task ──▶ await steps ─┬─ step ─▶ yields a future: the task waits
                              └─ step ─▶ yields us: it is put aside …
        ring ──▶ _knock ──▶ step ─▶ yields us                  │
        ring ──▶ _knock ──▶ step ─▶ yields us   ◀──────────────┘

    The task takes the first step, and those that follow upon a future.
    The others are taken by whoever calls `step`, on the spot.
    """

    def __init__(self, work: Coroutine[Any, Any, Any]) -> None:
        """Take no step yet: `await` does."""
        # Context variables (PEP 567) are set for the work alone, and
        # are the same in all of its steps, whoever takes them.
        self._work, self._send = work, work.send
        self._context = contextvars.copy_context()

        # What the work has yielded: ourselves, if it waits for a step.
        # How it has ended, by a return or by an error.
        self._wanted: Any = None
        self._end: BaseException | None = None

        # Whether it is in a step.
        self.running = False

    @property
    def waits(self) -> bool:
        """Whether it is put aside until somebody calls `step`."""
        return self._wanted is self

    def __await__(self) -> Generator[Any, Any, Any]:
        """Take the steps of the task, which awaits the whole work."""
        # Whoever takes a step says that it is a step of this task.
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
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
                yield self._wanted

            # Cancelled, as a rule; that is for the work to bear.
            except BaseException as caught:
                error = caught

            # Unless it had come to its end in the meantime.
            if self._end is None:
                self._take(error)

        # That a coroutine returns is told by an error, too.
        if isinstance(self._end, StopIteration):
            return self._end.value

        # An error knows the calls that it has come through. If these
        # knew it as well, the handler's things would stay for long.
        try:
            raise self._end
        finally:
            error = self._end = self._task = None

    def step(self, error: BaseException | None = None) -> None:
        """Take a step on the spot; for the loop to call, not the task."""
        # It may have gone on already, or be about to: cancelled.
        if self._wanted is not self or self._rest.done():
            return

        # By these two, `asyncio` learns whose step it is. They are
        # meant for those who write tasks of their own.
        asyncio._enter_task(self._loop, self._task)
        self._take(error)
        asyncio._leave_task(self._loop, self._task)

        # What is not ours is for the task to wait for, …
        if self._wanted is self:
            return
        if not self._rest.done():
            self._rest.set_result(None)

        # … unless the work has cancelled its own task in this step.
        elif isinstance(self._wanted, asyncio.Future):
            self._wanted.cancel()

    # -- Machinery

    def _take(self, error: BaseException | None = None) -> None:
        """Go on to where the work waits again, or ends."""
        # An error is raised in it, where it was put aside.
        # Until it waits again, a second step must not be taken.
        self._wanted, self.running = None, True
        try:
            # An error is raised where the work was put aside.
            if error is None:
                self._wanted = self._context.run(self._send, None)
            else:
                self._wanted = self._context.run(self._work.throw, error)

        # Kept for the task: the loop, which may have called, would but
        # put it into a log.
        except BaseException as end:
            self._end = end
        self.running, error = False, None


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
