"""What handlers promise: a life in three acts, and two kinds of files.

No server runs here.  A handler is made with one end of a socket pair as its
request, and the test holds the other end.
"""

import array
import contextlib
import io
import socket
import types

import pytest

from .toolkit import (
    DEADLINE,
    Alarm,
    Background,
    Trouble,
    is_closed,
    needs_unix,
    read_all,
    stays,
)


@pytest.fixture
def ends():
    """Two connected stream sockets: (the server's, the client's)."""
    with contextlib.ExitStack() as stack:
        pair = [stack.enter_context(end) for end in socket.socketpair()]
        for end in pair:
            end.settimeout(DEADLINE)
        yield pair


@pytest.fixture
def tcp_ends():
    """Two ends of a TCP connection: (the server's, the client's)."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        client = stack.enter_context(
            socket.create_connection(listener.getsockname(), DEADLINE)
        )
        connection, _ = listener.accept()
        yield stack.enter_context(connection), client


@pytest.fixture
def half_made(impl):
    """Make a stream handler of which only setup() has run.

    A handler handles in its constructor, so the test goes around it and
    calls the hooks itself.  What they made is closed at the end.
    """
    made = []

    def make(request, **settings):
        base = impl.StreamRequestHandler
        handler = object.__new__(type("Handler", (base,), settings))
        handler.request, handler.client_address = request, "client"
        handler.server = None
        made.append(handler)
        handler.setup()
        return handler

    yield make
    for handler in made:
        for name in ("wfile", "rfile"):
            with contextlib.suppress(AttributeError, OSError):
                getattr(handler, name).close()


def actor(base, **failures):
    """Return a handler class that notes its acts in `server`, a list.

    failures: act=exception to raise in it.
    """

    def act(name):
        def perform(self):
            self.server.append(name)
            if name in failures:
                raise failures[name]

        return perform

    acts = {name: act(name) for name in ("setup", "handle", "finish")}
    return type("Actor", (base,), acts)


# -- The life of every handler


@pytest.mark.about("BaseRequestHandler.__init__")
def test_making_a_handler_handles_the_request(impl):
    acts = []
    actor(impl.BaseRequestHandler)("request", "client", acts)
    assert acts == ["setup", "handle", "finish"], (
        "the constructor must call setup(), handle() and finish(), in this"
        " order: no one else does"
    )


@pytest.mark.about("BaseRequestHandler.__init__")
def test_setup_already_knows_request_client_and_server(impl):
    seen = []

    class Handler(impl.BaseRequestHandler):
        def setup(self):
            seen.append((self.request, self.client_address, self.server))

    Handler("request", "client", "server")
    assert seen == [("request", "client", "server")], (
        "the three attributes must be there before setup() runs"
    )


@pytest.mark.about("BaseRequestHandler.__init__")
@pytest.mark.parametrize("error", [Trouble, Alarm, SystemExit])
def test_finish_runs_also_when_handle_fails(impl, error):
    acts = []
    with pytest.raises(error):
        actor(impl.BaseRequestHandler, handle=error())("r", "c", acts)
    assert acts == ["setup", "handle", "finish"], (
        "finish() must run whatever handle() raises, and the error must"
        " come out of the constructor"
    )


@pytest.mark.about("BaseRequestHandler.__init__")
def test_neither_handle_nor_finish_runs_when_setup_fails(impl):
    acts = []
    with pytest.raises(Trouble):
        actor(impl.BaseRequestHandler, setup=Trouble())("r", "c", acts)
    assert acts == ["setup"], (
        "after a failed setup() there is nothing to handle with and nothing"
        " to finish: setup() stands before the `try`"
    )


@pytest.mark.about("BaseRequestHandler.__init__")
def test_an_error_in_finish_comes_out(impl):
    with pytest.raises(Trouble):
        actor(impl.BaseRequestHandler, finish=Trouble())("r", "c", [])


@pytest.mark.about("BaseRequestHandler.__init__")
def test_an_error_in_finish_remembers_the_one_in_handle(impl):
    first, second = Trouble("handle"), Trouble("finish")
    handler = actor(impl.BaseRequestHandler, handle=first, finish=second)
    with pytest.raises(Trouble) as caught:
        handler("r", "c", [])
    assert caught.value is second, "the last error is the one that comes out"
    assert second.__context__ is first, (
        "the report must show both: run finish() in a `finally`"
    )


@pytest.mark.about(
    "BaseRequestHandler.setup",
    "BaseRequestHandler.handle",
    "BaseRequestHandler.finish",
)
def test_the_three_acts_do_nothing_at_first(impl):
    request = object()
    handler = impl.BaseRequestHandler(request, "client", "server")
    assert vars(handler) == {
        "request": request,
        "client_address": "client",
        "server": "server",
    }, "a plain handler must keep its three attributes and do nothing"
    for act in (handler.setup, handler.handle, handler.finish):
        assert act() is None, "an act has nothing to return"


# -- Reading and writing a stream


@pytest.mark.about("StreamRequestHandler.setup", "StreamRequestHandler.finish")
def test_a_stream_handler_reads_lines_and_answers(impl, ends):
    class Shout(impl.StreamRequestHandler):
        def handle(self):
            for line in self.rfile:
                self.wfile.write(line.upper())

    ours, theirs = ends
    theirs.sendall(b"one\ntwo\n")
    theirs.shutdown(socket.SHUT_WR)
    Shout(ours, "client", None)
    ours.close()
    assert read_all(theirs) == b"ONE\nTWO\n", (
        "what the client sent must come out of rfile, and what is written"
        " to wfile must reach the client"
    )


@pytest.mark.about("StreamRequestHandler.setup")
def test_the_connection_is_the_request(half_made, ends):
    handler = half_made(ends[0])
    assert handler.connection is ends[0], (
        "a stream handler calls its request `connection` too"
    )


@pytest.mark.about("StreamRequestHandler.rbufsize")
def test_reading_is_buffered_at_first(half_made, ends):
    handler = half_made(ends[0])
    assert isinstance(handler.rfile, io.BufferedReader), (
        "rbufsize is -1: rfile must have a buffer of Python's own size, or"
        " reading a line would be a system call per byte"
    )
    ends[1].sendall(b"a\nb\n")
    assert handler.rfile.readline() == b"a\n", "a line ends at its newline"
    assert handler.rfile.peek() == b"b\n", "the buffer has read on"


@pytest.mark.about("StreamRequestHandler.rbufsize")
def test_an_rbufsize_of_zero_reads_no_byte_too_many(half_made, ends):
    handler = half_made(ends[0], rbufsize=0)
    ends[1].sendall(b"a\nb\n")
    assert handler.rfile.readline() == b"a\n", "a line ends at its newline"
    assert ends[0].recv(10) == b"b\n", (
        "without a buffer what was not asked for must stay in the socket"
    )


@pytest.mark.about("StreamRequestHandler.rbufsize")
def test_an_rbufsize_is_the_size_of_the_buffer(half_made, ends):
    handler = half_made(ends[0], rbufsize=4)
    ends[1].sendall(b"abcdefgh")
    assert handler.rfile.peek() == b"abcd", (
        "with an rbufsize of 4, four bytes are read ahead"
    )


@pytest.mark.about("StreamRequestHandler.wbufsize")
def test_a_write_is_sent_at_once_at_first(half_made, ends):
    handler = half_made(ends[0])
    handler.wfile.write(b"now")
    assert ends[1].recv(10) == b"now", (
        "wbufsize is 0: nothing may be held back, no flush() needed"
    )


@pytest.mark.about("StreamRequestHandler.wbufsize")
@pytest.mark.parametrize("size", [-1, 100])
def test_a_wbufsize_holds_writes_back_until_the_flush(half_made, ends, size):
    handler = half_made(ends[0], wbufsize=size)
    handler.wfile.write(b"la")
    handler.wfile.write(b"ter")
    reading = Background(ends[1].recv, 10)
    assert stays(reading), f"with wbufsize {size} small writes must wait"
    handler.wfile.flush()
    assert reading.result() == b"later", "and leave together"


@pytest.mark.about("StreamRequestHandler.wbufsize")
def test_a_full_buffer_is_sent_without_a_flush(half_made, ends):
    handler = half_made(ends[0], wbufsize=4)
    handler.wfile.write(b"1234")
    handler.wfile.write(b"5")
    assert ends[1].recv(4) == b"1234", (
        "wbufsize is how many bytes are held back, and no more"
    )


@pytest.mark.about("StreamRequestHandler.timeout")
def test_the_connection_has_the_timeout_it_had(half_made, ends):
    half_made(ends[0])
    assert ends[0].gettimeout() == DEADLINE, (
        "with `timeout` None, setup() must leave the socket's own alone"
    )


@pytest.mark.about("StreamRequestHandler.timeout")
@pytest.mark.parametrize("seconds", [7, 0])
def test_a_timeout_is_given_to_the_connection(half_made, ends, seconds):
    half_made(ends[0], timeout=seconds)
    assert ends[0].gettimeout() == seconds, (
        f"a `timeout` of {seconds} must be set on the connection (0 is not"
        " None: it makes the socket non-blocking)"
    )


@pytest.mark.about("StreamRequestHandler.timeout")
def test_a_silent_client_runs_into_the_timeout(impl, ends):
    class Patient(impl.StreamRequestHandler):
        timeout = 0.01

        def handle(self):
            self.rfile.readline()

    with pytest.raises(TimeoutError):
        Patient(ends[0], "client", None)


def nagle_is_off(sock):
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


@pytest.mark.about("StreamRequestHandler.disable_nagle_algorithm")
def test_small_packets_may_be_held_back_at_first(half_made, tcp_ends):
    half_made(tcp_ends[0])
    assert not nagle_is_off(tcp_ends[0]), "TCP_NODELAY must not be set unasked"


@pytest.mark.about("StreamRequestHandler.disable_nagle_algorithm")
def test_nagles_algorithm_can_be_disabled(half_made, tcp_ends):
    half_made(tcp_ends[0], disable_nagle_algorithm=True)
    assert nagle_is_off(tcp_ends[0]), (
        "disable_nagle_algorithm must set TCP_NODELAY on the connection"
    )


@pytest.mark.about("StreamRequestHandler.disable_nagle_algorithm")
@needs_unix
def test_a_unix_socket_has_no_such_algorithm(half_made, ends):
    with pytest.raises(OSError):  # noqa: PT011 the number is the system's
        half_made(ends[0], disable_nagle_algorithm=True)


# -- The end of a stream handler


@pytest.mark.about("StreamRequestHandler.finish")
def test_finish_sends_what_the_buffer_holds(half_made, ends):
    handler = half_made(ends[0], wbufsize=-1)
    handler.wfile.write(b"last words")
    handler.finish()
    assert ends[1].recv(100) == b"last words", "finish() must flush wfile"


@pytest.mark.about("StreamRequestHandler.finish")
@pytest.mark.parametrize("size", [0, -1])
def test_finish_closes_both_files(half_made, ends, size):
    handler = half_made(ends[0], wbufsize=size)
    handler.finish()
    assert (handler.wfile.closed, handler.rfile.closed) == (True, True), (
        "finish() must close wfile and rfile: while a file of it is open, a"
        " socket that is closed keeps its descriptor"
    )


@pytest.mark.about("StreamRequestHandler.finish")
def test_finish_leaves_the_connection_open(half_made, ends):
    handler = half_made(ends[0])
    handler.finish()
    assert not is_closed(ends[0]), (
        "the server closes the request, in shutdown_request()"
    )
    ends[0].sendall(b"still there")
    assert ends[1].recv(100) == b"still there", "nor may it be shut down"


@pytest.mark.about("StreamRequestHandler.finish")
def test_a_closed_connection_gives_its_descriptor_back(half_made, ends):
    handler = half_made(ends[0])
    ends[0].close()
    handler.finish()
    assert ends[1].recv(1) == b"", (
        "with rfile and wfile closed, nothing may hold the socket open"
    )


class Pipe:
    """A file that counts what is done to it; flush() may fail."""

    def __init__(self, error=None):
        self.error = error
        self.closed = False
        self.done = []

    def flush(self):
        self.done.append("flush")
        if self.error is not None:
            raise self.error

    def close(self):
        self.done.append("close")
        self.closed = True


def with_pipes(half_made, connection, error=None):
    """Return a handler whose files are two `Pipe`s."""
    handler = half_made(connection)
    handler.wfile.close()
    handler.rfile.close()
    handler.wfile, handler.rfile = Pipe(error), Pipe()
    return handler


@pytest.mark.about("StreamRequestHandler.finish")
def test_finish_flushes_before_it_closes(half_made, ends):
    handler = with_pipes(half_made, ends[0])
    handler.finish()
    assert handler.wfile.done == ["flush", "close"], (
        "wfile must be flushed, then closed"
    )
    assert handler.rfile.done == ["close"], "rfile must be closed"


@pytest.mark.about("StreamRequestHandler.finish")
@pytest.mark.parametrize("error", [BrokenPipeError, ConnectionAbortedError])
def test_a_client_that_left_is_no_error_in_finish(half_made, ends, error):
    handler = with_pipes(half_made, ends[0], error())
    handler.finish()
    assert (handler.wfile.closed, handler.rfile.closed) == (True, True), (
        "an OSError of the last flush must be ignored (bpo-14574), and both"
        " files be closed all the same"
    )


@pytest.mark.about("StreamRequestHandler.finish")
def test_another_error_of_the_last_flush_comes_out(half_made, ends):
    handler = with_pipes(half_made, ends[0], Trouble())
    with pytest.raises(Trouble):
        handler.finish()


@pytest.mark.about("StreamRequestHandler.finish")
def test_a_closed_wfile_is_not_flushed(half_made, ends):
    handler = with_pipes(half_made, ends[0], Trouble())
    handler.wfile.closed = True
    handler.finish()
    assert "flush" not in handler.wfile.done, (
        "a handler may close wfile itself; flushing a closed file fails"
    )
    assert handler.rfile.closed, "rfile must be closed all the same"


@pytest.mark.about("StreamRequestHandler.finish")
def test_a_handler_may_close_its_files_first(impl, ends):
    class Own(impl.StreamRequestHandler):
        wbufsize = -1

        def handle(self):
            self.wfile.write(b"bye")

        def finish(self):
            self.wfile.close()
            self.rfile.close()
            super().finish()

    Own(ends[0], "client", None)
    assert ends[1].recv(10) == b"bye", (
        "fakeredis closes both files before super().finish(): finish() must"
        " take that"
    )


@pytest.mark.about("StreamRequestHandler.finish")
def test_a_client_that_hung_up_leaves_a_quiet_finish(impl, ends):
    class Silent(impl.StreamRequestHandler):
        def handle(self):
            ends[1].close()

    Silent(ends[0], "client", None)


@pytest.mark.about("StreamRequestHandler.setup")
def test_writing_to_a_client_that_hung_up_fails_in_handle(impl, ends):
    class Talkative(impl.StreamRequestHandler):
        def handle(self):
            ends[1].close()
            self.wfile.write(b"anyone?")

    with pytest.raises(ConnectionError):
        Talkative(ends[0], "client", None)


# -- wfile, the file without a buffer


@pytest.fixture
def wfile(half_made, ends):
    return half_made(ends[0]).wfile


ITEMS = {
    "bytes": b"12345678",
    "bytearray": bytearray(b"12345678"),
    "memoryview": memoryview(array.array("I", [1, 2])),
    "array": array.array("I", [1, 2]),
    "nothing": b"",
}
"""Objects that can be written; the array has 2 items, of 4 bytes each."""


@pytest.mark.about("_SocketWriter.write")
@pytest.mark.parametrize("kind", ITEMS)
def test_write_returns_how_many_bytes_it_sent(wfile, ends, kind):
    data = ITEMS[kind]
    size = memoryview(data).nbytes
    assert wfile.write(data) == size, (
        "write() must return the number of bytes; len() counts items, and"
        " an item of an array is several bytes"
    )
    assert size == 0 or ends[1].recv(100) == bytes(memoryview(data)), (
        "and these bytes must arrive"
    )


@pytest.mark.about("_SocketWriter.write")
def test_write_sends_all_however_much_it_is(wfile, ends):
    # More than the kernel takes at once, however fast the other end reads.
    ends[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 14)
    data = bytes(range(256)) * 8192
    reading = Background(read_all, ends[1])
    assert wfile.write(data) == len(data), "and return how much that was"
    ends[0].shutdown(socket.SHUT_WR)
    assert reading.result() == data, (
        "one write() must send everything (bpo-26721): use sendall()"
    )


@pytest.mark.about("_SocketWriter")
def test_wfile_is_a_file_for_bytes(wfile):
    assert isinstance(wfile, io.BufferedIOBase), (
        "io.TextIOWrapper, http.server and others take wfile for a file"
    )


@pytest.mark.about("_SocketWriter.writable")
def test_wfile_can_be_written_and_nothing_else(wfile):
    assert wfile.writable() is True, "a file says no unless told otherwise"
    assert (wfile.readable(), wfile.seekable()) == (False, False), (
        "wfile is for writing: there is no going back in a stream"
    )
    with pytest.raises(io.UnsupportedOperation):
        wfile.read()


@pytest.mark.about("_SocketWriter.fileno")
def test_wfile_has_the_descriptor_of_the_connection(wfile, ends):
    assert wfile.fileno() == ends[0].fileno(), (
        "whoever waits for wfile in a selector needs the socket's number"
    )


@pytest.mark.about("_SocketWriter.writable")
def test_text_can_be_written_through_wfile(wfile, ends):
    with io.TextIOWrapper(wfile, "utf-8", write_through=True) as text:
        print("grüße", file=text)
        assert ends[1].recv(100) == "grüße\n".encode(), (
            "io.TextIOWrapper must take wfile for a file that can be written"
        )


@pytest.mark.about("_SocketWriter.write")
def test_lines_can_be_written_to_wfile(wfile, ends):
    wfile.writelines([b"a\n", b"b\n"])
    wfile.flush()
    assert ends[1].recv(4, socket.MSG_WAITALL) == b"a\nb\n", (
        "writelines() must send each line"
    )


@pytest.mark.about("_SocketWriter")
def test_closing_wfile_leaves_the_connection_open(wfile, ends):
    assert not wfile.closed, "a new file is open"
    wfile.close()
    assert wfile.closed, "and says so when it is not any more"
    ends[0].sendall(b"still there")
    assert ends[1].recv(100) == b"still there", (
        "wfile has borrowed the socket: closing it must not close that"
    )


# -- Answering a datagram


class Post:
    """Stands in a socket's place and keeps what is sent."""

    def __init__(self):
        self.sent = []

    def sendto(self, data, address):
        self.sent.append((data, address))


