"""The load: many clients in one loop, the same for every server."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.workloads import Workload

PATIENCE = 20.0  # seconds without any reply, until a server counts as stuck
AT_ONCE = 1 << 20  # bytes


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
        self._selector = selectors.DefaultSelector()
        self._missing: dict[socket.socket, int] = {}  # bytes of a reply
        if not work.traffic.fresh:
            for _ in range(work.traffic.clients):
                self._open()

    def close(self) -> None:
        """Close the connections."""
        for sock in self._missing:
            sock.close()
        self._selector.close()

    def run(self, requests: int) -> float:
        """Make *requests* requests; return the seconds that they took.

        Raises BadServerError if a reply is not what it should be.
        """
        start = time.perf_counter()
        if self._work.traffic.fresh:
            self._run_fresh(requests)
        else:
            self._run_kept(requests)
        return time.perf_counter() - start

    def _run_kept(self, requests: int) -> None:
        idle = list(self._missing)
        asked = answered = 0
        while answered < requests:
            while idle and asked < requests:
                self._ask(idle.pop())
                asked += 1
            for sock in self._ready():
                if not self._hear(sock):
                    raise self._broken("hung up too early")
                if self._missing[sock] == 0:
                    answered += 1
                    idle.append(sock)

    def _run_fresh(self, requests: int) -> None:
        asked = answered = 0
        while answered < requests:
            room = self._work.traffic.clients - len(self._missing)
            for _ in range(min(room, requests - asked)):
                self._ask(self._open())
                asked += 1
            for sock in self._ready():
                if not self._hear(sock):
                    answered += 1
                    self._finish(sock)

    def _open(self) -> socket.socket:
        work = self._work
        sock = socket.socket(
            socket.AF_UNIX if work.unix else socket.AF_INET,
            socket.SOCK_DGRAM if work.datagram else socket.SOCK_STREAM,
        )
        self._missing[sock] = 0
        sock.settimeout(PATIENCE)
        if work.unix and work.datagram:
            # Without a name of its own it could not be answered.
            sock.bind(str(self._folder / f"client{len(self._missing)}"))
        address = self._address
        sock.connect(address if work.unix else ("127.0.0.1", int(address)))
        self._selector.register(sock, selectors.EVENT_READ)
        return sock

    def _ask(self, sock: socket.socket) -> None:
        # Every handler reads a whole request before it replies, so a
        # request can be sent in one go, however large.
        sock.sendall(self._work.traffic.payload)
        self._missing[sock] = self._work.traffic.reply

    def _ready(self) -> Iterator[socket.socket]:
        ready = self._selector.select(PATIENCE)
        if not ready:
            raise self._broken(f"was silent for {PATIENCE:.0f} s")
        for key, _ in ready:
            assert isinstance(key.fileobj, socket.socket)
            yield key.fileobj

    def _hear(self, sock: socket.socket) -> int:
        heard = len(sock.recv(AT_ONCE))
        self._missing[sock] -= heard
        if self._missing[sock] < 0:
            raise self._broken("replied too much")
        return heard

    def _finish(self, sock: socket.socket) -> None:
        self._selector.unregister(sock)
        sock.close()
        if self._missing.pop(sock):
            raise self._broken("hung up too early")

    def _broken(self, what: str) -> BadServerError:
        return BadServerError(f"{self._work.name}: the server {what}.")
