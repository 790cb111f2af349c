"""Files over a connection

Write the two ends of a `StreamRequestHandler`. `setup` sets the options of the
connection and makes `rfile` and `wfile` of it; `finish` sends what is left and
closes both files. A client that is gone is no error.
"""

import socket

from companion.practise.format import Fill, Mistake

EXERCISE = Fill(
    teaches="how a connection becomes two files, and how they end",
    learned="Reading has a buffer and writing has none. The files are the "
    "handler's to close, the connection is the server's.",
    symbols=(
        "StreamRequestHandler.setup",
        "StreamRequestHandler.finish",
    ),
    difficulty=3,
    hints=(
        "`makefile` makes a file of a socket. The attributes `rbufsize` and "
        "`wbufsize` say how large its buffer is.",
        "Without a buffer for writing, `_SocketWriter` is the file: it sends "
        "all of what it is given.",
        "In `finish`, `flush` and `close` of `wfile` may raise an OSError "
        "each, when the client is gone. `rfile` is closed in any case.",
    ),
    survives={
        "if not self.wfile.closed:": "to close a file is to flush it",
        "try: #1": "to close a file is to flush it",
        "self.wfile.flush()": "to close a file is to flush it",
    },
    mistakes=(
        Mistake(
            "The connection closed by the handler",
            "Who closes depends on who did the work, and only the server "
            "knows: it may be a thread, or a child process.",
            fails="closes_both_files",
            has=r"(connection|request)\.close\(",
            edit=(
                "self.rfile.close()",
                "self.rfile.close()\nself.connection.close()",
            ),
            symptom="OSError in `shutdown_request`: the goodbye is never "
            "said.",
        ),
        Mistake(
            "What is left in the buffer is not sent",
            "With a `wbufsize`, small writes are gathered. At the end "
            "somebody has to send them off, before the file is closed for "
            "good.",
            fails="sends_what_is_left",
            said="^TimeoutError",
            lacks=r"\.flush\(",
            edit=(
                ("self.wfile.flush()", "pass"),
                ("self.wfile.close()", "pass"),
            ),
            symptom="Short answers never arrive, long ones arrive in part.",
        ),
        Mistake(
            "A file that keeps the connection open",
            "A socket counts the files that were made of it, and is not "
            "really closed before the last of them.",
            fails="closes_both_files",
            edit=("self.rfile.close()", "pass"),
            symptom="The server has closed the connection, and the "
            "descriptor is still in use.",
        ),
        Mistake(
            "A client that is gone taken for an error",
            "Nobody reads the answer any more, which is the client's right. "
            "There is nothing to report.",
            fails="forgives_who_has_left",
            said="^BrokenPipeError",
            edit=(
                "try:\n    self.wfile.flush()\nexcept OSError:",
                "try:\n    self.wfile.flush()\nexcept KeyError:",
            ),
            symptom="The log is full of broken pipes.",
        ),
        Mistake(
            "No limit for a silent client",
            "`timeout` is a promise of the class. The socket keeps it, if it "
            "is told.",
            fails="sets_the_timeout",
            edit=("if self.timeout is not None:", "if False:"),
            symptom="A client connects and says nothing, and its handler "
            "waits for ever.",
        ),
        Mistake(
            "An option that was left out",
            "The kernel holds small packets back, unless the socket is told "
            "not to.",
            fails="sets_no_delay",
            edit=("if self.disable_nagle_algorithm:", "if False:"),
            symptom="Each answer in two parts takes 40 milliseconds.",
        ),
    ),
)


def handled(yours, handle=lambda self: None, **attributes):
    """Let a handler serve one end of a pair; return it and the other end."""
    attributes["handle"] = handle
    cls = type("Handler", (yours.StreamRequestHandler,), attributes)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        theirs = socket.create_connection(listener.getsockname(), 1)
        ours, address = listener.accept()
    if attributes.get("leave"):
        theirs.close()
    return cls(ours, address, None), ours, theirs


def promise_reads_and_writes(yours):
    """`rfile` reads from the connection, `wfile` writes to it."""

    def handle(self):
        self.wfile.write(b"hello\n")
        self.request.shutdown(socket.SHUT_WR)

    _, ours, theirs = handled(yours, handle)
    with ours, theirs:
        answer = theirs.makefile("rb").read()
        assert answer == b"hello\n", f"the client got {answer!r}"


def promise_sends_what_is_left(yours):
    """With a buffer, what is left in it is sent at the end."""

    def handle(self):
        self.wfile.write(b"hello")

    handler, ours, theirs = handled(yours, handle, wbufsize=100)
    with ours, theirs:
        theirs.settimeout(0.3)
        answer = theirs.recv(100)
        assert answer == b"hello", f"the client got {answer!r}"
    assert handler.rfile


def promise_closes_both_files(yours):
    """When the handler is done, both files are closed."""
    handler, ours, theirs = handled(yours)
    with ours, theirs:
        assert handler.wfile.closed, "wfile is still open"
        assert handler.rfile.closed, "rfile is still open"
        assert ours.fileno() != -1, "the connection was closed, too"


def promise_sets_the_timeout(yours):
    """`timeout` holds for the connection."""
    handler, ours, theirs = handled(yours, timeout=5)
    with ours, theirs:
        assert ours.gettimeout() == 5, f"it is {ours.gettimeout()}"
    assert handler.connection is ours


def promise_sets_no_delay(yours):
    """`disable_nagle_algorithm` becomes an option of the socket."""
    _, ours, theirs = handled(yours, disable_nagle_algorithm=True)
    with ours, theirs:
        option = socket.IPPROTO_TCP, socket.TCP_NODELAY
        assert ours.getsockopt(*option), "the option is not set"


def promise_forgives_who_has_left(yours):
    """A client that has left makes no error at the end."""

    class Gone:
        closed = False

        def flush(self):
            raise BrokenPipeError

        def close(self):
            self.closed = True

    def handle(self):
        self.wfile = Gone()

    _, ours, theirs = handled(yours, handle)
    with ours, theirs:
        pass


def promise_lets_a_handler_close(yours):
    """A handler may close `wfile` itself."""

    def handle(self):
        self.wfile.close()

    _, ours, theirs = handled(yours, handle, wbufsize=100)
    with ours, theirs:
        pass
