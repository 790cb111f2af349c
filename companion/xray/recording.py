"""A run of a server as data: lanes, steps, and what had to come first.

    Recording ── lanes      who acts: a client, a thread, a child process
              ├─ functions  what was called, and the file that has it
              ├─ classes    each class of a `self`, with its MRO
              ├─ sockets    what the kernel lent, and to whom
              └─ steps      one list, in an order that could have happened

In a file, a step is a row of four: lane, event, line, and a dictionary of
what else there is to say. A row leaves out what can be worked out from the
rows before it, such as the call stack; `Step` has it all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, astuple, dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

FORMAT = 1

EVENTS = {
    "c": "call",
    "l": "line",
    "r": "return",
    "x": "raise",
    "u": "leave",
    "a": "act",
}
LETTERS = {event: letter for letter, event in EVENTS.items()}


@dataclass(frozen=True)
class Lane:
    """One who acts: `kind` is client, main, thread, process or task.

    `process` names the process that the lane runs in: `server`, or the
    child's name. `parent` is the lane that started this one. `end` tells how
    the recording left it: it has `ended`, it was `stopped` with the recording,
    or it still `waits: ...` for something.
    """

    id: str
    kind: str
    title: str
    process: str
    parent: str = ""
    end: str = "ended"


@dataclass(frozen=True)
class Function:
    """A function as its file has it: `BaseServer.shutdown`, `Upper.handle`."""

    symbol: str
    file: str
    first: int

    @property
    def supplier(self) -> str:
        """The class that has it in its body; empty for a plain function."""
        return self.symbol.rpartition(".")[0]

    @property
    def name(self) -> str:
        """Its name without the class."""
        return self.symbol.rpartition(".")[2]


@dataclass(frozen=True)
class Socket:
    """A socket: `name` is how every step calls it; `kind` is what it is for.

    Kinds are listener, connection (accepted), client, datagram (a server's
    for UDP), and bell (the pair that wakes the mini's loop).
    """

    name: str
    kind: str
    family: str


class SocketState(NamedTuple):
    """What became of a socket in one process.

    `state` is open, bound, listening, connected, goodbye (no more will be
    sent), inherited (by a fork), or closed. `tcp` is the kernel's own word at
    that moment, such as LISTEN, or empty where the kernel was not asked.
    """

    socket: str
    process: str
    state: str
    tcp: str = ""


class Act(NamedTuple):
    """Something done to the world outside of the interpreter.

    `what` is the act, `on` the socket, thread, process or event that it is
    done to, and `detail` what went through or came out.
    """

    what: str
    on: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Step:
    """One moment in one lane.

    `number` counts from 1. `event` is one of `EVENTS`. `function` is the
    one that runs, with the concrete class `cls` of its `self`; `place` is the
    number of the class that supplied it in the MRO of `cls`, from 1, or 0 for
    a plain function. `stack` holds the numbers of the calls that are open,
    outermost first. `changed` are attributes of `self`, `after` the steps of
    other lanes without which this one could not have come.
    """

    number: int
    lane: str
    event: str
    file: str
    line: int
    function: Function | None = None
    cls: str = ""
    place: int = 0
    stack: tuple[int, ...] = ()
    arguments: dict[str, str] = field(default_factory=dict)
    changed: dict[str, str] = field(default_factory=dict)
    value: str | None = None
    error: str | None = None
    act: Act | None = None
    sockets: tuple[SocketState, ...] = ()
    after: tuple[int, ...] = ()


@dataclass(frozen=True)
class Recording:
    """What was recorded of one run; `rows` are the steps as a file has them.

    `ended` is empty for a run that came to its end, or says in a sentence
    why it was stopped. `kernel` tells whether the kernel could be asked for
    its view of the sockets.
    """

    name: str
    title: str
    teaches: str
    implementation: str
    script: str
    python: str
    kernel: bool
    ended: str
    lanes: tuple[Lane, ...]
    functions: tuple[Function, ...]
    classes: dict[str, tuple[str, ...]]
    sockets: tuple[Socket, ...]
    rows: tuple[list[Any], ...]

    @property
    def heading(self) -> str:
        """The title as a sentence, with code in backticks."""
        return self.title if self.title.endswith("?") else f"{self.title}."

    def steps(self) -> tuple[Step, ...]:
        """Return the steps, each with all that is known of it."""
        return self._steps

    @cached_property
    def _steps(self) -> tuple[Step, ...]:
        return tuple(_Reader(self).read())

    def to_json(self) -> str:
        """Return the recording as a line of JSON."""
        data = {"format": FORMAT} | asdict(self)
        # There are a hundred of them: their fields go without names.
        data["functions"] = [astuple(each) for each in self.functions]
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Recording:
        """Read what `to_json` wrote.

        Raises ValueError for what is no recording of this format.
        """
        data = json.loads(text)
        if not isinstance(data, dict) or data.pop("format", None) != FORMAT:
            raise ValueError(f"this is no recording of format {FORMAT}")
        return cls(
            **data
            | {
                "lanes": tuple(Lane(**each) for each in data["lanes"]),
                "functions": tuple(Function(*f) for f in data["functions"]),
                "classes": {k: tuple(v) for k, v in data["classes"].items()},
                "sockets": tuple(Socket(**each) for each in data["sockets"]),
                "rows": tuple(data["rows"]),
            }
        )


@dataclass(frozen=True)
class _Frame:
    """An open call, as the reader of the rows remembers it."""

    number: int
    function: Function
    cls: str


class _Reader:
    """Works out of the rows what they leave out."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.stacks: dict[str, list[_Frame]] = {
            lane.id: [] for lane in recording.lanes
        }
        self.forks: dict[int, list[_Frame]] = {}

    def read(self) -> Iterator[Step]:
        for number, row in enumerate(self.recording.rows, 1):
            yield self._step(number, *row)

    def _step(
        self,
        number: int,
        lane_number: int,
        letter: str,
        line: int,
        more: dict[str, Any] | None = None,
    ) -> Step:
        lane, more = self.recording.lanes[lane_number], more or {}
        stack = self.stacks[lane.id]
        if "p" in more:
            stack[:] = self.forks[more["p"]]
        elif more.get("d", [""])[0] == "fork":
            self.forks[number] = list(stack)
        if letter == "c":
            function = self.recording.functions[more["f"]]
            stack.append(_Frame(number, function, more.get("k", "")))
        top = stack[-1] if stack else None
        numbers = tuple(frame.number for frame in stack)
        if letter in "ru":
            stack.pop()
        return Step(
            number=number,
            lane=lane.id,
            event=EVENTS[letter],
            file=top.function.file if top else self.recording.script,
            line=line,
            function=top.function if top else None,
            cls=top.cls if top else "",
            place=self._place(top) if top else 0,
            stack=numbers,
            arguments=more.get("a", {}),
            changed=more.get("w", {}),
            value=more.get("v"),
            error=more.get("e"),
            act=Act(*more["d"]) if "d" in more else None,
            sockets=tuple(SocketState(*each) for each in more.get("s", ())),
            after=tuple(more.get("o", ())),
        )

    def _place(self, frame: _Frame) -> int:
        mro = self.recording.classes.get(frame.cls, ())
        supplier = frame.function.supplier.rpartition(".")[2]
        return mro.index(supplier) + 1 if supplier in mro else 0
