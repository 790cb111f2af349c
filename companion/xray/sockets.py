"""What is done with sockets, wrapped to be written down."""

from __future__ import annotations

import functools
import select
import socket
from collections.abc import Callable
from typing import Any

from .kernel import Kernel, Known, end_of
from .values import failure

LONGEST = 32


def install(kernel: Kernel) -> None:
    """Wrap every method that does something to a socket."""
    _Sockets(kernel).install()


def replace(owner: Any, name: str, wrap: Callable[..., Any]) -> None:
    """Put in place of a function one that is given it as first argument."""
    wrapped = getattr(owner, name)

    @functools.wraps(wrapped)
    def wrapper(*args: Any, **named: Any) -> Any:
        return wrap(wrapped, *args, **named)

    setattr(owner, name, wrapper)


def is_ready(*descriptors: int) -> bool:
    """Tell whether one of them can be read from."""
    poll = select.poll()
    for descriptor in descriptors:
        if descriptor != -1:
            poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def shown(data: Any) -> str:
    """Write what goes over a line, up to `LONGEST` characters."""
    text = repr(bytes(data))[1:]
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


class _Sockets:
    """What is done with sockets, from the making to the end."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel, self.recorder = kernel, kernel.recorder

    def install(self) -> None:
        """Wrap every method that does something to a socket."""
        for name in ("accept", "bind", "connect", "listen", "shutdown"):
            replace(socket.socket, name, getattr(self, name))
        for name in ("send", "sendall", "sendto"):
            wrap = functools.partial(self.give, name)
            replace(socket.socket, name, wrap)
        for name in ("recv", "recv_into", "recvfrom"):
            wrap = functools.partial(self.take, name)
            replace(socket.socket, name, wrap)
        replace(socket.socket, "_real_close", self.close)
        replace(socket.socket, "__init__", self.make)
        replace(socket, "socketpair", self.pair)

    def seen(self, sock: socket.socket) -> Known | None:
        """Return what is known of a socket, if its acts are of interest."""
        return self.kernel.known.get(sock) if self.recorder.looks else None

    def await_bytes(self, sock: Any, what: str) -> None:
        """Wait as long as the socket would; taking them is another matter.

        Whoever still counts as waiting must not have taken anything yet.
        """
        limit = sock.gettimeout()
        if sock.fileno() == -1 or limit == 0:
            return
        with self.recorder.waiting(
            what, functools.partial(is_ready, sock.fileno())
        ):
            poll = select.poll()
            poll.register(sock.fileno(), select.POLLIN)
            poll.poll(None if limit is None else limit * 1000)

    def make(self, real: Any, sock: Any, *args: Any, **named: Any) -> None:
        real(sock, *args, **named)
        accepted = "fileno" in named
        if self.recorder.looks and not accepted:
            known = self.kernel.meet(sock, "bell" if len(args) > 3 else "")
            self.kernel.tell("socket", known, state="open")

    def pair(self, real: Any, *args: Any, **named: Any) -> Any:
        ends = real(*args, **named)
        numbers = [
            self.kernel.known[end].number
            for end in ends
            if end in self.kernel.known
        ]
        self.recorder.journal.note(pair=numbers)
        return ends

    def bind(self, real: Any, sock: Any, address: Any) -> None:
        real(sock, address)
        if known := self.seen(sock):
            known.learn(sock)
            self.kernel.tell("bind", known, self.place(known), state="bound")

    def listen(self, real: Any, sock: Any, *args: Any) -> None:
        real(sock, *args)
        if known := self.seen(sock):
            known.kind = "listener"
            self.kernel.tell("listen", known, state="listening")

    def may_look_up(self) -> bool:
        """Tell whether to look up what the kernel keeps of a closed socket.

        Not when a client has closed: nobody knows whether its peer has heard
        of it. Not in a run at full speed either: the list is a long one on a
        machine with many connections.
        """
        track = self.recorder.track
        is_client = track is not None and track.kind == "client"
        return self.kernel.hold_time and not is_client

    def place(self, known: Known) -> str:
        """Write the address of a socket."""
        return self.recorder.shower.show(known.local)

    def connect(self, real: Any, sock: Any, address: Any) -> None:
        known, at = self.seen(sock), self.recorder.clock()
        real(sock, address)
        if known:
            known.learn(sock)
            where = self.recorder.shower.show(address)
            self.kernel.tell(
                "connect", known, f"to {where}", state="connected", at=at
            )

    def accept(self, real: Any, sock: Any) -> Any:
        known = self.seen(sock)
        if not known:
            return real(sock)
        self.await_bytes(sock, "a client")
        taken, address = real(sock)
        fresh = self.kernel.meet(taken, "connection")
        fresh.learn(taken)
        process = self.recorder.journal.process
        self.kernel.tell(
            "accept",
            known,
            self.kernel.on(fresh),
            got=fresh.number,
            **{"from": end_of(fresh.peer)},
            states=[[self.kernel.on(fresh), process, "connected", fresh.word]],
        )
        return taken, address

    def shutdown(self, real: Any, sock: Any, how: int) -> None:
        known, at = self.seen(sock), self.recorder.clock()
        try:
            real(sock, how)
        except OSError as error:
            if known:
                self.kernel.tell("shutdown", known, _fails(error), at=at)
            raise
        if known:
            self.kernel.tell("shutdown", known, state="goodbye", at=at)

    def close(self, real: Any, sock: Any, *args: Any) -> None:
        known, at = self.seen(sock), self.recorder.clock()
        real(sock, *args)
        if known:
            self.kernel.tell(
                "close", known, state="closed", at=at, ask=self.may_look_up()
            )

    def give(
        self, name: str, real: Any, sock: Any, data: Any, *rest: Any
    ) -> Any:
        """Send; a datagram names its receiver as the last argument."""
        known, at = self.seen(sock), self.recorder.clock()
        try:
            result = real(sock, data, *rest)
        except OSError as error:
            if known:
                self.kernel.tell("send", known, _fails(error), at=at)
            raise
        if known:
            sync: dict[str, Any] = {"bytes": memoryview(data).nbytes}
            detail = shown(data)
            if name == "sendto":
                known.learn(sock)
                detail += f" to {self.recorder.shower.show(rest[-1])}"
                sync["to"] = end_of(rest[-1])
            self.kernel.tell("send", known, detail, at=at, **sync)
        return result

    def take(self, name: str, real: Any, sock: Any, *args: Any) -> Any:
        known = self.seen(sock)
        if not known:
            return real(sock, *args)
        self.await_bytes(sock, self.kernel.on(known))
        result = real(sock, *args)
        data = result
        if name == "recv_into":
            data = memoryview(args[0])[:result]
        elif name == "recvfrom":
            data, address = result
        detail, sync = shown(data), {"bytes": len(data)}
        if name == "recvfrom":
            sync["from"] = end_of(address)
            if address:
                detail += f" from {self.recorder.shower.show(address)}"
        elif not len(data):
            detail = "the end"
        self.kernel.tell("receive", known, detail, **sync)
        return result


def _fails(error: OSError) -> str:
    return f"fails: {failure(error)}"