@pytest.mark.about("DatagramRequestHandler.setup")
def test_a_datagram_handler_knows_packet_and_socket(impl):
    post, seen = Post(), []

    class Handler(impl.DatagramRequestHandler):
        def handle(self):
            seen.append((self.packet, self.socket, self.rfile.read()))

    Handler((b"packet", post), "client", None)
    assert seen == [(b"packet", post, b"packet")], (
        "the request is (data, socket): they must be `packet` and `socket`,"
        " and rfile must read the packet from its beginning"
    )


@pytest.mark.about("DatagramRequestHandler.finish")
def test_the_answer_leaves_as_one_datagram(impl):
    post = Post()

    class Handler(impl.DatagramRequestHandler):
        def handle(self):
            self.wfile.write(b"one ")
            self.wfile.write(b"two")
            assert post.sent == [], "nothing may leave before finish()"

    Handler((b"packet", post), "client", None)
    assert post.sent == [(b"one two", "client")], (
        "all that was written must go to the client's address in one packet"
    )


@pytest.mark.about("DatagramRequestHandler.finish")
@pytest.mark.parametrize("address", [("::1", 7), "/path", b"\0name", ""])
def test_an_empty_answer_is_sent_too(impl, address):
    post = Post()
    impl.DatagramRequestHandler((b"packet", post), address, None)
    assert post.sent == [(b"", address)], (
        "a handler that wrote nothing sends an empty datagram"
    )


