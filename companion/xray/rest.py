"""When is everybody at rest? So that the next thing to happen is known.

A thread is at rest while it waits for something that has not come. When all
threads are, only a client can make anything happen: a scenario lets its
client act then, and every run is the same.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Ready = Callable[[], bool]

GIVEN_UP = 10.0  # seconds until a run that never rests goes on all the same


def _never() -> bool:
    return False


def _woken() -> bool:
    return True


class Rest:
    """Who runs (None), who waits, and whether what is waited for has come."""

    def __init__(self) -> None:
        self.changed = threading.Condition(threading.Lock())
        self.waiting: dict[int | object, Ready | None] = {}

    def begin(self, who: int | object) -> None:
        """Count somebody among those who run."""
        with self.changed:
            self.waiting[who] = None

    def replace(self, before: object, after: int) -> None:
        """Know a thread by its number, now that it has one."""
        with self.changed:
            self.waiting.pop(before, None)
            self.waiting[after] = None

    def end(self, who: int | object) -> None:
        """Count somebody no more."""
        with self.changed:
            self.waiting.pop(who, None)
            self.changed.notify_all()

    @contextmanager
    def wait(self, ready: Ready = _never) -> Iterator[None]:
        """Wait for something in a `with` block; `ready` tells if it came."""
        who = threading.get_ident()
        if who not in self.waiting:
            yield
            return
        self._mark(who, ready)
        try:
            yield
        finally:
            self._mark(who, None)

    def let_others_finish(self) -> None:
        """Go on only when nobody else runs: for a loop that has woken up.

        Of several that wake up, the one that was there first goes first.
        """
        who = threading.get_ident()
        if who not in self.waiting:
            return
        self._mark(who, _woken)
        with self.changed:
            self.changed.wait_for(lambda: self._is_my_turn(who), GIVEN_UP)
        self._mark(who, None)

    def await_all(self) -> bool:
        """Return when all others wait in vain; False if they never do."""
        who = threading.get_ident()
        with self.wait(), self.changed:
            return self.changed.wait_for(lambda: self._still(who), GIVEN_UP)

    def _mark(self, who: int, ready: Ready | None) -> None:
        with self.changed:
            self.waiting[who] = ready
            self.changed.notify_all()

    def _still(self, me: int) -> bool:
        return all(
            ready is not None and not ready()
            for who, ready in self.waiting.items()
            if who != me
        )

    def _is_my_turn(self, me: int) -> bool:
        senior = True
        for who, ready in self.waiting.items():
            if who == me:
                senior = False
            elif ready is _woken:
                if senior:
                    return False
            elif ready is None or ready():
                return False
        return True
