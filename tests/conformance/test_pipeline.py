"""Which hook is called when, and with what, in each of the servers.

Real servers with real clients.  Whatever the kind, a request goes through the
same hooks; a mix-in only moves some of them to another thread or process.
"""

import contextlib
import threading

import pytest

from .toolkit import (
    HOOKS,
    Trouble,
    ask_once,
    awaited,
    bounded,
    client,
    echo,
    exchange,
    raising,
    recording,
    serving,
)

SERVERS = ("TCPServer", "UDPServer", "UnixStreamServer", "UnixDatagramServer")
KINDS = [
    pytest.param(prefix + name, marks=pytest.mark.about(prefix + name))
    for name in SERVERS
    for prefix in ("", "Threading", "Forking", "Async")
]
every_kind = pytest.mark.parametrize("kind", KINDS)

# The test decides when to close; the pipeline does not.
PIPELINE = tuple(hook for hook in HOOKS if hook != "server_close")

BIRTH = ["server_bind()", "server_activate()"]
ARRIVAL = ["get_request()", "verify_request(request, client)"]
PROCESS = ["process_request(request, client)"]
THREAD = ["process_request_thread(request, client)"]
TASK = ["process_request_task(request, client)"]
FINISH = ["finish_request(request, client)"]
REPORT = ["handle_error(request, client)"]
FAREWELL = ["shutdown_request(request)", "close_request(request)"]


def expected(kind, work):
    """Return the hooks of (parent, child); work: those of the worker."""
    if kind.startswith("Forking"):
        # The parent lets go of its copy, without the goodbye.
        return ARRIVAL + PROCESS + FAREWELL[1:], work
    if kind.startswith("Threading"):
        return ARRIVAL + PROCESS + THREAD + work, []
    return ARRIVAL + PROCESS + work, []


def assert_hooks(journal, kind, work):
    parent, child = expected(kind, work)
    called = journal.lines(of="parent")
    if kind.startswith("Async"):
        called = [*without_surplus(called)]
    assert_called(called, BIRTH + parent, kind, "loop's")
    assert_called(journal.lines(of="child"), child, kind, "forked")


def without_surplus(called):
    """Leave out what an asynchronous server does besides.

    It has a task for each request where it has a loop, and it asks for
    requests until there is none.
    """
    for number, line in enumerate(called):
        asked_before = "get_request()" in called[:number]
        if [line] != TASK and not (line == "get_request()" and asked_before):
            yield line


def assert_called(called, promised, kind, whose):
    if called != promised:
        pytest.fail(
            "\n  ".join(
                [
                    f"the {whose} process of a {kind} must call these hooks:",
                    *promised,
                    "but it called:",
                    *called,
                ]
            ),
            pytrace=False,
        )


@pytest.fixture
def make_recorded(impl, make_server, journal):
    """Make a server of a kind that writes its pipeline into `journal`."""

    def make(kind, handler=echo, **replaced):
        base = type(kind, (getattr(impl, kind),), replaced)
        if kind.startswith("Async"):
            handler = awaited(handler)
        return make_server(recording(base, journal, PIPELINE), handler)

    return make


@every_kind
def test_handle_request_calls_the_hooks_in_order(make_recorded, journal, kind):
    server = make_recorded(kind)
    assert ask_once(server, b"hello") == b"hello", "the client is answered"
    bounded(server.server_close)  # ends when the worker has
    assert_hooks(journal, kind, FINISH + FAREWELL)


@every_kind
def test_serve_forever_calls_the_hooks_in_order(make_recorded, journal, kind):
    server = make_recorded(kind)
    with serving(server):
        assert exchange(server, b"hello") == b"hello", "the client is answered"
    assert_hooks(journal, kind, FINISH + FAREWELL)


def knock(server):
    """Run handle_request() for a client that wants no answer."""
    with client(server) as sock:
        sock.sendall(b"hello")
        try:
            bounded(server.handle_request)
        finally:
            bounded(server.server_close)


@every_kind
def test_a_failing_handler_is_reported_before_the_farewell(
    make_recorded, journal, kind
):
    server = make_recorded(
        kind, raising(Trouble()), handle_error=lambda *args: None
    )
    knock(server)
    assert_hooks(journal, kind, FINISH + REPORT + FAREWELL)


@every_kind
def test_a_handler_that_leaves_the_program_is_not_reported(
    make_recorded, journal, kind, monkeypatch
):
    # A thread has no program to leave: there it ends here, in silence.
    monkeypatch.setattr(threading, "excepthook", lambda args: None)
    server = make_recorded(kind, raising(SystemExit()))
    # Only where the loop's own thread handles does it end the program.
    alone = kind in SERVERS or kind.startswith("Async")
    with pytest.raises(SystemExit) if alone else contextlib.nullcontext():
        knock(server)
    assert_hooks(journal, kind, FINISH + FAREWELL)


@every_kind
def test_a_refused_request_is_not_processed(make_recorded, journal, kind):
    knock(make_recorded(kind, verify_request=lambda *args: False))
    assert journal.lines() == BIRTH + ARRIVAL + FAREWELL, (
        "a request that is refused must be shut down at once, where the"
        " loop runs: no thread, no process"
    )


@every_kind
def test_an_unbound_server_calls_no_hook(impl, make_server, journal, kind):
    server_class = recording(getattr(impl, kind), journal, PIPELINE)
    make_server(server_class, bind_and_activate=False)
    assert journal.lines() == [], (
        "with bind_and_activate=False the server has a socket and no more"
    )
