"""How does a handler wait for a message, and the sender for nobody?

Two handlers are never ready at the same moment. The one that has
something to say must not wait until the other listens, or the slowest
client would set the pace for all. So there is a *queue* in between:
the sender leaves the message there and goes on.

    put ──▶ [ 3 2 1 ] ──▶ for message in subscription
             limit        async for message in subscription

A queue without a limit ends when the memory does. With one, somebody
has to decide what becomes of a message that finds no room. There are
three answers, and `Policy` lists them. Waiting is not one of them.

The reader may be a thread or a task, and they wait in different ways.
A thread sleeps, and the kernel wakes it. A *task* is a function that
`asyncio` runs in turn with others, in one thread, its *loop*. If a
task put that thread to sleep, all the others would stand still. It
hands the loop a *future* instead, a promise of a result, and the loop
comes back to the task when the promise is kept.

Read before: `threaded`, `aio`. Read next: `hub`, where the messages
come from.
"""

import asyncio
import enum
import threading
from collections import deque
from typing import Any, TypeAlias

# What is said is the program's own business.
Message: TypeAlias = Any


class Policy(enum.Enum):
    """What a full queue does with one message more."""

    DROP_OLDEST = "drop oldest"  # the news count
    DROP_NEWEST = "drop newest"  # the beginning counts
    DISCONNECT = "disconnect"  # rather an end than a gap


class Subscription:
    """A queue with a limit, for one reader: a thread or a task.

    Loop over it. The loop waits for each message, and ends when the
    subscription is closed and empty. `lost` counts the messages that
    found no room, for a handler that owes its client the truth.
    """

    def __init__(
        self, limit: int = 1000, policy: Policy = Policy.DROP_OLDEST
    ) -> None:
        """Make an empty queue; `ValueError` if it could hold nothing."""
        # A queue for nothing would lose everything, in silence.
        if limit < 1:
            raise ValueError(f"a queue must hold a message, not {limit}")

        # Readable by all; only `put` and `close` change them.
        self.limit, self.policy = limit, policy
        self.lost = 0
        self.closed = False

        # A lock that its own thread may take twice: the garbage
        # collector may run in the middle of `put`, and with it some
        # `__del__` that has a last word to publish.
        self._lock = threading.RLock()
        self._messages: deque[Message] = deque(maxlen=limit)

        # Where threads wait, and where tasks do: each future with the
        # thread of its loop.
        self._changed = threading.Condition(self._lock)
        self._futures: dict[asyncio.Future[None], int] = {}

    # -- For handlers

    def get(self, timeout: float | None = None) -> Message:
        """Wait for the next message, for up to `timeout` seconds.

        Raises `TimeoutError`, or `EOFError` when closed and empty.
        """
        # Waiting gives the lock away; `put` could not get in otherwise.
        with self._lock:
            self._changed.wait_for(self._is_ready, timeout)
            return self._take()

    def __iter__(self) -> "Subscription":
        """Loop in a thread: each message once, in order."""
        return self

    def __next__(self) -> Message:
        """Wait for the next message, for as long as it takes."""
        # How a `for` loop is told of the end; its body never sees it.
        try:
            return self.get()
        except EOFError:
            raise StopIteration from None

    def __aiter__(self) -> "Subscription":
        """Loop in a task, on whichever loop it runs."""
        return self

    async def __anext__(self) -> Message:
        """Wait for the next message; others run meanwhile."""
        # Asked again after each wait: another reader may have been
        # quicker.
        while True:
            try:
                with self._lock:
                    return self._take()

            # The same two answers, for a loop that can wait its turn.
            except EOFError:
                raise StopAsyncIteration from None
            except TimeoutError:
                await self._wait()

    def close(self) -> None:
        """Take no more messages, and wake whoever waits for one."""
        # In one step: nobody begins to wait between the two.
        with self._lock:
            self.closed = True
            self._wake()

    def __enter__(self) -> "Subscription":
        """Enter a `with` block, whose end closes the subscription."""
        return self

    def __exit__(self, *args: object) -> None:
        """Close the subscription; an error in the block goes on."""
        self.close()

    # -- Machinery

    def put(self, message: Message) -> None:
        """Add a message, or do as the policy says; never wait."""
        with self._lock:
            # To be closed is no loss: nobody asked for this message.
            full = len(self._messages) >= self.limit
            if self.closed or (full and self._give_way()):
                return

            # With room, or with room made.
            self._messages.append(message)
            self._wake()

    def _give_way(self) -> bool:
        """Do as the policy says; True if the new message is lost."""
        # One message is lost, whichever it is. A `deque` that has a
        # `maxlen` drops its oldest by itself.
        self.lost += 1
        if self.policy is Policy.DROP_OLDEST:
            return False

        # A reader that is cut off still gets what it has, then the end.
        if self.policy is Policy.DISCONNECT:
            self.close()
        return True

    def _take(self) -> Message:
        """Take the next message, without waiting; the lock is held."""
        # What came before the end is still handed out.
        if self._messages:
            return self._messages.popleft()

        # The end stays, so it counts for more than the time.
        if self.closed:
            raise EOFError("the subscription is closed")
        raise TimeoutError("no message came in time")

    def _is_ready(self) -> bool:
        """Say whether there is a message, or the end, to be had."""
        return bool(self._messages) or self.closed

    async def _wait(self) -> None:
        """Wait in a task until something has changed."""
        # What comes after this finds the future. What has come before,
        # since the reader looked, is found here.
        future = asyncio.get_running_loop().create_future()
        with self._lock:
            self._futures[future] = threading.get_ident()

            # Woken by itself, if need be.
            if self._is_ready():
                self._wake()

        # Without the lock: a task that slept on it would stop its loop.
        try:
            await future

        # A task that is cancelled leaves here, too. One that asks again
        # and again, each time with a timeout, would pile up futures.
        finally:
            with self._lock:
                self._futures.pop(future, None)

    def _wake(self) -> None:
        """Wake whoever waits; each looks for itself what there is."""
        # All of them, although one message serves one. Were one woken
        # that has given up meanwhile, nobody would come.
        self._changed.notify_all()
        waiting, self._futures = self._futures, {}
        for future, thread in waiting.items():
            # A future belongs to its loop. In the thread of the loop,
            # the promise is kept on the spot.
            try:
                if thread == threading.get_ident():
                    _keep(future)

                # From another one, the loop is asked: it may be asleep.
                else:
                    loop = future.get_loop()
                    loop.call_soon_threadsafe(_keep, future)

            # A loop that was closed refuses. Nobody waits there.
            except RuntimeError:
                pass


def _keep(future: "asyncio.Future[None]") -> None:
    """Keep the promise, unless its task has been cancelled since."""
    if not future.done():
        future.set_result(None)
