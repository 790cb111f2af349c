"""One order for all lanes: what could have happened, always the same.

Each lane has its own order. Between lanes there are arrows: a child is born
of a fork, what is received was sent. Every order that respects the arrows
could have happened. We take the one that stays in a lane while it can, and
then goes on with whoever serves, before a client acts again.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from .arrows import Arrows

Entry = dict[str, Any]
Ref = tuple[str, int]


@dataclass(eq=False)
class Event:
    """A step on its way into a recording: `count` is its place in the lane.

    `after` are arrows to be shown; `before` orders without being shown.
    """

    lane: str
    count: int
    entry: Entry
    after: list[Event] = field(default_factory=list)
    before: list[Event] = field(default_factory=list)

    @property
    def sync(self) -> dict[str, Any]:
        """What the step has to do with other lanes."""
        return self.entry.get("sync", {})


class Run:
    """What the processes wrote, sorted: the lanes, and what is no step."""

    def __init__(self, entries: list[Entry], script: Path) -> None:
        self.about: dict[str, Entry] = {}
        self.lanes: dict[str, list[Event]] = {}
        self.notes: list[Entry] = []
        self.threads: defaultdict[tuple[str, int], list[Event]]
        self.threads = defaultdict(list)
        self.rests: list[tuple[Event, list[Ref]]] = []
        turns: dict[str, list[Ref]] = {}
        for entry in entries:
            if "id" in entry:
                self.about[entry["id"]] = entry
                self.lanes[entry["id"]] = []
            elif "rest" in entry:
                turns[entry["rest"]] = entry["before"]
            elif "lane" in entry and "t" in entry:
                self._add(entry, turns)
            else:
                self.notes.append(entry)
        self._forget(_uneventful(script))

    def _add(self, entry: Entry, turns: dict[str, list[Ref]]) -> None:
        lane = self.lanes[entry["lane"]]
        event = Event(entry["lane"], len(lane) + 1, entry)
        lane.append(event)
        about = self.about[event.lane]
        process = "child" if about["kind"] == "process" else ""
        key = about["process"] if process else "", entry["by"]
        self.threads[key].append(event)
        if event.lane in turns:
            self.rests.append((event, turns.pop(event.lane)))

    def is_client(self, lane: str) -> bool:
        """Tell whether nothing but acts is known of a lane."""
        return bool(self.about[lane]["kind"] == "client")

    def events(self) -> Iterator[Event]:
        """Every step, lane by lane."""
        return (event for lane in self.lanes.values() for event in lane)

    def at(self, ref: Ref) -> Event | None:
        """Find the step that a lane had come to, or the last one kept."""
        lane, count = ref
        found = None
        for event in self.lanes.get(lane, ()):
            if event.count > count:
                break
            found = event
        return found

    def noted(self, key: str) -> list[Entry]:
        """Return the notes that have something to say about `key`."""
        return [note for note in self.notes if key in note]

    def _forget(self, uneventful: set[int]) -> None:
        """Drop lines of the script that only define, or only drive clients."""
        dropped = set()
        for thread in self.threads.values():
            following_steps = [*thread[1:], None]
            for event, following in zip(thread, following_steps, strict=True):
                if self._is_script_line(event) and (
                    event.entry["line"] in uneventful
                    or (following and self.is_client(following.lane))
                ):
                    dropped.add(event)
        for lane, events in self.lanes.items():
            kept = [event for event in events if event not in dropped]
            self.lanes[lane] = kept
        for key, events in self.threads.items():
            self.threads[key] = [e for e in events if e not in dropped]

    def _is_script_line(self, event: Event) -> bool:
        if event.entry["e!"] != "l":
            return False
        depth = 0
        for each in reversed(self.lanes[event.lane][: event.count]):
            letter = each.entry["e!"]
            if letter == "c" and not depth:
                return bool(each.entry["f"][0] == "<module>")
            depth += {"r": 1, "u": 1, "c": -1}.get(letter, 0)
        return False


def _uneventful(script: Path) -> set[int]:
    """Return the lines of a script that only import, define or comment."""
    tree = ast.parse(script.read_text(encoding="utf-8"))
    dull = (ast.Import, ast.ImportFrom, ast.ClassDef, ast.FunctionDef)
    return {
        row
        for node in tree.body
        if isinstance(node, dull)
        or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        )
        for row in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def in_order(run: Run) -> list[Event]:
    """Return all steps in the one order; raise ValueError if none exists."""
    Arrows(run).draw()
    _add_unseen_order(run)
    return list(_Line(run).up())


def by_the_clock(run: Run) -> list[Event]:
    """Return all steps in the order in which they came.

    Of turns of a loop to which nobody came, the last of a row stands for all.
    """
    for lane, events in run.lanes.items():
        run.lanes[lane] = [*_without_idle_turns(events)]
    Arrows(run).draw()
    return sorted(run.events(), key=lambda event: event.entry["t"])


def _without_idle_turns(events: list[Event]) -> Iterator[Event]:
    """Leave out every turn that is followed by one just like it."""
    turns: list[list[Event]] = [[]]
    for event in events:
        turns[-1].append(event)
        if event.sync.get("do") == "select":
            turns.append([])
    for turn, following in pairwise([*turns, []]):
        if not turn or _seen(turn) != _seen(following) or not _idle(turn[-1]):
            yield from turn


def _idle(event: Event) -> bool:
    return event.sync.get("do") == "select" and not event.sync["ready"]


def _seen(turn: list[Event]) -> list[Entry]:
    """Return all that a turn shows, but for the time at which it was."""
    return [{**event.entry, "t": 0} for event in turn]


def _add_unseen_order(run: Run) -> None:
    """Order what the script orders: its thread may speak for many lanes."""
    for thread in run.threads.values():
        for event, following in pairwise(thread):
            if event.lane != following.lane:
                following.before.append(event)
    for event, refs in run.rests:
        found = [run.at(ref) for ref in refs if ref[0] != event.lane]
        event.before += [each for each in found if each]


class _Line:
    """Lines the lanes' steps up, one after the other."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.places = dict.fromkeys(run.lanes, 0)
        self.done: set[Event] = set()

    def up(self) -> Iterator[Event]:
        """Yield the steps."""
        lane = next(iter(self.places))
        while event := self._next(lane) or self._any():
            lane = event.lane
            self.places[lane] += 1
            self.done.add(event)
            yield event
        if len(self.done) < sum(map(len, self.run.lanes.values())):
            raise ValueError("the steps wait for one another in a circle")

    def _any(self) -> Event | None:
        lanes = sorted(self.places, key=self.run.is_client)
        found = map(self._next, lanes)
        return next((event for event in found if event), None)

    def _next(self, lane: str) -> Event | None:
        """Return a lane's next step, unless it has to wait for another."""
        events, place = self.run.lanes[lane], self.places[lane]
        if place == len(events):
            return None
        needed = [*events[place].after, *events[place].before]
        return events[place] if self.done.issuperset(needed) else None
