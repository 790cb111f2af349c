"""Servers that do the same in different ways: ``python -m benchmarks.peers``.

Each serves the same work, in a process of its own. It writes its port, or its
path, on its standard output, and then, whenever it gets SIGUSR1, a line with
its seconds of processor time, its bytes of memory, and how many file
descriptors, threads and tasks there are.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import signal
import socket
import socketserver
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import minisocketserver
from benchmarks.workloads import BLOCK, THANKS, UPLOAD
from companion.environment import ROOT
from companion.implementation import load
from minisocketserver import (
    AsyncDatagramRequestHandler,
    AsyncStreamRequestHandler,
    AsyncTCPServer,
)

BACKLOG = 1024
LOCALHOST = ("127.0.0.1", 0)


# -- The work, as a coroutine over something with readline, read and write


async def lines(file: Any, _: set[Any]) -> None:
    """Give back line by line."""
    while line := await file.readline():
        file.write(line)
        await file.drain()


async def one_line(file: Any, _: set[Any]) -> None:
    """Give back a line, and be done."""
    file.write(await file.readline())


async def bulk(file: Any, _: set[Any]) -> None:
    """Give back block by block."""
    while block := await file.read(BLOCK):
        file.write(block)
        await file.drain()


async def upload(file: Any, _: set[Any]) -> None:
    """Take many blocks, and say thanks."""
    while await file.read(BLOCK):
        for _ in range(UPLOAD // BLOCK - 1):
            await file.read(BLOCK)
        file.write(THANKS)


async def fan_out(file: Any, members: set[Any]) -> None:
    """Pass each line on to everybody who is here."""
    members.add(file)
    try:
        while line := await file.readline():
            for member in members:
                member.write(line)
    finally:
        members.discard(file)


WORK = {each.__name__: each for each in (lines, one_line, bulk, upload)}
WORK["fan_out"] = fan_out


# -- The servers


def ours(work: Callable[..., Any], limits: dict[str, Any]) -> None:
    """`AsyncTCPServer`, the one that is measured."""
    members: set[Any] = set()

    class Handler(AsyncStreamRequestHandler):
        async def handle(self) -> None:
            await work(self.wfile, members)

    with AsyncTCPServer(LOCALHOST, Handler) as server:
        vars(server).update(limits)
        say(server.server_address[1])
        server.serve_forever()


def echo(name: str, work: Callable[..., Any], limits: dict[str, Any]) -> None:
    """Any of the asynchronous servers, by its name; its work is to echo."""

    class Lines(AsyncStreamRequestHandler):
        async def handle(self) -> None:
            await work(self.wfile, set())

    class Answer(AsyncDatagramRequestHandler):
        async def handle(self) -> None:
            self.wfile.write(await self.rfile.read())

    class Server(getattr(minisocketserver, name)):  # type: ignore[misc]
        def handle_error(self, *_: Any) -> None:
            """Say nothing: rude clients are what this is for."""

    datagrams = Server.socket_type == socket.SOCK_DGRAM
    address = limits.get("address", LOCALHOST)
    with Server(address, Answer if datagrams else Lines) as server:
        say(limits.get("address") or server.server_address[1])
        server.serve_forever()


class Streams:
    """The reader and the writer of `asyncio`, as one file."""

    def __init__(self, reader: Any, writer: Any) -> None:
        self.readline = reader.readline
        self.exactly = reader.readexactly
        self.write, self.drain = writer.write, writer.drain

    async def read(self, size: int) -> bytes:
        """Read so many bytes; fewer only at the end."""
        try:
            return bytes(await self.exactly(size))
        except asyncio.IncompleteReadError as error:
            return error.partial


def streams(work: Callable[..., Any], _: dict[str, Any]) -> None:
    """`asyncio.start_server`."""
    members: set[Any] = set()

    async def visit(reader: Any, writer: Any) -> None:
        try:
            await work(Streams(reader, writer), members)
        finally:
            writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(visit, *LOCALHOST, backlog=BACKLOG)
        say(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


class Waited:
    """A blocking file, awaited: nobody is put aside, so the thread waits."""

    def __init__(self, rfile: Any, wfile: Any) -> None:
        self.rfile, self.wfile = rfile, wfile
        self.write = wfile.write

    async def readline(self) -> bytes:
        """Read a line."""
        return bytes(self.rfile.readline())

    async def read(self, size: int) -> bytes:
        """Read so many bytes."""
        return bytes(self.rfile.read(size))

    async def drain(self) -> None:
        """Wait for nothing: `write` has done that."""


def threads(work: Callable[..., Any], _: dict[str, Any]) -> None:
    """The original's `ThreadingTCPServer`."""
    members: set[Any] = set()

    class Handler(socketserver.StreamRequestHandler):
        # As asyncio does: or lines in flight would measure the kernel's
        # delayed acknowledgements, 40 milliseconds each.
        disable_nagle_algorithm = True

        def handle(self) -> None:
            coroutine = work(Waited(self.rfile, self.wfile), members)
            with contextlib.suppress(StopIteration):
                coroutine.send(None)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = BACKLOG

    with Server(LOCALHOST, Handler) as server:
        say(server.server_address[1])
        server.serve_forever()


