"""A minute of good, slow and rude clients: does a server get its own back?

    python3 -m benchmarks.soak                    all servers, a minute each
    python3 -m benchmarks.soak chat_async --seconds 10

A server runs in a process of its own. Good clients talk and wait for what they
said to come back, slow ones listen to nothing, rude ones send rubbish, hang up
in the middle of a line, or reset the connection. Before, when the server has
had a first taste of all that, and after, when everybody has left, its open
descriptors, threads, children and memory are counted. What is not given back
is told, and the command exits with 1. Linux only: the figures are in `/proc`.
"""

from __future__ import annotations

import argparse
import random
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from companion.environment import ROOT
from companion.processes import end_group

SERVERS = ("chat_threading", "chat_forking", "chat_async")
TASTE = 0.2  # of the time, before the first count
PATIENCE = 15.0  # seconds for an answer, or for a server to calm down
SPARE = 8.0  # MiB that the memory may grow: caches, and a fragmented heap
PROC = Path("/proc/self/task")
CROWD = {"good": 8, "slow": 4, "rude": 6}
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: forget what is unsent, and reset

Address = tuple[str, int]


class SoakError(Exception):
    """A server that does not serve; says what happened."""


@dataclass(frozen=True)
class Belongings:
    """What a server and its children hold."""

    descriptors: int
    threads: int
    children: int
    memory: float  # MiB, resident

    def kept_since(self, before: Belongings) -> list[str]:
        """Say in words what was not given back."""
        kept = [
            f"{now - then} {name} more than before"
            for name, now, then in (
                ("descriptors", self.descriptors, before.descriptors),
                ("threads", self.threads, before.threads),
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
            f"{self.children:4} children {self.memory:7.1f} MiB"
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

    def __init__(self, address: Address) -> None:
        self._address = address
        self._over = threading.Event()
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
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _visit(self, kind: str, number: int) -> None:
        dice = random.Random(f"{kind} {number}")
        behave: Callable[[socket.socket, random.Random], None] = getattr(
            self, f"_be_{kind}"
        )
        while not self._over.is_set():
            try:
                with socket.create_connection(self._address, PATIENCE) as sock:
                    behave(sock, dice)
            except OSError as error:
                # Slow and rude ones may be shown the door.
                if kind == "good":
                    self.complaints.append(f"a good client met: {error!r}")
            self.visits[kind] += 1

    def _be_good(self, sock: socket.socket, dice: random.Random) -> None:
        name = f"good{dice.random()}"[:20]
        with sock.makefile("rwb", buffering=0) as file:
            file.write(f"{name}\n/join {dice.choice('abc')}\n".encode())
            for number in range(20):
                file.write(f"{number}\n".encode())
                wanted = f"{name}: {number}\n".encode()
                while (line := file.readline()) != wanted:
                    if not line:
                        raise ConnectionError("the server hung up")
            file.write(b"/quit\n")
            while file.readline():
                pass

    def _be_slow(self, sock: socket.socket, dice: random.Random) -> None:
        sock.sendall(f"slow\n/join {dice.choice('abc')}\n".encode())
        self._over.wait(dice.uniform(0.5, 3))

    def _be_rude(self, sock: socket.socket, dice: random.Random) -> None:
        rubbish = dice.randbytes(dice.choice([0, 1, 100, 50_000]))
        sock.settimeout(1)
        sock.sendall(dice.choice([b"", b"rude\n", b"/quit", b"\n" * 500]))
        sock.sendall(rubbish)
        if dice.random() < 0.5:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self._over.wait(dice.uniform(0, 0.3))


# -- The soak


@dataclass(frozen=True)
class Soak:
    """What became of one server."""

    name: str
    visits: Counter[str]
    before: Belongings
    after: Belongings
    complaints: list[str]


def soak(name: str, seconds: float) -> Soak:
    """Let the crowd at a server. Raises SoakError if it does not serve."""
    with _running(name) as (address, pid):
        nearly_empty = _with_one_inside(address, pid)
        with Crowd(address) as first:
            time.sleep(seconds * TASTE)
        before = _calm(pid, nearly_empty)
        with Crowd(address) as crowd:
            time.sleep(seconds * (1 - TASTE))
        after = _calm(pid, before)
    complaints = [*first.complaints, *crowd.complaints]
    complaints += after.kept_since(before)
    return Soak(name, crowd.visits, before, after, complaints)


def _with_one_inside(address: Address, pid: int) -> Belongings:
    """Count when the server is at work, with a single client."""
    with socket.create_connection(address, PATIENCE) as sock:
        if not sock.recv(1):
            raise SoakError("the server hangs up on everybody.")
        return belongings(pid)


def _calm(pid: int, wanted: Belongings) -> Belongings:
    """Wait until no more is held than wanted, or until patience ends."""
    deadline = time.monotonic() + PATIENCE
    while (now := belongings(pid)).kept_since(wanted):
        if time.monotonic() > deadline:
            break
        time.sleep(0.1)
    return now


@contextmanager
def _running(name: str) -> Iterator[tuple[Address, int]]:
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
            raise SoakError("the server does not start.")
        yield (host, int(port)), process.pid
    finally:
        end_group(process)
        process.communicate()


def report(found: Soak) -> None:
    """Print what became of a server."""
    visits = ", ".join(f"{n:,} {kind}" for kind, n in found.visits.items())
    print(f"{found.name}: visits of {visits} clients")
    print(f"  before  {found.before}\n  after   {found.after}")
    for complaint in found.complaints or ["all was given back"]:
        print(f"  {complaint}", flush=True)


def main(argv: list[str]) -> int:
    """Soak, report, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python3 -m benchmarks.soak",
        description="Let good, slow and rude clients at the servers.",
    )
    parser.add_argument("names", nargs="*", metavar="SERVER", default=SERVERS)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args(argv)
    if unknown := {*options.names} - {*SERVERS}:
        parser.error(
            f"no server {min(unknown)}; there are {', '.join(SERVERS)}"
        )
    if not PROC.exists():
        parser.error("this needs Linux, whose /proc tells what a process has")
    failed = False
    for name in options.names:
        try:
            found = soak(name, options.seconds)
        except (SoakError, OSError) as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 2
        report(found)
        failed = failed or bool(found.complaints)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
