"""Catch it: a length in front

Complete the test. A guest of yours speaks a protocol of its own: four bytes
say how long a message is, then comes the message. It is sent back, turned
round: the last byte comes first. The guest relies on the two files of
`StreamRequestHandler`: a `read` gives all that was asked for, a `write` sends
all, and a silent client has its time limit.
"""

import random
import socket

from companion.practise.format import Catch, Mistake, Plant
from tests.conformance.toolkit import Background, client

EXERCISE = Catch(
    teaches="what a protocol relies on, and how big a message has to be",
    learned="What works with five bytes may fail with five million: only "
    "what does not fit into one piece shows whether pieces are put together.",
    covers=("StreamRequestHandler.setup",),
    difficulty=4,
    hints=(
        "`framed(data)` puts the length in front, `read_message(sock)` reads "
        "a whole message. Send one, and compare what comes back: `data[::-1]` "
        "is turned round.",
        "A short message fits into one piece, whatever the server does. "
        "`big` does not.",
        "Half a length is a client that has gone silent. The handler's "
        "`timeout` is a fifth of a second: then the client sees the end.",
    ),
    plants=(
        Plant(
            "half_an_answer",
            "_SocketWriter.write",
            ("self._sock.sendall(b)", "self._sock.send(b)"),
            "that a write sends all",
        ),
        Plant(
            "half_a_question",
            "StreamRequestHandler.setup",
            (
                'self.connection.makefile("rb", self.rbufsize)',
                'self.connection.makefile("rb", 0)',
            ),
            "that a read waits for all that was asked for",
        ),
        Plant(
            "patience_without_end",
            "StreamRequestHandler.setup",
            ("if self.timeout is not None:", "if False:"),
            "that a silent client has its time limit",
        ),
    ),
    mistakes=(
        Mistake(
            "A message that fits into one piece",
            "Five bytes leave in one piece and arrive in one. Whether pieces "
            "are put together, a message of many pieces shows.",
            fails="half_an_answer",
            has="hello",
            edit=(
                (
                    "sock.sendall(framed(big))",
                    'sock.sendall(framed(b"hello"))',
                ),
                (
                    "assert read_message(sock) == big[::-1]",
                    'assert read_message(sock) == b"olleh"',
                ),
            ),
            symptom="The test passes, and in daily use long messages are cut "
            "off.",
        ),
        Mistake(
            "Only the length is read",
            "The length was told at once. Whether what it promises comes, "
            "only who reads it finds out.",
            fails="half_an_answer",
            has=r"recv\(4\)",
            edit=(
                "assert read_message(sock) == big[::-1]",
                "assert sock.recv(4) == framed(big)[:4]",
            ),
            symptom="The test passes on a server that sends the beginning of "
            "each answer.",
        ),
        Mistake(
            "The silent one is left out",
            "Each client that speaks is served. The one that says nothing "
            "more is the one that keeps a server for ever.",
            fails="patience_without_end",
            edit=('assert sock.recv(1) == b""', "pass"),
            symptom="The test passes on a server that a silent client keeps "
            "for ever.",
        ),
        Mistake(
            "An answer expected to half a question",
            "Where half of the length is missing, nothing can be answered. "
            "What comes is the end.",
            fails="reference",
            has=r"recv\(1\) != b''",
            edit=(
                'assert sock.recv(1) == b""',
                'assert sock.recv(1) != b""',
            ),
            symptom="The test waits for an answer that nobody can give.",
        ),
    ),
)


def framed(data):
    """Put the length in front of a message."""
    return len(data).to_bytes(4, "big") + data


def read_message(sock):
    """Read a whole message, however many pieces it comes in."""
    with sock.makefile("rb") as file:
        return file.read(int.from_bytes(file.read(4), "big"))


def test_a_message_has_its_length_in_front(lib):
    class Mirror(lib.StreamRequestHandler):
        timeout = 0.2

        def handle(self):
            while head := self.rfile.read(4):
                data = self.rfile.read(int.from_bytes(head, "big"))
                self.wfile.write(head + data[::-1])

    class Server(lib.TCPServer):
        def handle_error(self, request, client_address):
            """Say nothing: that clients fall silent is expected here."""

    big = random.Random(1).randbytes(4_000_000)
    with Server(("127.0.0.1", 0), Mirror) as server:
        # In bytes: what the kernel takes at once, at most twice as much.
        server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 17)
        with client(server) as sock:
            serving = Background(server.handle_request)
            # <<< Send `big`, with its length in front. What comes back?
            sock.sendall(framed(big))
            assert read_message(sock) == big[::-1]
            # >>>
        serving.done.wait(0.5)
        with client(server) as sock:
            Background(server.handle_request)
            sock.sendall(framed(b"silent from here on")[:2])
            # <<< A client falls silent in the middle. What does it see?
            assert sock.recv(1) == b""
            # >>>
