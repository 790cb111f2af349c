"""Rounds: three servers, one load, turn and turn about.

The original runs twice, under the names A and C, and the measured one in
between, as B. A block is one palindrome of rounds, such as A B C C B A: a
machine that grows slower or faster over it does the same to all three. Rounds
are short, so that a disturbance spoils few of them, and there are many.
Now and then all processes are started anew: one that happens to lie well in
memory is lucky for some blocks, not for all.
"""

from __future__ import annotations

import itertools
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.client import BadServerError, Load
from benchmarks.workloads import Workload
from companion.environment import ROOT

SECONDS = 0.02  # that a round takes the original, or up to twice as many
LIFETIME = 12  # blocks, until the servers are started anew
NUDGE = 0.05  # seconds without an answer, until a server is asked again
NUDGES = 400


@dataclass(frozen=True)
class Cost:
    """Seconds that a round took: by the clock, and of the processor."""

    wall: float
    processor: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.wall + other.wall, self.processor + other.processor)


@dataclass(frozen=True)
class Block:
    """What each of the three spent on the same number of requests."""

    requests: int
    original: Cost
    other: Cost
    again: Cost  # the original a second time


def blocks(
    work: Workload, original: str, other: str
) -> Generator[Block, None, None]:
    """Measure block after block, for as long as the caller asks.

    Raises BadServerError if a server does not start or does not answer.
    Close the generator to end its servers.
    """
    requests = _requests(work, original)
    orders = itertools.cycle([(0, 1, 2), (1, 2, 0), (2, 0, 1)])
    while True:
        with ExitStack() as stack:
            rounds = [
                stack.enter_context(_server(work, implementation))
                for implementation in (original, other, original)
            ]
            for round_ in rounds:
                round_(requests)  # to warm up
            for order in itertools.islice(orders, LIFETIME):
                there = {i: rounds[i](requests) for i in order}
                back = {i: rounds[i](requests) for i in reversed(order)}
                costs = (there[i] + back[i] for i in range(3))
                yield Block(2 * requests, *costs)


def _requests(work: Workload, implementation: str) -> int:
    """Say how many requests make a round."""
    with _server(work, implementation) as round_:
        # At least two for every client, or a round is all start and end.
        requests = 2 * work.traffic.clients
        while round_(requests).wall < SECONDS:
            requests *= 2
    return requests


@contextmanager
def _server(
    work: Workload, implementation: str
) -> Iterator[Callable[[int], Cost]]:
    """Start a server; yield what makes it serve a round."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        process = stack.enter_context(_process(work, implementation, folder))
        load = stack.enter_context(
            closing(Load(work, _line(process, work), folder))
        )

        def round_(requests: int) -> Cost:
            before = _processor_time(process, work)
            wall = load.run(requests)
            return Cost(wall, _processor_time(process, work) - before)

        yield round_


@contextmanager
def _process(
    work: Workload, implementation: str, folder: Path
) -> Iterator[subprocess.Popen[str]]:
    address = str(folder / "server")
    command = [sys.executable, "-m", "benchmarks.server"]
    with subprocess.Popen(
        [*command, implementation, work.name, address],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _processor_time(process: subprocess.Popen[str], work: Workload) -> float:
    assert process.stdout is not None
    process.send_signal(signal.SIGUSR1)
    for _ in range(NUDGES):
        if select.select([process.stdout], [], [], NUDGE)[0]:
            return float(_line(process, work))
        # The question may have come in the moment between Python's last look
        # for signals and its sleep. Another signal ends the sleep; it has no
        # answer of its own, so that there is never more than one.
        process.send_signal(signal.SIGUSR2)
    raise BadServerError(f"{work.name}: the server does not wake up.")


def _line(process: subprocess.Popen[str], work: Workload) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise BadServerError(f"{work.name}: the server ended before its time.")
    return line.strip()
