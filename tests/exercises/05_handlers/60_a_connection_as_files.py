"""A connection as two files

Write `setup` and `finish` of `StreamRequestHandler`. `setup` sets the options
of the connection and makes `rfile` and `wfile`. `finish` sends what is left
and closes both files. The connection is the server's, who closes it later.
"""

import contextlib
import socket

from companion.practise.format import Fill, Mistake
from tests.conformance.toolkit import Background, is_closed, read_all

EXERCISE = Fill(
    teaches="what lies between a socket and the files that handle works with",
    learned="The files are the handler's, the connection is the server's. "
    "Each closes what it has made, and a client that has gone is no error.",
    symbols=("StreamRequestHandler.setup", "StreamRequestHandler.finish"),
    difficulty=3,
    hints=(
        "`makefile` of a socket makes a file. It takes a mode, `rb` or `wb`, "
        "and the size of the buffer: that is `rbufsize` and `wbufsize`.",
        "Without a buffer, use a `_SocketWriter`: a raw file may write a part "
        "of what it is given. The options come before the files.",
        "A socket counts the files that were made of it, and is not closed "
        "before the last of them. So both must be closed, whatever happens.",
        "With a buffer, a client that has gone makes `flush` fail, and then "
        "`close` once more: it flushes, too. Neither is an error of yours.",
    ),
    mistakes=(
        Mistake(
            "A raw file that writes a part",
            "A `makefile` without a buffer writes what the kernel has room "
            "for, and says so by a number that nobody reads.",
            fails="writes_all",
            edit=(
                "self.wfile = _SocketWriter(self.connection)",
                'self.wfile = self.connection.makefile("wb", 0)',
            ),
            symptom="Of long answers the end is missing, when the network is "
            "slow.",
        ),
        Mistake(
            "A time limit that nobody sets",
            "`timeout` is a number on the class and does nothing by itself. "
            "The connection has to be told.",
            fails="gives_up_in_time",
            edit=("self.connection.settimeout(self.timeout)", "pass"),
            symptom="One silent client keeps its handler for ever.",
        ),
        Mistake(
            "Small packets held back against the wish",
            "The kernel waits with a small packet, until the one before is "
            "acknowledged. The option turns that off, and is set by nobody.",
            fails="sends_small_packets",
            edit=("self.connection.setsockopt(level, option, True)", "pass"),
            symptom="Each answer in two writes takes 40 milliseconds.",
        ),
        Mistake(
            "What is left in the buffer is forgotten",
            "A buffer sends when it is full, or when it is told to. At the "
            "end of the request, somebody has to tell it.",
            fails="sends_what_is_left",
            edit=(
                (
                    "if not self.wfile.closed:\n"
                    "    try:\n"
                    "        self.wfile.flush()\n"
                    "    except OSError:\n"
                    "        pass",
                    "",
                ),
                (
                    "try:\n    self.wfile.close()\nexcept OSError:\n    pass",
                    "",
                ),
            ),
            symptom="With `wbufsize` set, the client gets no answer.",
        ),
        Mistake(
            "One of two files left open",
            "The socket counts its files. While one is open, the server's "
            "`close` closes nothing.",
            fails="closes_both_files",
            edit=("self.rfile.close()", "pass"),
            symptom="The server has closed the connection, and the client "
            "still waits for the end.",
        ),
        Mistake(
            "The connection closed by the handler",
            "Who closes depends on who did the work, and only the server "
            "knows: it may be a thread, or a child process.",
            fails="leaves_the_connection",
            edit=(
                "self.rfile.close()",
                "self.rfile.close()\nself.connection.close()",
            ),
            symptom="OSError in `shutdown_request`: the goodbye is never "
            "said.",
        ),
    ),
)


@contextlib.contextmanager
def handled(yours, handle, data=b"", server=None, **settings):
    """Handle a request; yield the client's end, ours, and the handler."""
    cls = yours.StreamRequestHandler
    made = type("Handler", (cls,), {"handle": handle, **settings})
    client, ours = socket.socketpair()
    with client, ours:
        client.settimeout(0.3)
        client.sendall(data)
        yield client, ours, made(ours, "", server)


