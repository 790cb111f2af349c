"""Which methods are called, in which order, by whom: a recording's outline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .recording import Recording, Step
from .store import load

PHASES = ("start", "request", "stop")
ENDINGS = {"shutdown", "server_close"}


@dataclass(frozen=True)
class Call:
    """A call of a method: `symbol` is `BaseServer.process_request`.

    `cls` is the concrete class of `self`; `supplier` has the method in its
    body and is number `place` of the MRO of `cls`, from 1. `depth` counts the
    calls that are open around it in its lane. `phase` is start (up to the
    first client's first act), request, or stop (from the first call of
    `shutdown` or `server_close` that follows).
    """

    symbol: str
    cls: str
    supplier: str
    name: str
    place: int
    lane: str
    depth: int
    step: int
    phase: str


def calls(
    recording: Recording | str,
    implementation: str = "mini",
    phase: str | None = None,
) -> tuple[Call, ...]:
    """Return the calls of methods, in the order in which they came.

    `recording` may be the name of a scenario. Plain functions and the script
    itself are left out. With `phase`, only the calls of that phase.
    """
    if isinstance(recording, str):
        recording = load(recording, implementation)
    return tuple(
        call
        for call in _calls(recording)
        if phase is None or call.phase == phase
    )


def _calls(recording: Recording) -> Iterator[Call]:
    clients = {lane.id for lane in recording.lanes if lane.kind == "client"}
    phase = "start"
    for step in recording.steps():
        if step.lane in clients:
            if phase == "start":
                phase = "request"
        elif step.event == "call" and step.function and step.cls:
            if phase == "request" and step.function.name in ENDINGS:
                phase = "stop"
            yield _call(step, phase)


def _call(step: Step, phase: str) -> Call:
    assert step.function is not None
    return Call(
        symbol=step.function.symbol,
        cls=step.cls,
        supplier=step.function.supplier,
        name=step.function.name,
        place=step.place,
        lane=step.lane,
        depth=len(step.stack) - 1,
        step=step.number,
        phase=phase,
    )
