"""The asynchronous server abreast of others, on the same work, in one run.

All servers run at the same time, each in a process of its own, and are loaded
in turn, in short rounds, there and back: a machine that grows slower does so
to all. Every figure is a ratio within a round; the table has their medians.
"""

from __future__ import annotations

import itertools
import json
import select
import signal
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from benchmarks import crowd
from benchmarks.client import BadServerError, Load
from benchmarks.figures import Ratios
from benchmarks.rounds import NUDGE, NUDGES
from benchmarks.workloads import PATTERNS, Workload
from companion.environment import ROOT

OURS, STREAMS, THREADS = "ours", "streams", "threads"
NAMES = (OURS, STREAMS, THREADS, "tiny")
PROCESSOR, CLOCK, P99, MEMORY = "processor time", "clock", "p99", "memory"
Cost = dict[str, float]  # by the kind of figure; the less, the better
SECONDS = 0.1  # that a round takes our server, or up to twice as many
CLIENTS = 100  # that hear each message of the fan-out
IDLE = 10_000  # connections that are held and say nothing


class Peer:
    """One server in a process of its own; ask it for what it uses."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self._process = process
        self._told = select.poll()  # knows no limit, unlike `select`
        self._told.register(process.stdout, select.POLLIN)
        self.pid = process.pid
        self.address = self._line().strip()  # a port, or a path

    @property
    def port(self) -> int:
        """Where it listens, on this machine."""
        return int(self.address)

    def state(self) -> dict[str, float]:
        """Have the server count what it uses."""
        assert self._process.stdout is not None
        self._process.send_signal(signal.SIGUSR1)
        for _ in range(NUDGES):
            if self._told.poll(1000 * NUDGE):
                return dict(json.loads(self._line()))
            self._process.send_signal(signal.SIGUSR2)
        raise BadServerError("the server does not wake up.")

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise BadServerError("the server ended before its time.")
        return line


@contextmanager
def started(name: str, work: str, **limits: Any) -> Iterator[Peer]:
    """Start a server; end it afterwards."""
    command = [sys.executable, "-m", "benchmarks.peers", name, work]
    with subprocess.Popen(
        [*command, json.dumps(limits)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    ) as process:
        try:
            yield Peer(process)
        finally:
            process.kill()


@dataclass(frozen=True)
class Goal:
    """At least so many times as good as another, in one kind of figure."""

    ratio: float
    other: str = STREAMS
    figure: str = PROCESSOR


# What is to be reached, above 1 if ours is to be better. For requests, the
# processor time is the fairer figure: the clock counts the client as well,
# where that is the slower side.
GOALS = {
    "echo-1": (Goal(1),),
    "echo-10": (Goal(1.3),),
    "echo-100": (Goal(1.3), Goal(1, THREADS, CLOCK), Goal(2, THREADS, P99)),
    "echo-1000": (Goal(1.3),),
    "lines-16": (Goal(3),),
    "lines-160": (Goal(3),),
    "connection": (Goal(1),),
    "bulk": (Goal(1),),
    "upload": (Goal(1),),
    "fan-out": (Goal(3),),
    "idle": (Goal(1, STREAMS, MEMORY), Goal(1, STREAMS, P99)),
    "stalled": (Goal(1 / 1.2, OURS, P99),),
}

QUICK = ("echo-1", "echo-10", "lines-16", "connection")


@dataclass
class Result:
    """The others' costs, divided by ours: above 1, ours is better."""

    name: str
    # (other, figure): a ratio for each round.
    ratios: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def add(self, costs: dict[str, Cost], ours: Cost) -> None:
        """Keep the ratios of one round."""
        for other, cost in costs.items():
            for figure, value in cost.items():
                ratio = value / ours[figure]
                self.ratios.setdefault((other, figure), []).append(ratio)

    def median(self, other: str, figure: str) -> float:
        """The middle ratio: a round that was disturbed does not count."""
        return statistics.median(self.ratios[other, figure])

    def as_data(self) -> dict[str, dict[str, list[float]]]:
        """Give every round, by figure and by the other's name."""
        data: dict[str, dict[str, list[float]]] = {}
        for (other, figure), values in self.ratios.items():
            data.setdefault(figure, {})[other] = values
        return data

    def quartiles(self, other: str, figure: str) -> tuple[float, float]:
        """Where the middle half of the rounds lies."""
        return Ratios(self.ratios[other, figure]).quartiles

    @property
    def missed(self) -> list[str]:
        """Say which goals were not reached."""
        return [
            f"{self.name}: {reached:.2f} times {goal.other} by {goal.figure},"
            f" goal {goal.ratio:.2g}"
            for goal in GOALS[self.name]
            if (reached := self.median(goal.other, goal.figure)) < goal.ratio
        ]


