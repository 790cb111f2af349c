"""How good, slow and rude clients behave, at a chat and at an echo.

Good ones talk and wait for what they said to come back, slow ones listen to
nothing, rude ones send rubbish, hang up in the middle of a line, or reset the
connection.
"""

from __future__ import annotations

import itertools
import random
import socket
import struct
import threading
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path

PATIENCE = 15.0  # seconds for an answer, or for a server to calm down
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: forget what is unsent, and reset
SIZES = (1, 10, 1000, 4000)  # of a line or a datagram, in bytes
MUCH = b"x" * 999 + b"\n"
AGAIN = 1.0  # seconds without an answer, until a datagram is sent again

Address = str | tuple[str, int]


class Manners(ABC):
    """A conversation with one server, good, slow or rude."""

    type = socket.SOCK_STREAM

    def __init__(self, address: Address) -> None:
        self.address = address
        self.over = threading.Event()  # set: come to an end

    def connect(self) -> socket.socket:
        """Make a client. Raises OSError where there is no server."""
        unix = isinstance(self.address, str)
        family = socket.AF_UNIX if unix else socket.AF_INET
        sock = socket.socket(family, self.type)
        sock.settimeout(PATIENCE)
        try:
            sock.connect(self.address)
        except OSError:
            sock.close()
            raise
        return sock

    def leave(self, sock: socket.socket) -> None:
        """Close a client, and take its name away."""
        sock.close()

    @abstractmethod
    def greet(self, sock: socket.socket) -> None:
        """Return when the server is at work; raise OSError if it is not."""

    @abstractmethod
    def good(self, sock: socket.socket, dice: random.Random) -> None:
        """Talk, and hear what was said. Raises OSError if it is not."""

    @abstractmethod
    def slow(self, sock: socket.socket, dice: random.Random) -> None:
        """Say something, and listen to nothing for a while."""

    @abstractmethod
    def rude(self, sock: socket.socket, dice: random.Random) -> None:
        """Misbehave."""


class Chat(Manners):
    """With names and rooms, as in `docs.examples.chat`."""

    def greet(self, sock: socket.socket) -> None:
        """Wait for the greeting, which the server says first."""
        if not sock.recv(1):
            raise ConnectionError("the server hangs up on everybody")

    def good(self, sock: socket.socket, dice: random.Random) -> None:
        """Enter a room, talk, and quit."""
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

    def slow(self, sock: socket.socket, dice: random.Random) -> None:
        """Enter a room."""
        sock.sendall(f"slow\n/join {dice.choice('abc')}\n".encode())
        self.over.wait(dice.uniform(0.5, 3))

    def rude(self, sock: socket.socket, dice: random.Random) -> None:
        """Send commands that are cut off, and rubbish."""
        rubbish = dice.randbytes(dice.choice([0, 1, 100, 50_000]))
        sock.settimeout(1)
        sock.sendall(dice.choice([b"", b"rude\n", b"/quit", b"\n" * 500]))
        sock.sendall(rubbish)
        if dice.random() < 0.5:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.over.wait(dice.uniform(0, 0.3))


class Lines(Manners):
    """Line by line, each of which comes back."""

    def greet(self, sock: socket.socket) -> None:
        """Have a line come back."""
        sock.sendall(b"hello\n")
        self._hear(sock, b"hello\n")

    def good(self, sock: socket.socket, dice: random.Random) -> None:
        """Say lines of all lengths, one after the other, or many at once."""
        for _ in range(20):
            line = dice.randbytes(dice.choice(SIZES)).hex().encode() + b"\n"
            lines = line * dice.choice([1, 1, 3])
            sock.sendall(lines)
            self._hear(sock, lines)
        sock.shutdown(socket.SHUT_WR)
        if sock.recv(1):
            raise ConnectionError("the server said more than it heard")

    def slow(self, sock: socket.socket, dice: random.Random) -> None:
        """Say more than there is room for, or half a line."""
        sock.settimeout(1)
        with suppress(TimeoutError):
            sock.sendall(MUCH * dice.choice([0, 1, 10_000]) + b"half")
        self.over.wait(dice.uniform(0.5, 3))

    def rude(self, sock: socket.socket, dice: random.Random) -> None:
        """Send a line without an end, or go while it is being answered."""
        sock.settimeout(1)
        sock.sendall(dice.randbytes(dice.choice([0, 1, 100, 200_000])))
        if dice.random() < 0.5:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.over.wait(dice.uniform(0, 0.3))

    def _hear(self, sock: socket.socket, wanted: bytes) -> None:
        heard = bytearray()
        while len(heard) < len(wanted):
            piece = sock.recv(65536)
            if not piece:
                raise ConnectionError("the server hung up")
            heard += piece
        if heard != wanted:
            raise ConnectionError("the server said something else")


class Datagrams(Manners):
    """Datagram by datagram, each of which comes back, if it is not lost.

    Over Unix sockets, the kernel counts what clients leave unread as the
    server's, some 200 KiB in all. A few who ask for much could stop it. That
    would measure the kernel, so the rude ones here ask for little at a time.
    """

    type = socket.SOCK_DGRAM

    def __init__(self, address: Address, folder: Path) -> None:
        super().__init__(address)
        self._folder = folder  # where the clients' own Unix paths go
        self._numbers = itertools.count()  # nobody gets another's answers

    def connect(self) -> socket.socket:
        """Make a client that has a name, so that it can be answered."""
        sock = super().connect()
        if isinstance(self.address, str):
            sock.bind(str(self._folder / str(next(self._numbers))))
        return sock

    def leave(self, sock: socket.socket) -> None:
        """Close a client, and take its name away."""
        name = sock.getsockname()
        sock.close()
        if isinstance(name, str):
            Path(name).unlink()

    def greet(self, sock: socket.socket) -> None:
        """Have a datagram come back."""
        self._exchange(sock, b"hello")

    def good(self, sock: socket.socket, dice: random.Random) -> None:
        """Say datagrams of all lengths, one after the other."""
        for number in range(20):
            rest = dice.randbytes(dice.choice(SIZES))
            self._exchange(sock, f"{number} {dice.random()} ".encode() + rest)

    def slow(self, sock: socket.socket, dice: random.Random) -> None:
        """Ask for more than there is room for."""
        sock.settimeout(1)
        with suppress(TimeoutError):
            for _ in range(30):
                sock.send(dice.randbytes(100))
        self.over.wait(dice.uniform(0.5, 3))

    def rude(self, sock: socket.socket, dice: random.Random) -> None:
        """Say nothing, or much, and be gone before the answer."""
        sock.settimeout(1)
        size, times = dice.choice([(0, 1), (40_000, 1), (100, 50)])
        for _ in range(times):
            sock.send(dice.randbytes(size))
        self.over.wait(dice.uniform(0, 0.3))

    def _exchange(self, sock: socket.socket, said: bytes) -> None:
        # What is lost is lost; it is said again, and may be heard twice.
        deadline = time.monotonic() + PATIENCE
        sock.settimeout(AGAIN)
        while time.monotonic() < deadline:
            with suppress(TimeoutError):
                sock.send(said)
                while (heard := sock.recv(65536)) != said:
                    if not heard:
                        raise ConnectionError("the server says nothing")
                return
        raise TimeoutError(f"no answer for {PATIENCE:g} s")
