"""One row of the table each: a workload, or a cost inside the servers."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from types import ModuleType

from benchmarks import inside
from benchmarks.figures import Comparison, Ratios, compare
from benchmarks.rounds import Block, blocks
from benchmarks.workloads import Workload

PATIENCE = 3  # times the rounds asked for, until unclear stays unclear


@dataclass(frozen=True)
class Row:
    """What was found out about one workload."""

    name: str
    rounds: int
    original: float  # seconds of processor time per request
    other: float
    processor: Comparison
    wall: Comparison

    @property
    def verdict(self) -> str:
        """The worse of two: a server that waits costs no processor time."""
        verdicts = {self.processor.verdict(), self.wall.verdict()}
        return next(
            each for each in ("slower", "unclear", "ok") if each in verdicts
        )


def workload(work: Workload, original: str, other: str, rounds: int) -> Row:
    """Measure *rounds* blocks, and more while the verdict is unclear."""
    done: list[Block] = []
    with closing(blocks(work, original, other)) as source:
        for _ in range(PATIENCE):
            done += itertools.islice(source, rounds)
            row = _row(work.name, done)
            if row.verdict != "unclear":
                break
    return row


def _row(name: str, done: list[Block]) -> Row:
    return Row(
        name,
        len(done),
        statistics.median(b.original.processor / b.requests for b in done),
        statistics.median(b.other.processor / b.requests for b in done),
        compare(
            [block.original.processor for block in done],
            [block.other.processor for block in done],
            [block.again.processor for block in done],
        ),
        compare(
            [block.original.wall for block in done],
            [block.other.wall for block in done],
            [block.again.wall for block in done],
        ),
    )


@dataclass(frozen=True)
class Inside:
    """A cost inside the servers, and how many times cheaper it should be."""

    name: str
    meaning: str
    cost: Callable[[ModuleType], float]
    goal: float


INSIDE = {
    each.name: each
    for each in (
        Inside(
            "bookkeeping",
            "a new thread while 1,000 are at work",
            inside.bookkeeping,
            goal=5,
        ),
        Inside(
            "idle-turn",
            "a turn of the loop with 40 children, none ended",
            inside.idle_turn,
            goal=5,
        ),
        Inside(
            "shutdown",
            "shutdown() while the loop waits, poll_interval 0.5",
            inside.stopping,
            goal=100,
        ),
    )
}


def cheaper(
    what: Inside, original: ModuleType, other: ModuleType, rounds: int
) -> Ratios:
    """Say how many times cheaper *other* is, once per round A B B A."""
    ratios = []
    for _ in range(rounds):
        there = what.cost(original)
        both = what.cost(other) + what.cost(other)
        ratios.append((there + what.cost(original)) / both)
    return Ratios(ratios)
