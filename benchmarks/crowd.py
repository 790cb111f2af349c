"""Loads that show how a server treats each of many clients."""

from __future__ import annotations

import selectors
import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from benchmarks.client import PATIENCE, BadServerError
from benchmarks.workloads import LINE

BURST = 16  # lines that are sent in one go


@contextmanager
def clients(port: int, count: int) -> Iterator[list[socket.socket]]:
    """Connect so many clients; close them at the end."""
    with ExitStack() as stack:
        made = []
        for _ in range(count):
            sock = socket.create_connection(("127.0.0.1", port), PATIENCE)
            made.append(stack.enter_context(sock))
        yield made


def hear(sock: socket.socket, size: int) -> None:
    """Receive so many bytes. Raises BadServerError if they do not come."""
    while size:
        heard = len(sock.recv(size))
        if not heard:
            raise BadServerError("the server hung up too early.")
        size -= heard


def fan_out(members: list[socket.socket], rounds: int) -> float:
    """Seconds until each burst of the first has reached everybody."""
    start = time.perf_counter()
    for _ in range(rounds):
        members[0].sendall(LINE * BURST)
        for each in members:
            hear(each, len(LINE) * BURST)
    return time.perf_counter() - start


def ping(sock: socket.socket, times: int) -> list[float]:
    """Seconds that each of so many echoes took."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        sock.sendall(LINE)
        hear(sock, len(LINE))
        taken.append(time.perf_counter() - start)
    return taken


def stall(sock: socket.socket) -> None:
    """Send until nothing more is taken, and read nothing of the answers."""
    sock.settimeout(0)
    deadline = time.monotonic() + PATIENCE
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_WRITE)
        # Nothing more is taken: not for a moment, which may be chance.
        while selector.select(0.2) and time.monotonic() < deadline:
            with suppress(BlockingIOError):
                sock.send(LINE * 1024)


def p99(taken: list[float]) -> float:
    """Seconds within which 99 of 100 were answered."""
    return statistics.quantiles(taken, n=100)[-1]