def measure(name: str, rounds: int) -> Result:
    """Measure what is called *name* in `GOALS`."""
    if name == "idle":
        return idle(rounds // 3 or 1)  # each takes some seconds
    return stalled(rounds) if name == "stalled" else contest(name, rounds)


def contest(name: str, rounds: int) -> Result:
    """Load all servers in turn; the more rounds, the less luck counts."""
    result = Result(name)
    # The tiny loop sends when a handler waits to read, and to nobody else.
    names = NAMES[:-1] if name == "fan-out" else NAMES
    with ExitStack() as stack:
        loaded = {
            server: stack.enter_context(_loaded(name, server))
            for server in names
        }
        requests = 2
        while loaded[OURS](requests)[CLOCK] < SECONDS:
            requests *= 2
        for server in names:
            loaded[server](requests)  # to warm up
        orders = itertools.cycle([names, names[::-1]])
        for order in itertools.islice(orders, rounds):
            costs = {server: loaded[server](requests) for server in order}
            result.add(costs, costs[OURS])
    return result


@contextmanager
def _loaded(name: str, server: str) -> Iterator[Callable[[int], Cost]]:
    """Start a server and its clients; yield what makes a round."""
    work = "fan_out" if name == "fan-out" else PATTERNS[name].handler
    with ExitStack() as stack:
        peer = stack.enter_context(started(server, work))
        load = _load(name, peer, stack)

        def round_(requests: int) -> Cost:
            before = peer.state()["processor"]
            cost = load(requests)
            spent = peer.state()["processor"] - before
            return {PROCESSOR: max(spent, 1e-4), **cost}

        yield round_


def _load(name: str, peer: Peer, stack: ExitStack) -> Callable[[int], Cost]:
    if name == "fan-out":
        made = stack.enter_context(crowd.clients(peer.port, CLIENTS))
        return lambda rounds: {CLOCK: crowd.fan_out(made, rounds)}
    load = stack.enter_context(_clients(name, peer))
    return lambda requests: _with_p99(load, requests)


def _clients(name: str, peer: Peer) -> closing[Load]:
    work = Workload("AsyncTCPServer", name)
    return closing(Load(work, str(peer.port), ROOT))


def _with_p99(load: Load, requests: int) -> Cost:
    return {CLOCK: load.run(requests), P99: crowd.p99(load.taken)}


def idle(rounds: int, count: int = IDLE, pings: int = 2000) -> Result:
    """Hold idle connections: what they cost, and how a live one fares.

    One server after the other, for there are not descriptors enough for two.
    """
    result = Result("idle")
    orders = itertools.cycle([(OURS, STREAMS), (STREAMS, OURS)])
    for order in itertools.islice(orders, rounds):
        costs = {server: _hold(server, count, pings) for server in order}
        result.add(costs, costs[OURS])
    return result


def _hold(server: str, count: int, pings: int) -> Cost:
    with ExitStack() as stack:
        peer = stack.enter_context(started(server, "lines"))
        before = peer.state()["memory"]
        made = stack.enter_context(crowd.clients(peer.port, count))
        crowd.ping(made[-1], 10)
        held = (peer.state()["memory"] - before) / count
        taken = crowd.ping(made[0], pings)
    return {MEMORY: held, P99: crowd.p99(taken)}


def stalled(rounds: int) -> Result:
    """Set one who does not read among others: ours without it, and with."""
    result = Result("stalled")
    with ExitStack() as stack:
        peers = [stack.enter_context(started(OURS, "lines")) for _ in "ab"]
        loads = [
            stack.enter_context(_clients("echo-49", peer)) for peer in peers
        ]
        (rude,) = stack.enter_context(crowd.clients(peers[1].port, 1))
        crowd.stall(rude)
        # Turn and turn about: who comes second has the warmer machine.
        for number in range(rounds):
            order = (0, 1) if number % 2 else (1, 0)
            cost = {each: _with_p99(loads[each], 2000) for each in order}
            result.add({OURS: cost[0]}, cost[1])
    return result