@pytest.mark.about("DatagramRequestHandler.finish")
def test_the_answer_is_sent_also_when_handle_fails(impl):
    post = Post()

    class Handler(impl.DatagramRequestHandler):
        def handle(self):
            self.wfile.write(b"half an ans")
            raise Trouble

    with pytest.raises(Trouble):
        Handler((b"packet", post), "client", None)
    assert post.sent == [(b"half an ans", "client")], (
        "finish() runs after a failed handle(), and it sends"
    )


@pytest.mark.about("DatagramRequestHandler.finish")
def test_an_answer_that_cannot_be_sent_is_an_error(impl):
    def sendto(data, address):
        raise OSError("message too long")

    sock = types.SimpleNamespace(sendto=sendto)
    with pytest.raises(OSError, match="too long"):
        impl.DatagramRequestHandler((b"packet", sock), "client", None)


@pytest.mark.about("DatagramRequestHandler.setup")
def test_one_handler_serves_streams_and_datagrams(impl, ends):
    class Shout:
        def handle(self):
            self.wfile.write(self.rfile.readline().upper())

    post = Post()
    datagram = type("D", (Shout, impl.DatagramRequestHandler), {})
    datagram((b"hi\n", post), "client", None)
    stream = type("S", (Shout, impl.StreamRequestHandler), {})
    ends[1].sendall(b"hi\n")
    stream(ends[0], "client", None)
    answers = [*post.sent, (ends[1].recv(10), "client")]
    assert answers == [(b"HI\n", "client")] * 2, (
        "rfile and wfile are there so that a handle() need not know whether"
        " a stream or a datagram brought the request"
    )
