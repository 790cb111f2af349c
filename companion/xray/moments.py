"""What of a recording goes into a picture: calls of methods, and acts.

Lines, helpers and the bell are left out. What is left says, lane by lane, who
called which hook and what passed from one lane to another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .recording import Act, Recording, Step

# Methods that a picture is better without: they are on the way to others.
QUIET = {"fileno", "__enter__", "__exit__"}

ACTS = {
    "connect": "connects",
    "accept": "accepts the client",
    "send": "sends {detail}",
    "receive": "receives {detail}",
    "shutdown": "says goodbye",
    "close": "closes the {on}",
    "start": "starts {on}",
    "fork": "forks {on}",
    "born": "is born",
    "exit": "exits, {detail}",
    "wait": "collects {on}, {detail}",
    "set": "sets {on}",
    "waited": "has waited for {on}",
    "task": "makes {on}",
    "aside": "is put aside",
    "resume": "goes on",
    "join": "has waited for {on}",
}


@dataclass(frozen=True)
class Moment:
    """A call of a method, an act, or an exception, and how deep it lies.

    `last` is the number of the step with which a call ends; 0 for one that
    does not end. For all else it is the step itself.
    """

    step: Step
    kind: str
    text: str
    supplier: str
    depth: int
    last: int

    @property
    def words(self) -> str:
        """The moment as a part of a sentence."""
        if self.kind == "call":
            return f"{self.text} is called ({self.supplier} supplies it)"
        return self.text


def moments(recording: Recording) -> tuple[Moment, ...]:
    """Return what of a recording is worth a line in a picture, in order."""
    return tuple(_Moments(recording).read())


class _Moments:
    def __init__(self, recording: Recording) -> None:
        self.steps = recording.steps()
        self.clients = {
            lane.id for lane in recording.lanes if lane.kind == "client"
        }
        self.ends = {
            step.stack[-1]: step.number
            for step in self.steps
            if step.event in ("return", "leave")
        }
        self.shown: set[int] = set()

    def read(self) -> Iterator[Moment]:
        for step in self.steps:
            moment = self._moment(step)
            if moment:
                yield moment

    def _moment(self, step: Step) -> Moment | None:
        text = supplier = ""
        last = step.number
        if step.event == "call" and self._is_hook(step):
            assert step.function is not None
            text, supplier = step.function.name, step.function.supplier
            if text == "__init__":
                text = f"{step.cls}(…)"
            last = self.ends.get(step.number, 0)
            self.shown.add(step.number)
        elif step.act and not step.act.on.startswith("bell"):
            text = self._act(step, step.act)
        elif step.event == "raise":
            text = f"{step.error}"
        if not text:
            return None
        outer = [number for number in step.stack if number in self.shown]
        depth = len(outer) - (step.event == "call")
        return Moment(step, step.event, text, supplier, depth, last)

    def _is_hook(self, step: Step) -> bool:
        function = step.function
        if not function or not step.cls or function.supplier.startswith("_"):
            return False
        if function.name in QUIET or self._does_nothing(step):
            return False
        if function.name == "__init__":
            # That of a parent, called by the child's, is the same birth.
            caller = self._caller(step)
            return not (caller and caller.function.name == "__init__")
        return not function.name.startswith("_")

    def _does_nothing(self, step: Step) -> bool:
        """Tell whether a hook is the empty one, called on each turn."""
        assert step.function is not None
        return step.function.symbol == "BaseServer.service_actions"

    def _caller(self, step: Step) -> Step | None:
        caller = self.steps[step.stack[-2] - 1] if step.stack[1:] else None
        return caller if caller and caller.cls == step.cls else None

    def _act(self, step: Step, act: Act) -> str:
        if act.what not in ACTS:
            return ""
        detail = act.detail.partition(" to (")[0].partition(" from (")[0]
        if act.what == "receive" and detail == "the end":
            return "hears the end"
        if act.what == "close" and step.lane in self.clients:
            return "hangs up"
        return ACTS[act.what].format(on=act.on, detail=detail)
