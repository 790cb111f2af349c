"""Calls of a server's methods, in the order in which they come."""

from __future__ import annotations

import functools
import inspect
import itertools
import threading
from collections.abc import Callable, Iterable
from typing import Any


def watched(cls: type, *names: str) -> type:
    """Return a subclass that notes which of its methods are called.

    Its `calls` is a list of `(method, supplied by, thread)`, in order: for
    the methods in `names`, else for every public one. Each time the cell is
    run, it makes another subclass, whose list is empty.
    """
    calls: list[tuple[str, str, str]] = []
    child = type(cls.__name__, (cls,), {"calls": calls})
    for name in names or filter(functools.partial(_is_hook, cls), dir(cls)):
        setattr(child, name, _telling(child, cls, name))
    return child


def _is_hook(cls: type, name: str) -> bool:
    """Tell whether a name is a public method, written in Python."""
    return not name.startswith("_") and inspect.isfunction(getattr(cls, name))


def _telling(child: type, cls: type, name: str) -> Callable[..., object]:
    """Make a method that notes its call, and then does the inherited one."""
    supplier = next(each for each in cls.__mro__ if name in vars(each))

    @functools.wraps(getattr(cls, name))
    def method(self: Any, *args: Any, **options: Any) -> object:
        who = threading.current_thread().name
        self.calls.append((name, supplier.__name__, who))
        return getattr(super(child, self), name)(*args, **options)

    return method


def show_calls(cls: Any, *, without: Iterable[str] = ("fileno",)) -> None:
    """Print the calls of a `watched` class, and who supplied each method.

    A thread that `running` has not made is one of the server's own: they are
    called worker 1, worker 2, in the order in which they come. The same call
    several times in a row is one line.
    """
    known = {"MainThread": "main", "loop": "loop", "closing": "closing"}
    shown = (call for call in cls.calls if call[0] not in set(without))
    for (name, supplier, thread), row in itertools.groupby(shown):
        where = known.setdefault(thread, f"worker {len(known) - 2}")
        times = len(list(row))
        again = f", {times} times" if times > 1 else ""
        print(f"{name:24} from {supplier:20} in thread: {where}{again}")
