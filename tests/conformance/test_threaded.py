"""What ThreadingMixIn promises: a thread for each request.

Most tests call process_request() with one end of a socket pair: no loop and
no network. A handler that has to wait does so for an event of the test.
"""

import sys
import threading

import pytest

from .peers import (
    knocking,
    sees_the_end,
)
from .toolkit import (
    DEADLINE,
    Alarm,
    Background,
    Waiting,
    ask_once,
    bounded,
    client,
    echo,
    exchange,
    ignore,
    is_closed,
    raising,
    read_all,
    serving,
    stays,
    wait_for,
)

# -- Servers, handlers and clients for the tests below


class WaitingThreads(Waiting):
    """A handler that waits; `threads` are those that it was called in."""

    def __init__(self):
        super().__init__()
        self.threads = []
        self._keeper = threading.current_thread()

    def __call__(self, *args):
        if threading.current_thread() is self._keeper:
            pytest.fail("a handler ran in the thread of process_request()")
        self.threads.append(threading.current_thread())
        super().__call__(*args)

    def let_go(self):
        """Let all handlers go, and wait until their threads have ended."""
        self.leave.set()
        for thread in self.threads:
            thread.join(DEADLINE)


@pytest.fixture
def waiting():
    waiting = WaitingThreads()
    yield waiting
    waiting.let_go()


@pytest.fixture
def make_threading(impl, make_server):
    """Make threading servers.

    make_threading(handler, daemon_threads=True)   attributes by keyword
    make_threading(handler, kind="UDPServer")   another server behind
    """

    def make(handler=ignore, kind="TCPServer", **attributes):
        bases = (impl.ThreadingMixIn, getattr(impl, kind))
        return make_server(
            type(f"Threading{kind}", bases, attributes), handler
        )

    return make


@pytest.fixture
def knock():
    with knocking() as knock:
        yield knock


@pytest.fixture
def escaped(monkeypatch):
    """A list of the exceptions that left a thread, as (type, thread)."""
    seen = []
    monkeypatch.setattr(
        threading,
        "excepthook",
        lambda args: seen.append((args.exc_type, args.thread)),
    )
    return seen


def note(calls, name):
    """Return a method that notes its call, its thread and its arguments."""

    def method(server, *args):
        calls.append((name, threading.current_thread(), args))

    return method


# -- A request, a thread


@pytest.mark.about("ThreadingMixIn.process_request")
def test_a_request_is_handled_in_a_thread_of_its_own(
    make_threading, knock, waiting
):
    server = make_threading(waiting)
    knock(server)
    wait_for(waiting.present, "the handler must be called")
    knock(server)
    waiting.let_go()
    bounded(server.server_close)
    assert threading.current_thread() not in waiting.threads, (
        "the handler must not run in the thread that called process_request()"
    )
    assert len(set(waiting.threads)) == 2, "two requests need two threads"


@pytest.mark.about("ThreadingMixIn.process_request")
def test_handle_request_is_back_before_the_handler_is(make_threading, waiting):
    server = make_threading(waiting)
    with client(server):
        bounded(
            server.handle_request,
            promise="process_request() must start the thread and return",
        )
        wait_for(waiting.present, "the handler must be called")
        waiting.let_go()


@pytest.mark.about("ThreadingMixIn.process_request")
@pytest.mark.parametrize("kind", ["TCPServer", "UDPServer"])
def test_two_clients_are_served_at_the_same_time(make_threading, kind):
    meeting = threading.Barrier(2, timeout=DEADLINE)

    def handler(request, client_address, server):
        meeting.wait()
        echo(request, client_address, server)

    server = make_threading(handler, kind)
    with serving(server):
        first = Background(exchange, server, b"first")
        second = exchange(server, b"second")
        answers = (first.result(), second)
    assert answers == (b"first", b"second"), (
        "the handlers of two clients must be at work at the same time, and"
        " each must answer its own client"
    )


@pytest.mark.about("ThreadingMixIn.process_request")
def test_the_loop_can_be_stopped_while_a_handler_is_at_work(
    make_threading, waiting
):
    server = make_threading(waiting)
    loop = Background(server.serve_forever, 0.01)
    with client(server):
        wait_for(waiting.present, "the handler must be called")
        bounded(
            server.shutdown,
            promise="shutdown() waits for the loop alone, not for handlers",
        )
        loop.result("the loop must end although a handler is at work")
        waiting.let_go()


