"""What is measured: a server, a handler, and what its clients do."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

LINE = b"x" * 63 + b"\n"
BLOCK = 64 * 1024
UPLOAD = 16 * BLOCK
THANKS = b"ok\n"


@dataclass(frozen=True)
class Pattern:
    """What one client does, again and again, and how many of them there are.

    A *fresh* pattern opens a connection for every request; otherwise the
    connections are made before the clock starts, and kept.
    """

    handler: str
    payload: bytes
    reply: int  # bytes
    clients: int
    fresh: bool = False


PATTERNS = {
    "connection": Pattern("one_line", LINE, len(LINE), 16, fresh=True),
    "buffered": Pattern("buffered", LINE, len(LINE), 16, fresh=True),
    "datagram": Pattern("datagram", LINE, len(LINE), 16),
    "echo-1": Pattern("lines", LINE, len(LINE), 1),
    "echo-10": Pattern("lines", LINE, len(LINE), 10),
    "echo-49": Pattern("lines", LINE, len(LINE), 49),
    "echo-100": Pattern("lines", LINE, len(LINE), 100),
    "echo-1000": Pattern("lines", LINE, len(LINE), 1000),
    "lines-16": Pattern("lines", LINE * 16, len(LINE) * 16, 1),
    "lines-160": Pattern("lines", LINE * 16, len(LINE) * 16, 10),
    "bulk": Pattern("bulk", b"x" * BLOCK, BLOCK, 1),
    "upload": Pattern("upload", b"x" * UPLOAD, len(THANKS), 1),
}


@dataclass(frozen=True)
class Workload:
    """One row of the table."""

    server: str
    pattern: str
    handler: str = "stream"  # on StreamRequestHandler, or "base"
    loop: str = "serve_forever"

    @property
    def name(self) -> str:
        """As printed, and as ``--only`` finds it: what is unusual, said."""
        unusual = {self.handler, self.loop} - {"stream", "serve_forever"}
        return "/".join([self.server, self.pattern, *sorted(unusual)])

    @property
    def traffic(self) -> Pattern:
        """What the clients do."""
        return PATTERNS[self.pattern]

    @property
    def unix(self) -> bool:
        """Whether the server's address is a path."""
        return "Unix" in self.server

    @property
    def datagram(self) -> bool:
        """Whether a request is a datagram, not a connection."""
        return self.pattern == "datagram"


def every_workload() -> Iterator[Workload]:
    """All rows, plain servers first."""
    for mixin in ("", "Threading", "Forking"):
        yield Workload(f"{mixin}TCPServer", "connection")
        yield Workload(f"{mixin}UnixStreamServer", "connection")
        yield Workload(f"{mixin}UDPServer", "datagram")
        yield Workload(f"{mixin}UnixDatagramServer", "datagram")
    yield Workload("TCPServer", "connection", "base")
    yield Workload("TCPServer", "buffered")
    yield Workload("TCPServer", "connection", loop="handle_request")
    yield Workload("UDPServer", "datagram", "base")
    yield Workload("ThreadingTCPServer", "connection", "base")
    for pattern in ("echo-1", "echo-10", "echo-100", "bulk", "upload"):
        yield Workload("ThreadingTCPServer", pattern)
        yield Workload("ThreadingTCPServer", pattern, "base")
    yield Workload("ThreadingTCPServer", "lines-16")


WORKLOADS = {work.name: work for work in every_workload()}

# One of each kind, for a first impression.
QUICK = (
    "TCPServer/connection",
    "UDPServer/datagram",
    "ThreadingTCPServer/connection",
    "ThreadingTCPServer/echo-10",
    "ForkingTCPServer/connection",
)


def server_class(impl: ModuleType, work: Workload) -> Any:
    """Take the server of *work* from *impl*, with room for many to wait.

    The original has no forking Unix servers before 3.12: they are mixed here.
    A backlog of 5 would measure the kernel's retransmissions, so both sides
    get the same larger one.
    """
    server = getattr(impl, work.server, None)
    if server is None:
        plain = getattr(impl, work.server.removeprefix("Forking"))
        server = type(work.server, (impl.ForkingMixIn, plain), {})
    return type(work.server, (server,), {"request_queue_size": 128})


def handler_class(impl: ModuleType, work: Workload) -> type:
    """Make the handler of *work*, on the base class that *impl* supplies."""
    kind = work.traffic.handler
    if work.handler == "base":
        base, handle = impl.BaseRequestHandler, _BASE[kind]
    elif work.datagram:
        base, handle = impl.DatagramRequestHandler, _datagram
    else:
        base, handle = impl.StreamRequestHandler, _STREAM[kind]
    wbufsize = {"wbufsize": -1} if kind == "buffered" else {}
    return type("Handler", (base,), {"handle": handle, **wbufsize})


def _one_line(self: Any) -> None:
    self.wfile.write(self.rfile.readline())


def _lines(self: Any) -> None:
    for line in self.rfile:
        self.wfile.write(line)


def _bulk(self: Any) -> None:
    while block := self.rfile.read(BLOCK):
        self.wfile.write(block)


def _upload(self: Any) -> None:
    while self.rfile.read(BLOCK):
        for _ in range(UPLOAD // BLOCK - 1):
            self.rfile.read(BLOCK)
        self.wfile.write(THANKS)


def _datagram(self: Any) -> None:
    self.wfile.write(self.rfile.read())


def _base_one_line(self: Any) -> None:
    self.request.sendall(self.request.recv(BLOCK))


def _base_lines(self: Any) -> None:
    while data := self.request.recv(BLOCK):
        self.request.sendall(data)


def _base_bulk(self: Any) -> None:
    while block := self.request.recv(BLOCK, socket.MSG_WAITALL):
        self.request.sendall(block)


def _base_upload(self: Any) -> None:
    while self.request.recv(BLOCK, socket.MSG_WAITALL):
        for _ in range(UPLOAD // BLOCK - 1):
            self.request.recv(BLOCK, socket.MSG_WAITALL)
        self.request.sendall(THANKS)


def _base_datagram(self: Any) -> None:
    data, sock = self.request
    sock.sendto(data, self.client_address)


_STREAM = {
    "one_line": _one_line,
    "buffered": _one_line,
    "lines": _lines,
    "bulk": _bulk,
    "upload": _upload,
}
_BASE = {
    "one_line": _base_one_line,
    "lines": _base_lines,
    "bulk": _base_bulk,
    "upload": _base_upload,
    "datagram": _base_datagram,
}
