"""In which order are a class's methods called? As it was recorded.

For a class that no scenario runs, the order is taken from the recording of
its nearest relative, and the page says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from companion import xray
from companion.xray.calls import PHASES, Call
from companion.xray.recording import Lane

# What is on top in every line says nothing about kinship.
FAR = {"object"}


PHRASES = {"main": "the main thread", "loop": "the loop's thread"}
OTHERS = {
    "thread": "a thread of its own",
    "process": "a process of its own",
    "task": "a task of its own",
}


@dataclass(frozen=True)
class Order:
    """The methods of a class by phase, in the order of their first calls.

    `scenario` and `cls` say what was recorded. `where` names the threads and
    processes in which a method ran, `above` the methods of the same object
    that it was first called below. `elsewhere` has those that only other
    scenarios call, each with such a scenario.
    """

    scenario: str
    cls: str
    phases: dict[str, list[str]]
    where: dict[str, list[str]]
    above: dict[str, list[str]]
    elsewhere: dict[str, str]


def order(cls: type, names: list[str]) -> Order | None:
    """Return the order for the methods `names`; None if nobody recorded it."""
    line = [each.__name__ for each in cls.__mro__]
    found = _nearest(line)
    if not found:
        return None
    scenario, recorded = found
    made = Order(scenario, recorded, {each: [] for each in PHASES}, {}, {}, {})
    lanes = {each.id: each for each in xray.load(scenario).lanes}
    for call in xray.calls(scenario):
        if call.cls != recorded or call.name not in names:
            continue
        if call.name not in made.where:
            made.phases[call.phase].append(call.name)
            made.above[call.name] = _above(scenario, call)
        place = _place(lanes[call.lane])
        places = made.where.setdefault(call.name, [])
        if place not in places:
            places.append(place)
    rest = [name for name in names if name not in made.where]
    # A mix-in alone serves nobody: what it is mixed with counts as well.
    line += xray.load(scenario).classes[recorded]
    made.elsewhere.update(_elsewhere(set(line) - FAR, rest))
    return made


def _above(scenario: str, call: Call) -> list[str]:
    """Name the methods of the same class that a call was made below."""
    steps = xray.load(scenario).steps()
    above = (steps[each - 1] for each in steps[call.step - 1].stack[:-1])
    return [
        step.function.symbol.rpartition(".")[2]
        for step in above
        if step.function and step.cls == call.cls
    ]


def depths(names: list[str], above: dict[str, list[str]]) -> list[int]:
    """Say how far in each of the names stands below its callers.

    What stands further in is called by what stands above it, in this list:
    who has no caller here stands at its edge.
    """
    found: list[int] = []
    callers: list[str] = []
    for name in names:
        while callers and callers[-1] not in above.get(name, []):
            callers.pop()
        found.append(len(callers))
        callers.append(name)
    return found


def _place(lane: Lane) -> str:
    return PHRASES.get(lane.id, OTHERS.get(lane.kind, lane.title))


def _nearest(line: list[str]) -> tuple[str, str] | None:
    """Return the scenario, and the class in it, that comes nearest to a line.

    Best is the class itself, then an heir, then whoever has the same mix-in
    in front, then whoever has most in common.
    """
    wanted = set(line) - FAR
    best, found = (False, False, False, 0), None
    for scenario in xray.SCENARIOS:
        for name, theirs in _served(scenario).items():
            common = len(wanted & set(theirs))
            heir, beside = line[0] in theirs, line[1] in theirs[1:2]
            rank = (name == line[0], heir, beside, common)
            if common and rank > best:
                best, found = rank, (scenario, name)
    return found


@lru_cache(maxsize=64)
def _served(scenario: str) -> dict[str, tuple[str, ...]]:
    """Map the classes that took part in a request to their lines."""
    part = {call.cls for call in xray.calls(scenario, phase="request")}
    lines = xray.load(scenario).classes
    return {
        name: lines[name] for name in lines if name in part and name[0] != "_"
    }


def _elsewhere(kin: set[str], names: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the names that the module calls in some scenario, with that."""
    for name in names:
        for scenario in xray.SCENARIOS:
            lines = xray.load(scenario).classes
            if any(
                call.name == name and kin & set(lines[call.cls])
                for call in _by_module(scenario)
            ):
                yield name, scenario
                break


@lru_cache(maxsize=64)
def _by_module(scenario: str) -> tuple[Call, ...]:
    """Return the calls that come from the module, not from the program."""
    recording = xray.load(scenario)
    steps = recording.steps()

    def is_own(call: Call) -> bool:
        callers = steps[call.step - 1].stack[:-1]
        if not callers:
            return False
        function = steps[callers[-1] - 1].function
        return bool(function and function.file != recording.script)

    return tuple(filter(is_own, xray.calls(scenario)))


def title(scenario: str) -> str:
    """Return what a scenario shows, in a few words."""
    return xray.load(scenario).title