@pytest.mark.about(
    "ThreadingMixIn.process_request", "ThreadingMixIn.process_request_thread"
)
def test_the_thread_runs_process_request_thread(make_threading, knock):
    calls = []
    server = make_threading(process_request_thread=note(calls, "thread"))
    peer = knock(server)
    bounded(server.server_close)
    assert len(calls) == 1, (
        "the new thread must call process_request_thread(), once"
    )
    ((_, thread, args),) = calls
    assert thread is not threading.current_thread(), (
        "process_request_thread() must be called by the new thread"
    )
    assert args[1:] == ("the client",), (
        "process_request_thread() takes the request and the client's address"
    )
    args[0].sendall(b"still open")
    assert peer.recv(99) == b"still open", (
        "whatever process_request() does with the request is the thread's"
        " business: it must not be closed before the thread has done so"
    )


@pytest.mark.about("ThreadingMixIn.process_request_thread")
def test_a_thread_finishes_the_request_and_says_goodbye(make_threading, knock):
    calls = []
    server = make_threading(
        finish_request=note(calls, "finish_request"),
        shutdown_request=note(calls, "shutdown_request"),
    )
    knock(server)
    bounded(server.server_close)
    assert [name for name, *_ in calls] == [
        "finish_request",
        "shutdown_request",
    ], "a thread must finish its request, then shut it down, each once"
    (_, finisher, (request, client_address)), (_, closer, closed) = calls
    assert finisher is closer is not threading.current_thread(), (
        "only the thread knows when the handler is done: it must shut the"
        " request down, and not the loop that has gone on"
    )
    assert client_address == "the client", (
        "finish_request() takes the request and the client's address"
    )
    assert closed == (request,), "shutdown_request() takes the request"


@pytest.mark.about("ThreadingMixIn.process_request")
def test_a_rejected_request_costs_no_thread(make_threading):
    calls = []
    server = make_threading(
        verify_request=lambda self, *args: False,
        process_request_thread=note(calls, "thread"),
    )
    assert ask_once(server, b"") == b"", (
        "a client that was turned away must see its connection end"
    )
    bounded(server.server_close)
    assert calls == [], (
        "a request that verify_request() turned away must start no thread"
    )


@pytest.mark.about("ThreadingMixIn.process_request")
def test_a_thread_that_cannot_start_is_reported_and_the_client_let_go(
    make_threading, monkeypatch
):
    calls = []

    def handle_error(server, request, client_address):
        calls.append(sys.exc_info()[0])

    def refuse(thread):
        raise RuntimeError("can't start new thread")

    # A daemon, because closing a server that waits for a thread that never
    # started is another story: see test_differs.py.
    server = make_threading(daemon_threads=True, handle_error=handle_error)
    with client(server) as peer:
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", refuse)
            server.handle_request()
        assert sees_the_end(peer), (
            "the client must see its connection end if nobody can serve it"
        )
    assert calls == [RuntimeError], (
        "an error of Thread.start() must leave process_request(), so that"
        " the loop can report it"
    )


# -- Errors


@pytest.mark.about("ThreadingMixIn.process_request_thread")
def test_an_error_is_reported_in_the_thread_before_the_goodbye(
    make_threading, knock
):
    calls = []

    def handle_error(server, request, client_address):
        note(calls, sys.exc_info()[0])(server, request, client_address)

    server = make_threading(
        raising(ValueError),
        handle_error=handle_error,
        shutdown_request=note(calls, "shutdown_request"),
    )
    knock(server)
    bounded(server.server_close)
    assert [name for name, *_ in calls] == [ValueError, "shutdown_request"], (
        "an error must be reported by handle_error(), and the request be shut"
        " down after it"
    )
    (_, reporter, args), (_, closer, closed) = calls
    assert reporter is closer is not threading.current_thread(), (
        "the thread in which the error happened must report it"
    )
    assert args == (*closed, "the client"), (
        "handle_error() takes the request and the client's address"
    )


@pytest.mark.about("ThreadingMixIn.process_request_thread")
def test_a_thread_that_failed_leaves_no_trace(make_threading, escaped):
    server = make_threading(
        raising(ValueError), handle_error=lambda self, *args: None
    )
    with serving(server):
        assert exchange(server, b"") == b"", (
            "the client must see its connection end after an error"
        )
        server.RequestHandlerClass = echo
        assert exchange(server) == b"hello", (
            "an error of one handler must not harm the next client"
        )
    assert escaped == [], "a reported error must not leave the thread as well"


@pytest.mark.about("ThreadingMixIn.process_request_thread")
@pytest.mark.parametrize("error", [SystemExit, Alarm])
def test_leaving_a_thread_on_purpose_is_not_reported(
    make_threading, knock, escaped, error
):
    calls = []
    server = make_threading(
        raising(error), handle_error=note(calls, "handle_error")
    )
    assert sees_the_end(knock(server)), (
        f"the client must see its connection end after {error.__name__}"
    )
    bounded(server.server_close)
    assert calls == [], (
        f"{error.__name__} is no Exception, so handle_error() must not be"
        " called for it"
    )
    ((kind, thread),) = escaped or [(None, None)]
    assert kind is error, (
        f"{error.__name__} must leave the thread and so reach"
        " threading.excepthook"
    )
    assert thread is not threading.current_thread(), (
        "it must leave the handler's own thread"
    )


