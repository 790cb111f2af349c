"""Values as short texts, the same on every run.

What the machine hands out, such as a port or the number of a process, is
written as a token, `⟦port 54321⟧`. Its name is known only when the whole run
is: `companion.xray.assemble` puts it in.
"""

from __future__ import annotations

import re
import socket
import tempfile
import threading
from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType

WIDEST = 48
MEMBERS = 4
# A folder of the scenario's own has another name in each run.
FOLDER = re.compile(re.escape(tempfile.gettempdir()) + r"[\\/][^\\/']+")
# Of these, a value is a number that the kernel gave out.
DESCRIPTORS = {"fileno", "descriptor"}
SMALL = 1 << 20  # no thread's number is as small
OPEN, CLOSE = "⟦", "⟧"

PLAIN = (bool, int, float, str, bytes, bytearray, type(None))


def token(kind: str, value: object) -> str:
    """Stand in for a value that differs from run to run."""
    return f"{OPEN}{kind} {value}{CLOSE}"


class Pid(int):
    """The number of the process that asked for it."""


class Shower:
    """Writes values; `lanes`, `children` and `sockets` know the strangers.

    Each is asked for the name of a thread's lane, of a child process, or of
    a socket, and answers None for one that it has never seen.
    """

    def __init__(
        self,
        lanes: Callable[[threading.Thread], str | None],
        children: Callable[[int], str | None],
    ) -> None:
        self.lanes, self.children = lanes, children
        self.sockets: Callable[[socket.socket], str | None] = _unknown

    def show(self, value: object) -> str:
        """Write a value in one line of `WIDEST` characters at most."""
        if isinstance(value, (list, tuple, set, frozenset)):
            return self._several(value)
        if isinstance(value, dict):
            pairs = [
                f"{self.show(key)}: {self.show(member)}"
                for key, member in list(value.items())[:MEMBERS]
            ]
            return "{" + self._join(pairs, len(value)) + "}"
        if isinstance(value, PLAIN):
            return self._plain(value)
        return self._object(value)

    def show_named(self, name: str, value: object) -> str:
        """Write the value of a name; some names tell what a number is."""
        if name in DESCRIPTORS and isinstance(value, int):
            return "a descriptor"
        return self.show(value)

    def _plain(self, value: object) -> str:
        if isinstance(value, Pid):
            return "pid of this process"
        is_pid = isinstance(value, int) and not isinstance(value, bool)
        if is_pid and self.children(value):
            return token("pid", value)
        if is_pid and value > SMALL and (thread := _thread(value)):
            return f"number of {token('name', self.lanes(thread))}"
        text = FOLDER.sub("…", repr(value))
        return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"

    def _several(self, values: list | tuple | set | frozenset) -> str:
        if is_address(values):
            host, port, *_ = values
            return f"({host!r}, {token('port', port)})"
        members = [self.show(value) for value in list(values)[:MEMBERS]]
        if isinstance(values, (set, frozenset)):
            members.sort()
        inside = self._join(members, len(values))
        if isinstance(values, tuple):
            return f"({inside},)" if len(values) == 1 else f"({inside})"
        if isinstance(values, list):
            return f"[{inside}]"
        return f"{{{inside}}}" if values else "set()"

    def _join(self, members: list[str], count: int) -> str:
        rest = ["…"] if count > len(members) else []
        return ", ".join([*members, *rest])

    def _object(self, value: object) -> str:
        name = None
        if isinstance(value, socket.socket):
            name = self.sockets(value)
        elif isinstance(value, threading.Thread):
            name = self.lanes(value)
        if name:
            return f"<{token('name', name)}>"
        if isinstance(value, BaseException):
            return failure(value)
        return f"<{_kind(value)}>"


def _thread(number: int) -> threading.Thread | None:
    """Return the thread that the system knows by a number."""
    found = (t for t in threading.enumerate() if t.ident == number)
    return next(found, None)


def _unknown(_: object) -> None:
    """Know nobody: nothing has been opened yet."""


def _kind(value: object) -> str:
    """Name what a value is, or a function or class by its own name."""
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, (FunctionType, MethodType, BuiltinFunctionType)):
        return value.__qualname__.rpartition("<locals>.")[2]
    if isinstance(value, ModuleType):
        return f"module {value.__name__}"
    return type(value).__name__


def is_address(values: object) -> bool:
    """Tell whether this is `(host, port)`, or IPv6's longer form of it."""
    return (
        isinstance(values, tuple)
        and len(values) in (2, 4)
        and isinstance(values[0], str)
        and isinstance(values[1], int)
        and not isinstance(values[1], bool)
    )


def failure(error: BaseException) -> str:
    """Write an exception as the last line of its traceback has it."""
    text = str(error).partition("\n")[0]
    if len(text) > WIDEST:
        text = f"{text[: WIDEST - 1]}…"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
