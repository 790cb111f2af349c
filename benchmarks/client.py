"""The load: many clients in one loop, the same for every server.

How fast a server is shows only while it is the slower side. So the loop does
as little as it can for each request: one call to hear, one to ask again, and
a look at the clock in between.
"""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

from benchmarks.workloads import Workload

PATIENCE = 20  # seconds without any reply, until a server counts as stuck
AT_ONCE = 1 << 18  # bytes


class BadServerError(Exception):
    """A server did not answer as it should; says what happened."""


class Load:
    """The clients of one server.

    Kept connections are opened when the load is made, and serve every `run`
    until `close` closes them.
    """

    def __init__(self, work: Workload, address: str, folder: Path) -> None:
        self._work = work
        self._address = address
        self._folder = folder  # where the clients' own Unix paths go
        self._exit = ExitStack()
        self._doors, self._poll = _doors(self._exit)
        self._kept: dict[int, socket.socket] = {}  # by descriptor
        self.taken: list[float] = []  # seconds, for each of the last run
        if not work.traffic.fresh:
            for _ in range(work.traffic.clients):
                sock = self._exit.enter_context(closing(self._open()))
                self._kept[sock.fileno()] = sock

    def close(self) -> None:
        """Close the connections."""
        self._exit.close()

    def run(self, requests: int) -> float:
        """Make *requests* requests; return the seconds that they took.

        Raises BadServerError if a reply is not what it should be.
        """
        self.taken = []
        start = time.perf_counter()
        try:
            if self._work.traffic.fresh:
                self._run_fresh(requests)
            else:
                self._run_kept(requests)
        except BlockingIOError:
            raise self._broken(f"heard nothing for {PATIENCE} s") from None
        return time.perf_counter() - start

    def _run_kept(self, requests: int) -> None:
        payload, reply = self._work.traffic.payload, self._work.traffic.reply
        ends = {fd: (end.recv, end.sendall) for fd, end in self._kept.items()}
        clock, taken = time.perf_counter, self.taken
        # A byte more than is wanted: a server that says too much is found.
        size = min(reply + 1, AT_ONCE)
        # When each has asked, and the bytes that it misses.
        asked: dict[int, float] = {}
        missing = dict.fromkeys([*self._kept][:requests], reply)
        left = requests - len(missing)
        for fd in missing:
            asked[fd] = clock()
            ends[fd][1](payload)
        while missing:
            for fd, _ in self._ready():
                hear, ask = ends[fd]
                heard = len(hear(size))
                if heard != missing.get(fd):
                    missing[fd] -= self._part(heard, missing.get(fd, 0))
                    if missing[fd]:
                        continue
                now = clock()
                taken.append(now - asked[fd])
                if not left:
                    del missing[fd]
                    continue
                # Every handler reads a whole request before it replies, so a
                # request can be sent in one go, however large.
                left -= 1
                asked[fd], missing[fd] = now, reply
                ask(payload)

    def _run_fresh(self, requests: int) -> None:
        payload, reply = self._work.traffic.payload, self._work.traffic.reply
        # Each with the time when it was opened; and what it misses.
        visits: dict[int, tuple[socket.socket, float]] = {}
        missing: dict[int, int] = {}
        left = requests
        try:
            while left or visits:
                while left and len(visits) < self._work.traffic.clients:
                    start = time.perf_counter()
                    sock = self._open()
                    fd = sock.fileno()
                    visits[fd], missing[fd] = (sock, start), reply
                    sock.sendall(payload)
                    left -= 1
                for fd, _ in self._ready():
                    sock, start = visits[fd]
                    heard = len(sock.recv(AT_ONCE))
                    if heard or missing[fd]:
                        missing[fd] -= self._part(heard, missing[fd])
                        continue
                    self.taken.append(time.perf_counter() - start)
                    self._doors.unregister(fd)
                    visits.pop(fd)[0].close()
        finally:
            for sock, _ in visits.values():
                sock.close()

    def _open(self) -> socket.socket:
        work = self._work
        sock = socket.socket(
            socket.AF_UNIX if work.unix else socket.AF_INET,
            socket.SOCK_DGRAM if work.datagram else socket.SOCK_STREAM,
        )
        # The kernel keeps the time: with `settimeout`, Python would ask it
        # before each call whether the call may be made.
        patience = struct.pack("@ll", PATIENCE, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, patience)
        if work.unix and work.datagram:
            # Without a name of its own it could not be answered.
            sock.bind(str(self._folder / f"client{sock.fileno()}"))
        address = self._address
        sock.connect(address if work.unix else ("127.0.0.1", int(address)))
        self._doors.register(sock, select.POLLIN)
        return sock

    def _ready(self) -> Iterable[tuple[int, int]]:
        ready = self._poll()
        if not ready:
            raise self._broken(f"was silent for {PATIENCE} s")
        return ready

    def _part(self, heard: int, missing: int) -> int:
        if not heard:
            raise self._broken("hung up too early")
        if heard > missing:
            raise self._broken("replied too much")
        return heard

    def _broken(self, what: str) -> BadServerError:
        return BadServerError(f"{self._work.name}: the server {what}.")


# What `epoll` and `poll` have in common.
_Poll = Callable[[], "list[tuple[int, int]]"]


def _doors(stack: ExitStack) -> tuple[select.poll, _Poll]:
    """Make a list of doors to listen at, the quickest that there is."""
    if hasattr(select, "epoll"):
        epoll = stack.enter_context(select.epoll())
        return epoll, partial(epoll.poll, PATIENCE)
    poll = select.poll()
    return poll, partial(poll.poll, 1000 * PATIENCE)