@pytest.mark.about("ThreadingMixIn.process_request_thread")
def test_an_error_in_the_report_still_ends_the_connection(
    make_threading, knock, escaped
):
    def handle_error(server, request, client_address):
        raise OSError("the log is full")

    server = make_threading(raising(ValueError), handle_error=handle_error)
    assert sees_the_end(knock(server)), (
        "shutdown_request() belongs in a finally: an error of handle_error()"
        " must not keep the client waiting"
    )
    bounded(server.server_close)
    assert [kind for kind, _ in escaped] == [OSError], (
        "an error of handle_error() itself has nobody left to report it but"
        " threading.excepthook"
    )


# -- Daemon threads


@pytest.mark.about("ThreadingMixIn.daemon_threads")
@pytest.mark.parametrize("daemon", [False, True])
@pytest.mark.parametrize("loop_daemon", [False, True])
def test_daemon_threads_decides_whatever_thread_the_loop_is(
    make_threading, knock, waiting, daemon, loop_daemon
):
    server = make_threading(waiting, daemon_threads=daemon)
    loop = threading.Thread(target=knock, args=(server,), daemon=loop_daemon)
    loop.start()
    loop.join(DEADLINE)
    wait_for(waiting.present, "the handler must be called")
    assert waiting.threads[0].daemon is daemon, (
        "a thread is born a daemon if its parent is one: daemon_threads must"
        " be set on each thread, whether True or False"
    )


@pytest.mark.about("ThreadingMixIn.daemon_threads")
def test_daemon_threads_is_read_at_each_request(
    make_threading, knock, waiting
):
    server = make_threading(waiting)
    for daemon in (False, True, False):
        server.daemon_threads = daemon
        waiting.present.clear()
        knock(server)
        wait_for(waiting.present, "the handler must be called")
    assert [thread.daemon for thread in waiting.threads] == [
        False,
        True,
        False,
    ], "daemon_threads set on the instance must count from then on"


# -- Closing


@pytest.mark.about("ThreadingMixIn.server_close")
def test_closing_waits_for_the_handlers(make_threading, knock, waiting):
    server = make_threading(waiting)
    for _ in range(3):
        knock(server)
    wait_for(waiting.present, "the handler must be called")
    closing = Background(server.server_close)
    assert stays(closing), (
        "with block_on_close, server_close() must wait for the handlers"
    )
    waiting.leave.set()
    closing.result()
    assert not any(thread.is_alive() for thread in waiting.threads), (
        "server_close() must wait for every handler, not for one"
    )


@pytest.mark.about("ThreadingMixIn.server_close")
def test_the_listener_is_closed_before_the_waiting_begins(
    make_threading, knock, waiting
):
    server = make_threading(waiting)
    knock(server)
    closing = Background(server.server_close)
    assert stays(closing), "server_close() must wait for the handler"
    assert is_closed(server.socket), (
        "server_close() must close the listener first: no client may come in"
        " while it waits for the handlers"
    )
    waiting.leave.set()
    closing.result()


@pytest.mark.about("ThreadingMixIn.server_close")
def test_a_thread_that_is_waited_for_may_still_use_its_request(
    make_threading, knock
):
    def handler(request, client_address, server):
        request.recv(99)
        request.sendall(b"answer")

    server = make_threading(handler)
    peer = knock(server)
    closing = Background(server.server_close)
    peer.sendall(b"question")
    assert read_all(peer) == b"answer", (
        "server_close() closes the listener, not the connections"
    )
    closing.result()


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        pytest.param(
            "block_on_close",
            False,
            marks=pytest.mark.about("ThreadingMixIn.block_on_close"),
        ),
        pytest.param(
            "daemon_threads",
            True,
            marks=pytest.mark.about("ThreadingMixIn.daemon_threads"),
        ),
    ],
)
def test_closing_does_not_wait_where_it_is_told_not_to(
    make_threading, knock, waiting, attribute, value
):
    server = make_threading(waiting, **{attribute: value})
    knock(server)
    bounded(
        server.server_close,
        promise=f"with {attribute} = {value} server_close() must not wait",
    )
    assert is_closed(server.socket), "the listener must be closed all the same"


@pytest.mark.about("ThreadingMixIn.block_on_close")
def test_a_thread_started_without_block_on_close_is_never_waited_for(
    make_threading, knock, waiting
):
    server = make_threading(waiting, block_on_close=False)
    knock(server)
    server.block_on_close = True
    bounded(
        server.server_close,
        promise="what block_on_close says when the request comes decides;"
        " this thread was not to be waited for",
    )


