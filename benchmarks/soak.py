"""A minute of good, slow and rude clients: does a server get its own back?

A server runs in a process of its own. Before, when it has had a first taste of
all that clients may do, and after, when everybody has left, its open
descriptors, threads, tasks, children and memory are counted. What is not given
back is told. Linux only: the figures are in `/proc`.
"""

from __future__ import annotations

import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.abreast import started
from benchmarks.client import BadServerError
from benchmarks.manners import PATIENCE, Chat, Datagrams, Lines, Manners
from benchmarks.peers import ECHOES
from companion.environment import ROOT
from companion.processes import end_group

CHATS = ("chat_threading", "chat_forking", "chat_async")
SERVERS = (*CHATS, *ECHOES)
SECONDS = 60.0
TASTE = 0.2  # of the time, before the first count
SPARE = 8.0  # MiB that the memory may grow: caches, and a fragmented heap
PROC = Path("/proc/self/task")
CROWD = {"good": 8, "slow": 4, "rude": 6}


@dataclass(frozen=True)
class Belongings:
    """What a server and its children hold."""

    descriptors: int
    threads: int
    children: int
    memory: float  # MiB, resident
    tasks: int = 0  # of asyncio's, where the server can be asked

    def kept_since(self, before: Belongings) -> list[str]:
        """Say in words what was not given back."""
        kept = [
            f"{now - then} {name} more than before"
            for name, now, then in (
                ("descriptors", self.descriptors, before.descriptors),
                ("threads", self.threads, before.threads),
                ("tasks", self.tasks, before.tasks),
                ("children", self.children, before.children),
            )
            if now > then
        ]
        if self.memory > before.memory + SPARE:
            kept.append(f"{self.memory - before.memory:.1f} MiB more")
        return kept

    def __str__(self) -> str:
        """Write it as a row of the table does."""
        return (
            f"{self.descriptors:4} descriptors {self.threads:4} threads "
            f"{self.tasks:4} tasks {self.children:4} children "
            f"{self.memory:7.1f} MiB"
        )


def belongings(pid: int) -> Belongings:
    """Count what a process holds, and its children with it."""
    family = [pid, *_children(pid)]
    homes = [Path("/proc", str(each)) for each in family]
    return Belongings(
        sum(_count(home / "fd") for home in homes),
        sum(_count(home / "task") for home in homes),
        len(family) - 1,
        sum(map(_memory, homes)),
    )


def _children(pid: int) -> list[int]:
    found = []
    with suppress(OSError):
        for task in Path("/proc", str(pid), "task").iterdir():
            words = (task / "children").read_text("utf-8").split()
            found += [int(word) for word in words]
    return [*found, *(far for near in found for far in _children(near))]


def _count(folder: Path) -> int:
    with suppress(OSError):
        return len(list(folder.iterdir()))
    return 0


def _memory(home: Path) -> float:
    with suppress(OSError):
        for line in (home / "status").read_text("utf-8").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0.0


# -- The crowd


class Crowd:
    """Clients of all kinds, in a thread each, until the block ends."""

    def __init__(self, manners: Manners) -> None:
        self._manners = manners
        manners.over.clear()
        self.visits: Counter[str] = Counter()
        self.complaints: list[str] = []
        self._threads = [
            threading.Thread(target=self._visit, args=[kind, number])
            for kind, count in CROWD.items()
            for number in range(count)
        ]

    def __enter__(self) -> Crowd:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._manners.over.set()
        for thread in self._threads:
            thread.join()

    def _visit(self, kind: str, number: int) -> None:
        dice = random.Random(f"{kind} {number}")
        behave = getattr(self._manners, kind)
        while not self._manners.over.is_set():
            try:
                with _client(self._manners) as sock:
                    behave(sock, dice)
            except OSError as error:
                # Slow and rude ones may be shown the door.
                if kind == "good":
                    self.complaints.append(f"a good client met: {error!r}")
            self.visits[kind] += 1


@contextmanager
def _client(manners: Manners) -> Iterator[socket.socket]:
    sock = manners.connect()
    try:
        yield sock
    finally:
        manners.leave(sock)


# -- The soak


@dataclass(frozen=True)
class Soak:
    """What became of one server."""

    name: str
    visits: Counter[str]
    before: Belongings
    after: Belongings
    complaints: list[str]


Count = Callable[[], Belongings]


def soak(name: str, seconds: float) -> Soak:
    """Let the crowd at a server. Raises BadServerError if it serves nobody."""
    if not PROC.exists():
        raise BadServerError(
            "The soak needs Linux, whose /proc tells what a process has."
        )
    running = _chat if name in CHATS else _echo
    with running(name) as (manners, count):
        nearly_empty = _with_one_inside(manners, count)
        with Crowd(manners) as first:
            time.sleep(seconds * TASTE)
        before = _calm(count, nearly_empty)
        with Crowd(manners) as crowd:
            time.sleep(seconds * (1 - TASTE))
        after = _calm(count, before)
    complaints = [*first.complaints, *crowd.complaints]
    complaints += after.kept_since(before)
    return Soak(name, crowd.visits, before, after, complaints)


def _with_one_inside(manners: Manners, count: Count) -> Belongings:
    """Count when the server is at work, with a single client."""
    with _client(manners) as sock:
        manners.greet(sock)
        return count()


def _calm(count: Count, wanted: Belongings) -> Belongings:
    """Wait until no more is held than wanted, or until patience ends."""
    deadline = time.monotonic() + PATIENCE
    while (now := count()).kept_since(wanted):
        if time.monotonic() > deadline:
            break
        time.sleep(0.1)
    return now


@contextmanager
def _chat(name: str) -> Iterator[tuple[Manners, Count]]:
    process = subprocess.Popen(
        [sys.executable, "-m", f"docs.examples.{name}", "--port=0"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        host, _, port = said.rpartition(" ")[2].strip().rpartition(":")
        if not port:
            raise BadServerError(f"{name}: the server does not start.")
        yield Chat((host, int(port))), lambda: belongings(process.pid)
    finally:
        end_group(process)
        process.communicate()


@contextmanager
def _echo(name: str) -> Iterator[tuple[Manners, Count]]:
    with tempfile.TemporaryDirectory() as folder:
        unix = {"address": f"{folder}/server"} if "Unix" in name else {}
        with started(name, "lines", **unix) as peer:

            def count() -> Belongings:
                tasks = int(peer.state()["tasks"])
                return replace(belongings(peer.pid), tasks=tasks)

            address = peer.address if unix else ("127.0.0.1", peer.port)
            if "UDP" in name or "Datagram" in name:
                yield Datagrams(address, Path(folder)), count
            else:
                yield Lines(address), count


def report(found: Soak) -> None:
    """Print what became of a server."""
    visits = ", ".join(f"{n:,} {kind}" for kind, n in found.visits.items())
    print(f"{found.name}: visits of {visits} clients")
    print(f"  before  {found.before}\n  after   {found.after}")
    for complaint in found.complaints or ["all was given back"]:
        print(f"  {complaint}", flush=True)
