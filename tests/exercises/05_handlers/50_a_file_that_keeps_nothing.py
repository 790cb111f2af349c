"""A file that keeps nothing back

Write `_SocketWriter`, the file behind `wfile`. It hands each `write` to the
socket, whole and at once, and returns how many bytes that was. The socket is
borrowed: closing the file leaves it open. `BufferedIOBase` brings the rest.
"""

import array
import io
import socket

from companion.practise.format import Fill, Mistake
from tests.conformance.toolkit import Background, is_closed, read_all

EXERCISE = Fill(
    teaches="the difference between send and sendall, and what a file owes",
    learned="`send` may take a part, `sendall` comes back when the kernel has "
    "all. A file says what it can do, counts in bytes, and closes only what "
    "it owns.",
    symbols=("_SocketWriter",),
    difficulty=3,
    hints=(
        "Four short methods: the constructor, `writable`, `write`, `fileno`. "
        "`flush` and `close` are inherited, and right as they are.",
        "A socket has two methods that send. With one of them, the rest is "
        "left to you.",
        "What is written may be bytes, or an array of numbers. A `memoryview` "
        "knows how many bytes either has: that is its `nbytes`.",
    ),
    mistakes=(
        Mistake(
            "A file that does not say that it can be written",
            "`io` takes a file for read-only as long as its `writable` does "
            "not say yes.",
            fails="can_be_written",
            edit=("return True", "return False"),
            symptom="io.UnsupportedOperation, as soon as a text file is put "
            "around `wfile`.",
        ),
        Mistake(
            "Written, and no word of how much",
            "`write` of a file returns a number. What is built on files "
            "counts with it.",
            fails="counts",
            edit=(
                "with memoryview(b) as view:\n    return view.nbytes",
                "",
            ),
            symptom="`wfile.write` returns None, and a caller that adds the "
            "numbers up fails.",
        ),
        Mistake(
            "`send` taken for `sendall`",
            "`send` gives the kernel what it has room for, and says how much "
            "by its return value alone. `sendall` goes on until all is gone.",
            fails="writes_all",
            edit=("self._sock.sendall(b)", "self._sock.send(b)"),
            symptom="Short answers are fine. Of long ones, the end is "
            "missing (bpo-26721).",
        ),
        Mistake(
            "Items counted in place of bytes",
            "`len` counts items. An item of an array of numbers has several "
            "bytes.",
            fails="counts_bytes",
            edit=(
                "with memoryview(b) as view:\n    return view.nbytes",
                "return len(b)",
            ),
            symptom="An array of 3 numbers is sent, and `write` says 3.",
        ),
        Mistake(
            "The borrowed socket closed",
            "Who has made the socket closes it. The file ends with the "
            "handler, and the server has a goodbye to say after that.",
            fails="leaves_the_socket",
            edit=(
                "def writable(self) -> bool:",
                "def close(self):\n"
                "    self._sock.close()\n"
                "    super().close()\n"
                "def writable(self) -> bool:",
            ),
            symptom="OSError, bad file descriptor: the server says goodbye to "
            "a connection that is closed.",
        ),
    ),
)


def pair(yours):
    """Return a writer, and the two ends of its connection."""
    ours, theirs = socket.socketpair()
    handlers = __import__(f"{yours.__name__}.handlers", fromlist=["handlers"])
    return handlers._SocketWriter(theirs), ours, theirs


def promise_can_be_written(yours):
    """It says that it can be written, and not that it can be read."""
    writer, ours, theirs = pair(yours)
    with ours, theirs:
        assert writer.writable() is True, (
            f"`writable` returned {writer.writable()}"
        )
        assert not writer.readable(), "it says that it can be read"


def promise_writes_at_once(yours):
    """What is written is there, without a `flush`."""
    writer, ours, theirs = pair(yours)
    with ours, theirs:
        ours.settimeout(0.3)
        writer.write(b"hello")
        assert ours.recv(100) == b"hello"


def promise_counts(yours):
    """`write` returns how many bytes it has written."""
    writer, ours, theirs = pair(yours)
    with ours, theirs:
        count = writer.write(b"hello")
        assert count == 5, f"for b'hello', `write` returned {count}"


def promise_writes_all(yours):
    """What is long is written to the end, also with a time limit."""
    writer, ours, theirs = pair(yours)
    with ours, theirs:
        theirs.settimeout(1)  # with one, `send` returns when there is no room
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 14)
        reader = Background(read_all, ours)
        writer.write(bytes(1_000_000))
        theirs.shutdown(socket.SHUT_WR)
        got = len(reader.result())
        assert got == 1_000_000, f"of 1000000 bytes, {got} arrived"


def promise_counts_bytes(yours):
    """It counts bytes, whatever the items are."""
    writer, ours, theirs = pair(yours)
    with ours, theirs:
        numbers = array.array("i", [1, 2, 3])
        count = writer.write(numbers)
        size = numbers.itemsize * 3
        assert count == size, f"{size} bytes went out, `write` says {count}"


def promise_leaves_the_socket(yours):
    """To close it closes the file, and not the socket."""
    writer, ours, theirs = pair(yours)
    with ours, theirs:
        writer.close()
        assert writer.closed, "it is not closed after `close`"
        assert not is_closed(theirs), "the socket was closed along with it"


def promise_is_a_file(yours):
    """Other files can be built on it, and `select` can watch it."""
    writer, ours, theirs = pair(yours)
    with ours, theirs:
        assert writer.fileno() == theirs.fileno()
        text = io.TextIOWrapper(writer, write_through=True)
        text.write("hello\n")
        assert ours.recv(100) == b"hello\n"
        text.detach()