@pytest.mark.about("ThreadingMixIn.block_on_close")
def test_a_thread_started_with_block_on_close_is_waited_for(
    make_threading, knock, waiting
):
    server = make_threading(waiting)
    knock(server)
    server.block_on_close = False
    closing = Background(server.server_close)
    assert stays(closing), (
        "what block_on_close says when the request comes decides; this"
        " thread was to be waited for"
    )
    waiting.leave.set()
    closing.result()


@pytest.mark.about("ThreadingMixIn.server_close")
def test_each_server_waits_for_its_own_handlers(
    make_threading, make_server, knock, waiting
):
    server = make_threading(waiting)
    other = make_server(type(server), ignore)
    knock(server)
    knock(other)
    bounded(
        other.server_close,
        promise="a server must not wait for the handlers of another: keep"
        " the threads on the instance, not on the class",
    )


@pytest.mark.about("ThreadingMixIn.server_close")
def test_a_handler_cannot_close_its_server(make_threading, knock):
    errors = []

    def handler(request, client_address, server):
        try:
            server.server_close()
        except RuntimeError as error:
            errors.append(error)
        closed.set()

    closed = threading.Event()
    server = make_threading(handler)
    knock(server)
    wait_for(closed, "server_close() in a handler must come to an end")
    assert errors, (
        "a thread cannot wait for itself: server_close() in a handler must"
        " raise RuntimeError, as Thread.join() does"
    )
    assert is_closed(server.socket), "the listener must be closed all the same"


@pytest.mark.about("ThreadingMixIn.server_close")
def test_a_server_can_be_closed_twice(make_threading, knock):
    server = make_threading()
    knock(server)
    bounded(server.server_close)
    bounded(server.server_close)  # finds nothing left to do
    assert is_closed(server.socket), "server_close() must close the listener"


@pytest.mark.about("ThreadingMixIn.server_close")
def test_a_server_that_never_had_a_client_closes(make_threading):
    server = make_threading()
    bounded(server.server_close)
    assert is_closed(server.socket), "server_close() must close the listener"


# -- What is remembered


def remembered(server):
    """Return the threads that a server has yet to wait for."""
    return list(server._threads)


@pytest.mark.about("ThreadingMixIn.process_request")
def test_threads_that_have_finished_do_not_pile_up(make_threading, knock):
    def handler(request, client_address, server):
        threads.append(threading.current_thread())

    threads = []
    server = make_threading(handler)
    for _ in range(100):
        knock(server)
        for thread in remembered(server):
            thread.join(DEADLINE)
    assert len(threads) == 100, "each request must be handled"
    assert len(remembered(server)) < 50, (
        "a server that runs for weeks must not remember every thread it ever"
        " had: drop those that have finished as new ones come"
    )


@pytest.mark.about("ThreadingMixIn.process_request")
def test_handlers_at_work_are_remembered_among_many_that_finished(
    make_threading, knock, waiting
):
    server = make_threading(waiting)
    knock(server)
    wait_for(waiting.present, "the handler must be called")
    server.RequestHandlerClass = ignore
    for _ in range(100):
        knock(server)
    assert waiting.threads[0] in remembered(server), (
        "a thread at work must stay remembered until it has finished, or"
        " server_close() does not wait for it"
    )


@pytest.mark.about("ThreadingMixIn.daemon_threads")
def test_daemon_threads_are_not_remembered(make_threading, knock, waiting):
    server = make_threading(waiting, daemon_threads=True)
    knock(server)
    wait_for(waiting.present, "the handler must be called")
    assert waiting.threads[0] not in remembered(server), (
        "nobody waits for a daemon thread, so nobody need remember it"
    )


@pytest.mark.about("ThreadingMixIn.block_on_close")
def test_nothing_is_remembered_without_block_on_close(
    impl, make_threading, knock
):
    server = make_threading(block_on_close=False)
    knock(server)
    assert server._threads is impl.ThreadingMixIn._threads, (
        "a server that waits for nobody must keep no list of threads"
    )


@pytest.mark.about("ThreadingMixIn.server_close")
def test_nobody_is_remembered_after_closing(make_threading, knock):
    server = make_threading()
    knock(server)
    bounded(server.server_close)
    assert remembered(server) == [], (
        "threads that were waited for must be forgotten"
    )


# -- Datagrams


@pytest.mark.about("ThreadingMixIn.process_request", "UDPServer.close_request")
def test_a_datagram_server_outlives_its_threads(make_threading):
    server = make_threading(echo, "UDPServer")
    answers = ask_once(server, b"one"), ask_once(server, b"two")
    assert answers == (b"one", b"two"), (
        "all threads of a datagram server answer by the listener: none of"
        " them may close it"
    )
