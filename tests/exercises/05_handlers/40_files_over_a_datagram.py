"""Files over a datagram, and a file over a socket

Write `DatagramRequestHandler`, whose files are memory: the packet to read, and
an answer that leaves whole when the handler is done. Then `_SocketWriter`, a
file that hands each write to a socket at once.
"""

import array
import socket

from companion.practise.format import Fill, Mistake

EXERCISE = Fill(
    teaches="how the same `handle` serves a transport without a stream",
    learned="What a handler sees is a file. What is behind it, `setup` and "
    "`finish` decide.",
    symbols=(
        "DatagramRequestHandler.setup",
        "DatagramRequestHandler.finish",
        "_SocketWriter",
    ),
    difficulty=3,
    hints=(
        "The request of a datagram server is a pair: the packet, and the "
        "socket that it came by.",
        "`BytesIO` is a file in memory. One of the two begins with the "
        "packet, and the other one is empty.",
        "`send` may take a part of what it is given, `sendall` takes all. "
        "The size of a write is in bytes, also for an array of numbers.",
    ),
    mistakes=(
        Mistake(
            "The answer written and not sent",
            "The file is memory. What is in it leaves when somebody sends it, "
            "and that is the last act of the handler.",
            fails="sends_the_answer",
            edit=(
                "self.socket.sendto(self.wfile.getvalue(), "
                "self.client_address)",
                "pass",
            ),
            symptom="The handler writes an answer, and no client ever gets "
            "one.",
        ),
        Mistake(
            "No address, and yet an answer",
            "A Unix client that bound no path has the address None. There is "
            "nowhere to send to.",
            fails="leaves_the_nameless_alone",
            edit=("if self.client_address is not None:", "if True:"),
            symptom="TypeError, for each client without an address of its "
            "own.",
        ),
        Mistake(
            "A part sent, and all promised",
            "`send` says how much it took. A file that does not look at it "
            "loses the rest.",
            fails="writes_all",
            edit=("self._sock.sendall(b)", "self._sock.send(b)"),
            symptom="Long answers arrive in part, on a slow network only.",
        ),
        Mistake(
            "Items counted instead of bytes",
            "`len` of an array is the number of its items, and an item may "
            "have several bytes.",
            fails="counts_bytes",
            edit=("return view.nbytes", "return len(view)"),
            symptom="`write` says that it wrote 2, and 8 bytes were sent.",
        ),
    ),
)


class Wire:
    """A socket that notes what is sent, and takes one byte per `send`."""

    def __init__(self):
        self.sent = []

    def sendto(self, data, address):
        self.sent.append((data, address))

    def send(self, data):
        self.sent.append(bytes(data)[:1])
        return 1

    def sendall(self, data):
        self.sent.append(bytes(data))

    def fileno(self):
        return 42


def handled(yours, handle, client="client"):
    """Let a handler serve a datagram; return what was sent."""
    cls = type("Handler", (yours.DatagramRequestHandler,), {"handle": handle})
    wire = Wire()
    cls((b"hello", wire), client, None)
    return wire.sent


def promise_reads_the_packet(yours):
    """`rfile` has the packet in it."""
    seen = []
    handled(yours, lambda self: seen.append(self.rfile.read()))
    assert seen == [b"hello"], f"it read {seen}"


def promise_sends_the_answer(yours):
    """What was written leaves as one datagram, to the client."""

    def handle(self):
        self.wfile.write(b"good")
        self.wfile.write(b"bye")

    sent = handled(yours, handle)
    assert sent == [(b"goodbye", "client")], f"it sent {sent}"


def promise_leaves_the_nameless_alone(yours):
    """A client without an address is not answered."""
    sent = handled(yours, lambda self: self.wfile.write(b"x"), client=None)
    assert sent == [], f"it sent {sent}"


def promise_writes_all(yours):
    """`_SocketWriter` sends all that it is given."""
    wire = Wire()
    file = yours.handlers._SocketWriter(wire)
    assert file.writable(), "it says that it cannot be written to"
    file.write(b"hello")
    assert b"".join(wire.sent) == b"hello", f"it sent {wire.sent}"
    assert file.fileno() == 42, "it has another descriptor"


def promise_counts_bytes(yours):
    """`write` returns how many bytes were sent."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        file = yours.handlers._SocketWriter(ours)
        size = file.write(array.array("i", [1, 2]))
        assert size == 2 * array.array("i").itemsize, f"it returned {size}"
