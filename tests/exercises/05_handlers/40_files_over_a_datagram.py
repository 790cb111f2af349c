"""A datagram as two files

Write `setup` and `finish` of `DatagramRequestHandler`. The packet has arrived
whole: `rfile` is a file in memory that reads it. `wfile` is another one, at
first empty. What is written to it leaves as one datagram, at the end.
"""

import io
import socket

from companion.practise.format import Fill, Mistake
from tests.conformance.toolkit import is_closed

EXERCISE = Fill(
    teaches="how a packet becomes two files, and an answer one packet",
    learned="Both ends are files in memory: that is why `handle` looks the "
    "same for a packet as for a connection. The answer is sent once, by the "
    "server's own socket, to the address of the client.",
    symbols=(
        "DatagramRequestHandler.setup",
        "DatagramRequestHandler.finish",
    ),
    difficulty=2,
    hints=(
        "The request of a datagram server is a pair: the bytes, and the "
        "socket that they came by.",
        "`io.BytesIO` is a file in memory. `getvalue()` gives all that is in "
        "it, wherever reading and writing have got to.",
        "The socket is not connected, so sending takes two things: what, and "
        "to whom. A Unix client may have no address at all: it is None.",
    ),
    mistakes=(
        Mistake(
            "The request taken for the packet",
            "For datagrams the request is a pair of packet and socket. Take "
            "it apart first.",
            fails="reads_the_packet",
            said="^TypeError: a bytes-like",
            edit=(
                "self.packet, self.socket = self.request",
                "self.packet, self.socket = self.request, self.server.socket",
            ),
            symptom="TypeError: a bytes-like object is required, not 'tuple'.",
        ),
        Mistake(
            "The answer read from where writing has ended",
            "A file has one place where it is read and written. After "
            "writing it is at the end, and `read` finds nothing there.",
            fails="answers",
            has=r"wfile\.read\(",
            edit=("self.wfile.getvalue()", "self.wfile.read()"),
            symptom="Every client receives an empty packet.",
        ),
        Mistake(
            "Sent without an address",
            "The socket serves all clients and is connected to none: it must "
            "be told where to.",
            fails="answers",
            has=r"\.send(all)?\(",
            edit=(
                "self.socket.sendto(self.wfile.getvalue(), "
                "self.client_address)",
                "self.socket.send(self.wfile.getvalue())",
            ),
            symptom="OSError: destination address required.",
        ),
        Mistake(
            "The answer written over the question",
            "`BytesIO(packet)` begins with the packet in it. An answer that "
            "is shorter leaves its end in place.",
            fails="sends_what_was_written_alone",
            edit=(
                "self.wfile = BytesIO()",
                "self.wfile = BytesIO(self.packet)",
            ),
            symptom="Answers end in a piece of the question.",
        ),
        Mistake(
            "No answer where nothing was written",
            "The client cannot see why there is no answer: it waits. An empty "
            "packet is a packet.",
            fails="answers_with_nothing",
            edit=(
                "if self.client_address is not None:",
                "if self.wfile.getvalue() and self.client_address:",
            ),
            symptom="A client waits for ever, because its handler had "
            "nothing to say.",
        ),
        Mistake(
            "A client without an address answered",
            "A Unix client that has bound no path cannot be answered. The "
            "kernel says so by the address None, and that is no error.",
            fails="lets_nobody_be_nobody",
            said="^TypeError: sendto",
            edit=("if self.client_address is not None:", "if True:"),
            symptom="The server reports a TypeError for each packet of such "
            "a client.",
        ),
    ),
)


def answered(yours, handle, packet=b"hello"):
    """Have one packet handled; return the client's answer and the socket."""

    class Handler(yours.DatagramRequestHandler):
        pass

    Handler.handle = handle
    with (
        socket.socket(type=socket.SOCK_DGRAM) as client,
        socket.socket(type=socket.SOCK_DGRAM) as own,
    ):
        client.bind(("127.0.0.1", 0))
        client.settimeout(0.3)
        own.bind(("127.0.0.1", 0))
        server = yours.BaseServer(own.getsockname(), Handler)
        server.socket = own
        Handler((packet, own), client.getsockname(), server)
        assert not is_closed(own), "the server's own socket was closed"
        try:
            return client.recv(100)
        except TimeoutError:
            raise AssertionError("the client received no packet") from None


def promise_reads_the_packet(yours):
    """`rfile` reads what is in the packet."""

    class Reading(yours.DatagramRequestHandler):
        def handle(self):
            self.found = self.rfile.readlines()

        def finish(self):
            pass

    with socket.socket(type=socket.SOCK_DGRAM) as own:
        server = yours.BaseServer("", Reading)
        server.socket = own
        handler = Reading((b"one\ntwo", own), "somebody", server)
    assert handler.found == [b"one\n", b"two"], (
        f"rfile has the lines {handler.found}"
    )


def promise_answers(yours):
    """What was written leaves as one packet, to the client."""

    def handle(self):
        self.wfile.write(b"much ")
        self.wfile.write(b"longer than hello")

    answer = answered(yours, handle)
    assert answer == b"much longer than hello", f"the answer is {answer}"


def promise_sends_what_was_written_alone(yours):
    """The answer is what was written, and nothing else."""
    answer = answered(yours, lambda self: self.wfile.write(b"no"))
    assert answer == b"no", f"the answer is {answer}"


def promise_answers_with_nothing(yours):
    """Where nothing was written, an empty packet is sent."""
    assert answered(yours, lambda self: None) == b""


def promise_lets_nobody_be_nobody(yours):
    """A client without an address is not answered, and no error."""
    with socket.socket(type=socket.SOCK_DGRAM) as own:
        handler = yours.DatagramRequestHandler((b"hello", own), None, None)
    assert isinstance(handler.rfile, io.IOBase)
