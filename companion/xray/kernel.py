"""What the kernel knows: which socket is whose, and in what state."""

from __future__ import annotations

import os
import socket
import weakref
from pathlib import Path
from typing import Any

from .recorder import Recorder
from .values import token

TCP = Path("/proc/net/tcp")
KERNEL = TCP.exists()

# The kernel's numbers, in words. FIN_WAIT1 becomes FIN_WAIT2 as soon as the
# other side has heard, and nobody could say when that is.
WORDS = {
    1: "ESTABLISHED",
    2: "SYN_SENT",
    3: "SYN_RECV",
    4: "FIN_WAIT",
    5: "FIN_WAIT",
    6: "TIME_WAIT",
    8: "CLOSE_WAIT",
    10: "LISTEN",
}


def word_of(sock: socket.socket) -> str:
    """Ask the kernel for the state of an open TCP socket, on Linux."""
    if not KERNEL:
        return ""
    # Of all that it tells there, the first byte is the state.
    return WORDS.get(
        sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0], ""
    )


def word_between(local: int, peer: int) -> str:
    """Look up a connection that has no descriptor any more, by its ports."""
    if not KERNEL:
        return ""
    ours, theirs = f":{local:04X}", f":{peer:04X}"
    for row in TCP.read_text(encoding="ascii").splitlines():
        if ours in row and theirs in row:
            _, near, far, state, *_ = row.split()
            if near.endswith(ours) and far.endswith(theirs):
                return WORDS.get(int(state, 16), "")
    return ""


class Known:
    """A socket that the recorder has seen: who it is, whatever becomes of it.

    Its number is the same in every process that inherits it.
    """

    def __init__(self, number: str, sock: socket.socket, kind: str) -> None:
        self.number, self.kind = number, kind
        self.family, self.type = sock.family, sock.type
        self.sock = weakref.ref(sock)
        self.local: Any = None
        self.peer: Any = None

    @property
    def is_tcp(self) -> bool:
        """Whether the kernel lists it among its TCP sockets."""
        return self.type == socket.SOCK_STREAM and self.family in (
            socket.AF_INET,
            socket.AF_INET6,
        )

    @property
    def word(self) -> str:
        """The kernel's own word for its state."""
        sock = self.sock()
        if not self.is_tcp:
            return ""
        if sock and sock.fileno() != -1:
            return word_of(sock)
        if not self.peer or not self.local:
            return ""
        return word_between(self.local[1], self.peer[1])

    def learn(self, sock: socket.socket) -> None:
        """Learn both addresses, as far as there are any."""
        for name, ask in (("local", "getsockname"), ("peer", "getpeername")):
            try:
                address = getattr(sock, ask)()
            except OSError:
                continue
            if isinstance(address, bytes):
                address = address.decode("utf-8", "backslashreplace")
            setattr(self, name, address)


class Patience:
    """Time stands still in a scenario, until somebody loses patience.

    A loop that sleeps with a limit sleeps on while its limit passes: how many
    empty turns it makes is nothing to learn from. It wakes when somebody
    waits for the loop, and could wait for ever otherwise.
    """

    def __init__(self) -> None:
        self.causes: list[tuple[tuple[str, int], bool]] = []
        self.ear, self.button = os.pipe()
        os.set_blocking(self.ear, False)

    def lose(self, cause: tuple[str, int], *, once: bool = False) -> None:
        """Let limits pass; `cause` is the step that says so.

        With `once`, it is over as soon as one sleeper has woken up of it.
        """
        self.causes.append((cause, once))
        os.write(self.button, b"!")

    def regain(self) -> None:
        """Have time stand still again."""
        if self.causes:
            self.causes.pop()
            os.read(self.ear, 1)

    def wake(self) -> tuple[str, int] | None:
        """Return the step that has woken a sleeper whom no socket woke."""
        if not self.causes:
            return None
        cause, once = self.causes[-1]
        if once:
            self.regain()
        return cause


class Kernel:
    """What the recorder knows of sockets, and how it tells of them."""

    def __init__(self, recorder: Recorder, *, hold_time: bool) -> None:
        self.recorder, self.hold_time = recorder, hold_time
        self.known: weakref.WeakKeyDictionary[socket.socket, Known] = (
            weakref.WeakKeyDictionary()
        )
        self.count = 0
        self.forks = 0
        self.set_by: weakref.WeakKeyDictionary[Any, tuple[str, int]] = (
            weakref.WeakKeyDictionary()
        )
        self.patience = Patience()
        recorder.shower.sockets = self.name

    # -- Sockets

    def name(self, sock: socket.socket) -> str | None:
        """Name a socket, or None if it was never seen."""
        known = self.known.get(sock)
        return f"socket {known.number}" if known else None

    def meet(self, sock: socket.socket, kind: str) -> Known:
        """Get to know a new socket."""
        self.count += 1
        number = f"{self.recorder.journal.process}/{self.count}"
        known = self.known[sock] = Known(number, sock, kind)
        self.recorder.journal.note(
            socket=number, kind=kind, family=_family(sock)
        )
        return known

    def on(self, known: Known) -> str:
        """Name a socket in an act: a token, until the run is known."""
        return token("name", f"socket {known.number}")

    def tell(
        self,
        what: str,
        known: Known,
        detail: str = "",
        *,
        state: str = "",
        states: list[list[str]] | None = None,
        at: int = 0,
        ask: bool = True,
        **sync: Any,
    ) -> None:
        """Tell of an act on a socket, and how it leaves the socket.

        `states` are those of other sockets, where the act has changed them.
        Without `ask`, the kernel's own word is left out.
        """
        track = self.recorder.track
        states = states or []
        if state and track:
            process = track.process or track.id
            word = known.word if ask else ""
            states = [[self.on(known), process, state, word]]
        sync |= {"socket": known.number, "do": what}
        if known.local or known.peer:
            sync["ends"] = [end_of(known.local), end_of(known.peer)]
        self.recorder.act(
            what, self.on(known), detail, at, sync=sync, s=states
        )

    def be_born(self, child: str) -> None:
        """Go on as a forked child."""
        self.recorder.become(child)
        self.patience = Patience()
        self.count = self.forks = 0

    def inherited(self) -> list[list[str]]:
        """Return the state of each socket that a forked child holds."""
        process = self.recorder.journal.process
        return [
            [self.on(known), process, "inherited", known.word]
            for sock, known in sorted(
                self.known.items(), key=lambda pair: pair[1].number
            )
            if sock.fileno() != -1
        ]


def end_of(address: Any) -> Any:
    """Return what tells one address from another: a port, or a path."""
    return address[1] if isinstance(address, tuple) else address or ""


def _family(sock: socket.socket) -> str:
    """Name the protocol of a socket as a reader knows it."""
    stream = sock.type == socket.SOCK_STREAM
    if sock.family in (socket.AF_INET, socket.AF_INET6):
        return "TCP" if stream else "UDP"
    return "Unix stream" if stream else "Unix datagram"