def tiny(work: Callable[..., Any], _: dict[str, Any]) -> None:
    """The loop of `docs/examples/tiny_loop.py`."""
    module = load("tiny_loop", ROOT / "docs" / "examples" / "tiny_loop.py")
    members: set[Any] = set()
    loop = module.Loop()
    listener = module.socket.create_server(LOCALHOST, backlog=BACKLOG)
    say(listener.getsockname()[1])

    async def handler(connection: Any) -> None:
        await work(Tiny(connection), members)

    loop.run(module.serve(loop, listener, handler))


class Tiny:
    """A connection of the tiny loop, with the methods that it lacks."""

    def __init__(self, connection: Any) -> None:
        self.connection, self.rest = connection, bytearray()
        self.readline, self.write = connection.readline, connection.write

    async def drain(self) -> None:
        """Leave it to `readline`, which sends before it waits."""

    async def read(self, size: int) -> bytes:
        """Read so many bytes; fewer only at the end."""
        await self.connection.flush()
        while len(self.rest) < size:
            piece = await self.connection.receive()
            if not piece:
                break
            self.rest += piece
        taken = bytes(self.rest[:size])
        del self.rest[:size]
        return taken


ECHOES = (
    "AsyncTCPServer",
    "AsyncUDPServer",
    "AsyncUnixStreamServer",
    "AsyncUnixDatagramServer",
)
PEERS = {"ours": ours, "streams": streams, "threads": threads, "tiny": tiny}
PEERS.update({name: partial(echo, name) for name in ECHOES})


# -- What they tell


def say(what: object) -> None:
    """Write a line to whoever started this process."""
    os.write(sys.stdout.fileno(), f"{what}\n".encode())


def state() -> dict[str, float]:
    """Count what this process uses."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    try:
        tasks = len(asyncio.all_tasks())
    except RuntimeError:  # no loop runs here
        tasks = 0
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return {
        "processor": usage.ru_utime + usage.ru_stime,
        "memory": pages * resource.getpagesize(),
        "descriptors": len([*Path("/proc/self/fd").iterdir()]),
        "threads": threading.active_count(),
        "tasks": tasks,
    }


def keep_memory() -> None:
    """Have the C library keep what it gets from the system for itself.

    asyncio's streams ask for 256 KiB at each read. With glibc, such a piece
    is fetched from the system and given back every time, which doubles their
    cost, unless the process has once freed a larger one; a Python that had to
    compile its modules has done so, and the next run has not. Here all have.
    """
    bytes(1 << 24)  # freed at once


def main(name: str, work: str, limits: str = "{}") -> None:
    """Serve until the process is killed."""
    keep_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGUSR2, lambda *_: None)
    signal.signal(signal.SIGUSR1, lambda *_: say(json.dumps(state())))
    PEERS[name](WORK[work], json.loads(limits))


if __name__ == "__main__":
    main(*sys.argv[1:])