def promise_reads_lines(yours):
    """`rfile` reads lines, with a buffer as `rbufsize` asks for."""
    for size, left in ((-1, b""), (0, b"two\n")):
        found = []

        def handle(self, found=found):
            found.append(self.rfile.readline())
            self.connection.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                found.append(self.connection.recv(100))

        with handled(yours, handle, b"one\ntwo\n", rbufsize=size):
            line, rest = [*found, b""][:2]
        assert line == b"one\n", f"readline returned {line}"
        assert rest == left, f"with rbufsize {size}, {rest} was left over"


def promise_leaves_the_connection(yours):
    """The connection is left open, for the server to close."""
    with handled(yours, lambda self: None) as (_, ours, _kept):
        assert not is_closed(ours), "the handler closed the connection"


def promise_writes_at_once(yours):
    """Without a buffer, what is written is there at once."""
    client, ours = socket.socketpair()
    with client, ours:
        client.settimeout(0.3)
        found = []

        class Handler(yours.StreamRequestHandler):
            def handle(self):
                self.wfile.write(b"hello")
                found.append(client.recv(100))

        try:
            Handler(ours, "", None)
        except TimeoutError:
            raise AssertionError("the client had nothing to read") from None
        assert found == [b"hello"]


def promise_writes_all(yours):
    """A long answer is written to its end."""
    client, ours = socket.socketpair()
    with client, ours:
        reader = Background(read_all, client)

        class Handler(yours.StreamRequestHandler):
            timeout = 1  # with a limit, a raw file gives up early

            def handle(self):
                self.wfile.write(bytes(1_000_000))

        Handler(ours, "", None)
        ours.shutdown(socket.SHUT_WR)
        got = len(reader.result())
        assert got == 1_000_000, f"of 1000000 bytes, {got} arrived"


def promise_gives_up_in_time(yours):
    """With a `timeout`, a silent client is given up."""
    limits = []

    def handle(self):
        limits.append(self.connection.gettimeout())

    with handled(yours, handle, timeout=0.5), handled(yours, handle):
        pass
    assert limits == [0.5, None], (
        f"for `timeout` 0.5 and None, the connections have {limits}"
    )


def promise_sends_small_packets(yours):
    """`disable_nagle_algorithm` sends each packet at once."""
    level, option = socket.IPPROTO_TCP, socket.TCP_NODELAY
    found = []

    class Handler(yours.StreamRequestHandler):
        def handle(self):
            found.append(self.connection.getsockopt(level, option) != 0)

    class Quick(Handler):
        disable_nagle_algorithm = True

    for made in (Handler, Quick):
        with socket.socket() as sock:
            made(sock, "", None)
    assert found == [False, True], (
        f"without and with the attribute, TCP_NODELAY is {found}"
    )


def promise_sends_what_is_left(yours):
    """With a buffer, what is left in it is sent at the end."""

    def handle(self):
        self.wfile.write(b"hello")

    with handled(yours, handle, wbufsize=100) as (client, _, _kept):
        try:
            assert client.recv(100) == b"hello"
        except TimeoutError:
            raise AssertionError("nothing was sent") from None


def promise_closes_both_files(yours):
    """Both files are closed, so that the server's `close` is heard."""
    for size in (0, 100):
        with handled(yours, lambda self: None, wbufsize=size) as seen:
            client, ours, handler = seen
            ours.close()
            try:
                assert client.recv(1) == b""
            except TimeoutError:
                raise AssertionError(
                    "the server closed, and the client does not see the end: "
                    f"rfile closed: {handler.rfile.closed}, "
                    f"wfile closed: {handler.wfile.closed}"
                ) from None


def promise_a_client_may_go(yours):
    """A client that has gone is no error, and both files are closed."""

    def handle(self):
        self.wfile.write(b"hello")
        self.server.close()  # here: the client's end

    client, ours = socket.socketpair()
    with client, ours:

        class Handler(yours.StreamRequestHandler):
            wbufsize = 100

        Handler.handle = handle
        handler = Handler(ours, "", client)
        assert handler.rfile.closed, "rfile was left open"
