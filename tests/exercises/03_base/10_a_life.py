"""A server's life, in four small methods

Write the constructor of `BaseServer`, the two methods of its `with` block, and
`handle_error`, which reports the exception being handled on stderr. The loop,
which is there already, asks for two attributes that the constructor makes: the
`threading.Event` `self.__is_shut_down`, and `self.__shutdown_request`, a flag.
"""

import contextlib
import io
import threading

from companion.practise.format import Fill, Mistake
from tests.conformance.toolkit import (
    Background,
    bounded,
    postbox_class,
)

EXERCISE = Fill(
    teaches="what a server remembers, and what its `with` block promises",
    learned="A constructor that opens nothing cannot fail. A `with` block "
    "closes the server and lets an error by.",
    symbols=(
        "BaseServer.__init__",
        "BaseServer.__enter__",
        "BaseServer.__exit__",
        "BaseServer.handle_error",
    ),
    difficulty=1,
    hints=(
        "The address and the handler class are kept as they are. Besides, "
        "there is an event that says the loop has ended, and a flag that "
        "says somebody wants it to.",
        "What `__enter__` returns is what stands behind `as`.",
        "`traceback.format_exc` gives the exception being handled as a "
        "string. The client's address belongs into the report.",
    ),
    mistakes=(
        Mistake(
            "The with block that hands out nothing",
            "What `__enter__` returns is bound by `as`. Without a return, "
            "that is None.",
            fails="with_gives_the_server",
            edit=("return self", "pass"),
            symptom="AttributeError: 'NoneType' object has no attribute "
            "'serve_forever'.",
        ),
        Mistake(
            "The with block that closes nothing",
            "The end of the block is `__exit__`. It is the one place that is "
            "passed in any case.",
            fails="with_closes_the_server",
            edit=("self.server_close()", "pass"),
            symptom="After the `with` block, the port is still taken.",
        ),
        Mistake(
            "The with block that swallows errors",
            "An `__exit__` that returns something true says: it is dealt "
            "with. The program goes on as if nothing had happened.",
            fails="with_lets_errors_by",
            edit=("self.server_close()", "self.server_close()\nreturn True"),
            symptom="An exception in a `with` block vanishes.",
        ),
        Mistake(
            "A report that does not say for whom",
            "Thousands of clients, one error: the address is where the search "
            "begins.",
            fails="reports_the_client",
            edit=(" {client_address!s}", ""),
            symptom="The log tells of errors, and not whose they are.",
        ),
        Mistake(
            "A report without a cause",
            "That something failed is not what one wants to know. The "
            "traceback says what, and in which line.",
            fails="reports_the_error",
            edit=("\\n{traceback.format_exc()}", "\\n"),
            symptom="The log says that an exception occurred, and not which.",
        ),
    ),
)


def promise_remembers(yours):
    """A server knows its address and its handler class."""
    server = yours.BaseServer("address", print)
    known = server.server_address, server.RequestHandlerClass
    assert known == ("address", print), f"it knows {known}"


def promise_with_gives_the_server(yours):
    """`with` binds the server behind `as`."""
    server = yours.BaseServer("address", print)
    with server as bound:
        assert bound is server, f"behind `as` is {bound!r}"


def promise_with_closes_the_server(yours):
    """The end of the block closes the server."""
    server = yours.BaseServer("address", print)
    closed = []
    server.server_close = lambda: closed.append(True)
    with server:
        assert not closed, "it was closed too early"
    assert closed, "nobody called server_close"


def promise_with_lets_errors_by(yours):
    """An error in the block comes out."""
    seen = None
    try:
        with yours.BaseServer("address", print):
            raise ValueError("no")
    except ValueError as error:
        seen = error
    assert seen is not None, "the error was swallowed"


def reported(yours):
    """Return what is reported of an error."""
    out = io.StringIO()
    server = yours.BaseServer("address", print)
    with contextlib.redirect_stderr(out):
        try:
            raise ValueError("a bad day")
        except ValueError:
            server.handle_error("request", ("10.1.2.3", 4567))
    return out.getvalue()


def says(report):
    """Say in a line what a report begins with and ends with."""
    lines = [each.strip() for each in report.splitlines() if each.strip("- ")]
    if not lines:
        return "it reports nothing"
    return f"it reports {' ... '.join(dict.fromkeys((lines[0], lines[-1])))}"


def promise_reports_the_error(yours):
    """`handle_error` writes the traceback on stderr."""
    report = reported(yours)
    assert "ValueError: a bad day" in report, says(report)


def promise_reports_the_client(yours):
    """`handle_error` says whose request it was."""
    report = reported(yours)
    assert "10.1.2.3" in report, f"no 10.1.2.3 in it: {says(report)}"


def promise_can_run_and_be_stopped(yours):
    """A server made so can run its loop, and be stopped."""
    turned = threading.Event()

    class Postbox(postbox_class(yours)):
        def service_actions(self):
            turned.set()

    with Postbox() as server:
        loop = Background(server.serve_forever, 0.01)
        while not turned.is_set() and not loop.done.wait(0.005):
            pass
        if not loop.done.is_set():
            bounded(server.shutdown, promise="shutdown() did not return")
        loop.result()
