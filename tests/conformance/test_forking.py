"""What ForkingMixIn promises: a process for each request.

Most tests call process_request() with one end of a socket pair: no loop, no
network, one process that forks.
"""

import contextlib
import os
import signal
import socket
import sys
import threading

import pytest

from .peers import (
    ESCAPED,
    Gate,
    guarded,
    knocking,
    only_the_parent_returns,
    sees_the_end,
)
from .toolkit import (
    DEADLINE,
    Alarm,
    Background,
    ask_once,
    bounded,
    echo,
    exchange,
    ignore,
    is_closed,
    needs_fork,
    raising,
    read_all,
    serving,
    stays,
    wait_for,
)

pytestmark = needs_fork

needs_waitid = pytest.mark.skipif(
    not hasattr(os, "waitid"),
    reason="without os.waitid nobody can wait for a child and leave it there",
)


# -- Servers, handlers and children for the tests below


@pytest.fixture
def gate():
    """A `Gate`; the fixture `no_child_is_left` closes it."""
    return Gate()


@pytest.fixture
def make_forking(impl, make_server):
    """Make forking servers whose children cannot escape into the test.

    make_forking(handler, max_children=2)   attributes by keyword
    make_forking(handler, kind="UDPServer")   another server behind
    """

    def make(handler=ignore, kind="TCPServer", **attributes):
        bases = (impl.ForkingMixIn, getattr(impl, kind))
        server_class = guarded(type(f"Forking{kind}", bases, attributes))
        return make_server(server_class, handler)

    return make


@pytest.fixture(autouse=True)
def no_child_is_left(gate, make_server, monkeypatch):
    """Let all children go and wait for them, before the servers close."""

    def fork():
        children.append(real_fork())
        return children[-1]

    children, real_fork = [], os.fork
    monkeypatch.setattr(os, "fork", fork)
    yield
    gate.close()
    reap(children)


@pytest.fixture
def knock():
    with knocking() as knock:
        yield knock


@pytest.fixture
def waiting(gate, journal):
    """A handler that tells that it is there, then waits at the gate."""

    def handler(request, client_address, server):
        journal.write("handler")
        gate.wait()

    return handler


def only_child(server):
    """Return the process of the server's only child."""
    children = server.active_children or ()
    assert len(children) == 1, (
        f"after one request active_children must hold one process, the"
        f" child's; it is {server.active_children}"
    )
    return next(iter(children))


def exit_status(child):
    """Wait for a child; return its exit status, -N for signal N."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def reap(children):
    """Wait for children, those that somebody has waited for too."""
    for child in tuple(children):
        with contextlib.suppress(ChildProcessError):
            os.waitpid(child, 0)


def until_ended(child):
    """Wait until a child has ended, and leave its status where it is."""
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)


@contextlib.contextmanager
def stranger():
    """Yield a child that no server has made, and that has ended with 7."""
    child = os.fork()
    if child == 0:
        os._exit(7)
    until_ended(child)
    yield child
    reap([child])


# -- A request, a process


@pytest.mark.about("ForkingMixIn.process_request")
def test_a_request_is_handled_in_a_child_process(make_forking, knock, gate):
    def handler(request, client_address, server):
        request.sendall(f"{os.getpid()} {os.getppid()}".encode())
        gate.wait()

    server = make_forking(handler)
    process, parent = map(int, knock(server).recv(99).split())
    assert process != os.getpid(), (
        "the handler must run in a process of its own; it ran in the server's"
    )
    assert parent == os.getpid(), (
        "the handler's process must be a child of the server's"
    )
    assert server.active_children == {process}, (
        f"active_children must be the set with the child's number {process};"
        f" it is {server.active_children}"
    )


@pytest.mark.about("ForkingMixIn.process_request")
def test_the_parent_does_not_wait_for_the_handler(
    make_forking, knock, waiting, journal
):
    server = make_forking(waiting)
    knock(server)
    journal.wait_for("handler")
    assert os.waitpid(only_child(server), os.WNOHANG) == (0, 0), (
        "process_request() must return while the child is still at work"
    )


@pytest.mark.about("ForkingMixIn.process_request")
def test_two_clients_are_served_at_the_same_time(
    make_forking, knock, gate, journal
):
    def handler(request, client_address, server):
        journal.write(f"handler {request.recv(9).decode()}")
        gate.wait()

    server = make_forking(handler)
    knock(server).sendall(b"one")
    knock(server).sendall(b"two")
    journal.wait_for("handler one")
    journal.wait_for("handler two")
    assert len(server.active_children) == 2, (
        "two handlers at work are two children in active_children"
    )


@pytest.mark.about("ForkingMixIn.process_request")
def test_what_a_handler_changes_stays_in_its_process(
    make_forking, knock, gate
):
    def handler(request, client_address, server):
        server.visits += 1
        request.sendall(b"%d" % server.visits)
        gate.wait()

    server = make_forking(handler, visits=0)
    assert knock(server).recv(9) == b"1", (
        "the child must see the server as it was when the request came"
    )
    assert knock(server).recv(9) == b"1", (
        "each child must get a copy of the server of its own"
    )
    assert server.visits == 0, "a child's change must not reach the parent"


@pytest.mark.about("ForkingMixIn.process_request")
def test_a_rejected_request_costs_no_process(make_forking):
    server = make_forking(echo, verify_request=lambda self, *args: False)
    assert ask_once(server, b"") == b"", (
        "a client that was turned away must see its connection end"
    )
    assert server.active_children is None, (
        "a request that verify_request() turned away must not fork"
    )


@pytest.mark.about("ForkingMixIn.process_request")
def test_a_fork_that_fails_is_reported_and_the_client_let_go(
    make_recording, impl, journal, monkeypatch
):
    def refuse():
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(os, "fork", refuse)
    kind = type("S", (impl.ForkingMixIn, impl.TCPServer), {})
    server = make_recording(kind, echo)
    assert ask_once(server) == b"", "the client must see its connection end"
    assert journal.lines()[-3:] == [
        "handle_error(request, client)",
        "shutdown_request(request)",
        "close_request(request)",
    ], "an error of os.fork() must leave process_request() for the loop"
    assert not server.active_children, (
        "a child that was never born must not be counted"
    )


@pytest.mark.about("ForkingMixIn.process_request")
@pytest.mark.parametrize("kind", ["TCPServer", "UDPServer"])
def test_the_loop_serves_one_client_after_the_other(make_forking, kind):
    server = make_forking(echo, kind)
    with serving(server):
        answers = [exchange(server, b"%d" % n) for n in range(3)]
    assert answers == [b"0", b"1", b"2"], (
        "each client must get its own answer, from its own process"
    )


# -- Who closes what


@pytest.mark.about("ForkingMixIn.process_request")
def test_the_parent_closes_its_copy_and_the_child_says_goodbye(
    make_recording, impl, journal
):
    kind = guarded(type("S", (impl.ForkingMixIn, impl.TCPServer), {}))
    server = make_recording(kind, echo)
    ask_once(server)
    bounded(server.server_close)
    parent, child = journal.lines("parent"), journal.lines("child")
    after_fork = parent[parent.index("process_request(request, client)") + 1 :]
    assert after_fork == ["close_request(request)", "server_close()"], (
        "the parent must close its copy with close_request() alone: with"
        " shutdown_request() it would say goodbye before the child answered"
    )
    assert child == [
        "finish_request(request, client)",
        "shutdown_request(request)",
        "close_request(request)",
    ], "the child must finish the request, then say goodbye to the client"


@pytest.mark.about("ForkingMixIn.process_request")
def test_the_connection_stays_open_while_the_child_works(make_forking, gate):
    def handler(request, client_address, server):
        gate.wait()
        request.sendall(b"late")

    server = make_forking(handler)
    request, peer = socket.socketpair()
    with request, peer:
        server.process_request(request, "the client")
        assert is_closed(request), (
            "the parent must close its copy of the connection, or it holds"
            " a descriptor for each client it ever had"
        )
        peer.setblocking(False)
        with pytest.raises(BlockingIOError):
            peer.recv(1)  # neither an answer nor the end
        peer.settimeout(DEADLINE)
        gate.open()
        assert read_all(peer) == b"late", (
            "the child must be able to answer after the parent has closed"
            " its copy, and then end the connection"
        )


@pytest.mark.about("ForkingMixIn.process_request")
def test_a_datagram_server_stays_open_in_the_parent(make_forking):
    server = make_forking(echo, "UDPServer")
    answers = ask_once(server, b"one"), ask_once(server, b"two")
    assert answers == (b"one", b"two"), (
        "neither parent nor child may close the socket of a datagram"
        " server: it is the listener"
    )


# -- How a child ends


@pytest.mark.about("ForkingMixIn.process_request")
def test_a_child_whose_handler_came_through_exits_with_0(
    make_forking, knock, waiting, gate
):
    server = make_forking(waiting)
    knock(server)
    gate.open()
    assert exit_status(only_child(server)) == 0, STATUS


@pytest.mark.about("ForkingMixIn.process_request")
@pytest.mark.parametrize(
    "error", [ValueError, SystemExit(7), SystemExit(0), Alarm]
)
def test_a_child_whose_handler_raised_exits_with_1(
    make_forking, knock, gate, error
):
    def handler(request, client_address, server):
        gate.wait()
        raise error

    server = make_forking(handler, handle_error=ignore_error)
    knock(server)
    gate.open()
    assert exit_status(only_child(server)) == 1, STATUS


STATUS = (
    "a child's exit status says whether its handler came through (0) or not"
    f" (1), whatever it raised; {ESCAPED} here means that the child came back"
    " out of process_request(), to run its parent's program a second time"
)


def ignore_error(server, request, client_address):
    """Keep an expected error off the screen."""


@pytest.mark.about("ForkingMixIn.process_request")
def test_an_error_is_reported_in_the_child(make_forking, knock, journal):
    def handle_error(server, request, client_address):
        error = sys.exc_info()[1]
        journal.write(f"handle_error {client_address}: {error!r}")

    server = make_forking(raising(ValueError(1)), handle_error=handle_error)
    assert sees_the_end(knock(server)), (
        "the client must see its connection end after an error"
    )
    bounded(server.server_close)
    assert journal.lines("child") == [
        "handle_error the client: ValueError(1)"
    ], "the error happened in the child, and must be reported there, once"
    assert journal.lines("parent") == [], (
        "the parent knows nothing of an error in a child, but its status"
    )


@pytest.mark.about("ForkingMixIn.process_request")
@pytest.mark.parametrize("error", [SystemExit, Alarm])
def test_leaving_a_child_on_purpose_is_not_reported(
    make_forking, knock, journal, error
):
    def handle_error(server, request, client_address):
        journal.write("handle_error")

    server = make_forking(raising(error), handle_error=handle_error)
    assert sees_the_end(knock(server)), (
        f"the client must see its connection end after {error.__name__}"
    )
    bounded(server.server_close)
    assert journal.lines() == [], (
        f"{error.__name__} is no Exception, so handle_error() must not be"
        " called for it"
    )


@pytest.mark.about("ForkingMixIn.process_request")
def test_an_error_in_the_report_still_ends_the_connection(
    make_forking, knock, gate
):
    def handle_error(server, request, client_address):
        gate.wait()
        raise OSError("the log is full")

    server = make_forking(raising(ValueError), handle_error=handle_error)
    peer = knock(server)
    gate.open()
    assert sees_the_end(peer), (
        "shutdown_request() belongs in a finally: an error of handle_error()"
        " must not keep the client waiting"
    )
    assert exit_status(only_child(server)) == 1, STATUS


@pytest.mark.about("ForkingMixIn.process_request")
@pytest.mark.parametrize(
    ("handler", "status"), [(ignore, 0), (raising(ValueError), 1)]
)
def test_an_error_in_the_goodbye_does_not_change_the_status(
    make_forking, knock, gate, handler, status
):
    def shutdown_request(server, request):
        gate.wait()
        raise OSError("gone")

    server = make_forking(
        handler, handle_error=ignore_error, shutdown_request=shutdown_request
    )
    knock(server)
    gate.open()
    assert exit_status(only_child(server)) == status, STATUS


@pytest.mark.about("ForkingMixIn.process_request")
@pytest.mark.parametrize("handler", [ignore, raising(SystemExit)])
def test_a_child_runs_none_of_its_parents_finally_blocks(
    impl, make_server, journal, handler
):
    server_class = type("S", (impl.ForkingMixIn, impl.TCPServer), {})
    server = make_server(server_class, handler)
    request, peer = socket.socketpair()
    with peer, only_the_parent_returns():
        try:
            server.process_request(request, "the client")
        finally:
            journal.write("finally")
    bounded(server.server_close)
    assert journal.lines("parent") == ["finally"], (
        "the parent must come back out of process_request()"
    )
    assert journal.lines("child") == [], (
        "the child must leave with os._exit(): return, raise or sys.exit()"
        " in the child runs what its parent is in the middle of"
    )


@pytest.mark.about("ForkingMixIn.process_request")
def test_a_child_leaves_its_parents_unwritten_output_alone(
    make_forking, knock, monkeypatch
):
    reader, writer = os.pipe()
    with os.fdopen(reader) as read, os.fdopen(writer, "w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        stdout.write("once")  # in the buffer, and not yet in the pipe

        server = make_forking(lambda *args: sys.stdout.write(" and lost"))
        knock(server)
        bounded(server.server_close)
        stdout.close()
        assert read.read() == "once", (
            "a child that flushes its copy of a buffer writes what its"
            " parent is going to write too; os._exit() flushes nothing"
        )


# -- Collecting the children

occasions = pytest.mark.parametrize(
    "occasion",
    [
        pytest.param(name, marks=pytest.mark.about(f"ForkingMixIn.{name}"))
        for name in ("collect_children", "service_actions", "handle_timeout")
    ],
)


@pytest.mark.about("ForkingMixIn.active_children")
def test_there_is_no_set_of_children_before_the_first(
    make_forking, make_server, knock
):
    server = make_forking()
    other = make_server(type(server), ignore)
    assert server.active_children is None, (
        "active_children is None until the first request"
    )
    knock(server)
    assert other.active_children is None, (
        "a set on the class would be shared by all servers: make one on the"
        " instance at the first request"
    )


@pytest.mark.about("ForkingMixIn.collect_children")
@pytest.mark.parametrize("blocking", [False, True])
def test_collecting_before_the_first_request_does_nothing(
    make_forking, monkeypatch, blocking
):
    def unwanted(*args):
        pytest.fail("before the first request there is no child to ask about")

    server = make_forking(max_children=0)
    monkeypatch.setattr(os, "waitpid", unwanted)
    monkeypatch.setattr(os, "waitid", unwanted, raising=False)
    server.collect_children(blocking=blocking)


@needs_waitid
@occasions
def test_a_child_that_has_ended_is_collected(
    make_forking, knock, waiting, gate, occasion
):
    server = make_forking(waiting)
    knock(server)
    child = only_child(server)
    gate.open()
    until_ended(child)
    bounded(getattr(server, occasion))
    assert server.active_children == set(), (
        f"{occasion}() must forget a child that has ended"
    )
    with pytest.raises(ChildProcessError):
        # If this does not raise, it was forgotten but never waited for:
        # it stays in the kernel's table, as a zombie.
        os.waitpid(child, os.WNOHANG)


@occasions
def test_a_child_at_work_is_not_waited_for(
    make_forking, knock, waiting, occasion
):
    server = make_forking(waiting)
    knock(server)
    child = only_child(server)
    bounded(
        getattr(server, occasion),
        promise=f"{occasion}() must not wait for a child at work",
    )
    assert server.active_children == {child}, (
        f"{occasion}() must not forget a child that is still at work"
    )


@needs_waitid
@pytest.mark.about("ForkingMixIn.collect_children")
def test_a_child_is_collected_on_a_platform_without_waitid(
    make_forking, knock, waiting, gate, monkeypatch
):
    server = make_forking(waiting)
    knock(server)
    gate.open()
    until_ended(only_child(server))
    monkeypatch.delattr(os, "waitid")
    bounded(server.collect_children)
    assert server.active_children == set(), (
        "os.waitid() does not exist everywhere: os.waitpid() must do without"
    )


@needs_waitid
@pytest.mark.about("ForkingMixIn.collect_children")
def test_each_child_is_collected_in_its_time(
    make_forking, knock, journal, gate
):
    def handler(request, client_address, server):
        if request.recv(9) == b"stay":
            gate.wait()

    server = make_forking(handler)
    knock(server).sendall(b"stay")
    staying = only_child(server)
    knock(server).sendall(b"go")
    (going,) = server.active_children - {staying}
    until_ended(going)
    bounded(server.collect_children)
    assert server.active_children == {staying}, (
        "collect_children() must forget the child that has ended and keep"
        " the one at work"
    )


@needs_waitid
@pytest.mark.about("ForkingMixIn.collect_children")
def test_children_that_end_together_are_collected_together(
    make_forking, knock, waiting, gate
):
    server = make_forking(waiting)
    for _ in range(3):
        knock(server)
    gate.open(3)
    for child in server.active_children:
        until_ended(child)
    bounded(server.collect_children)
    assert server.active_children == set(), (
        "one call of collect_children() must collect all that have ended"
    )


@needs_waitid
@pytest.mark.about("ForkingMixIn.collect_children")
def test_a_child_that_was_killed_is_collected(make_forking, knock, waiting):
    server = make_forking(waiting)
    knock(server)
    child = only_child(server)
    os.kill(child, signal.SIGKILL)
    until_ended(child)
    bounded(server.collect_children)
    assert server.active_children == set(), (
        "a child that ended by a signal has ended too"
    )


@pytest.mark.about("ForkingMixIn.collect_children")
def test_collecting_with_blocking_waits_for_the_children(
    make_forking, knock, waiting, gate
):
    server = make_forking(waiting)
    knock(server)
    knock(server)
    collecting = Background(server.collect_children, blocking=True)
    assert stays(collecting), (
        "collect_children(blocking=True) must wait for children at work"
    )
    gate.open(2)
    collecting.result()
    assert server.active_children == set(), (
        "after collect_children(blocking=True) no child may be left"
    )


@pytest.mark.about("ForkingMixIn.process_request")
def test_a_child_never_goes_on_as_the_parent(make_forking, monkeypatch):
    left = []
    server = make_forking(ignore)
    monkeypatch.setattr(os, "fork", lambda: 0)
    monkeypatch.setattr(os, "_exit", left.append)
    request, client = socket.socketpair()
    with request, client:
        server.process_request(request, "client")
    assert left == [0], "the child must leave with its handler's status"
    assert not server.active_children, (
        "where even os._exit() comes back, the child must not go on to do"
        " what is the parent's: it would take itself for its own child"
    )


@needs_waitid
@pytest.mark.about("ForkingMixIn.process_request")
def test_the_newest_child_is_left_for_others_to_wait_for(
    make_forking, knock, waiting, gate, monkeypatch
):
    def fork():
        gate.open()  # so that the child is quicker than its parent
        child = real_fork()
        if child:
            until_ended(child)
        return child

    real_fork = os.fork
    server = make_forking(waiting)
    monkeypatch.setattr(os, "fork", fork)
    knock(server)
    child = only_child(server)
    assert os.waitpid(child, os.WNOHANG)[0] == child, (
        "handle_request() must not collect the child that it has made: the"
        " caller may want to wait for it"
    )


@pytest.mark.about("ForkingMixIn.collect_children")
def test_a_child_that_somebody_else_collected_is_forgotten(
    make_forking, knock, waiting, gate, monkeypatch
):
    # Who asks for all children at once may hear of one that the tests
    # around this one keep, so here each has to be asked.
    monkeypatch.delattr(os, "waitid", raising=False)
    server = make_forking(waiting)
    knock(server)
    gate.open()
    os.waitpid(only_child(server), 0)
    bounded(server.collect_children)
    assert server.active_children == set(), (
        "waitpid() raises ChildProcessError for a child that is gone:"
        " forget the child and go on"
    )


@needs_waitid
@pytest.mark.about("ForkingMixIn.collect_children")
def test_such_a_child_does_not_hide_those_that_have_ended(
    make_forking, knock, waiting, gate
):
    server = make_forking(waiting)
    knock(server)
    gone = only_child(server)
    knock(server)
    (ended,) = server.active_children - {gone}
    gate.open(2)
    until_ended(ended)
    os.waitpid(gone, 0)
    bounded(server.collect_children)
    assert server.active_children == set(), (
        "after a ChildProcessError for one child the others must be asked too"
    )


@needs_waitid
@occasions
def test_other_peoples_children_are_left_alone(
    make_forking, knock, waiting, occasion
):
    server = make_forking(waiting)
    knock(server)
    with stranger() as child:
        bounded(getattr(server, occasion))
        try:
            status = exit_status(child)
        except ChildProcessError:
            status = None
    assert status == 7, (
        f"{occasion}() must wait for the server's own children alone: it"
        " took the exit status of a child that belongs to somebody else,"
        " such as subprocess"
    )


# -- At the limit


@pytest.mark.about("ForkingMixIn.max_children", "ForkingMixIn.service_actions")
def test_at_max_children_the_loop_waits_for_one(
    make_forking, knock, waiting, gate
):
    server = make_forking(waiting, max_children=2)
    knock(server)
    bounded(server.service_actions, promise="one child of two is no limit")
    fill_up(server, knock)
    acting = Background(server.service_actions)
    assert stays(acting), (
        "with max_children at work, the server must wait until one is done"
    )
    gate.open()
    acting.result()
    assert len(server.active_children) == 1, (
        "one child that has ended is enough to go on: the other must neither"
        " be waited for nor forgotten"
    )


def fill_up(server, knock):
    """Bring a server to its limit, without waiting there already."""
    limit, server.max_children = server.max_children, 1000
    while len(server.active_children or ()) < limit:
        knock(server)
    server.max_children = limit


@pytest.mark.about("ForkingMixIn.max_children")
def test_above_max_children_the_server_waits_for_enough(
    make_forking, knock, waiting, gate
):
    server = make_forking(waiting, max_children=3)
    fill_up(server, knock)
    server.max_children = 2  # one too many for two: two must end
    collecting = Background(server.collect_children)
    gate.open()
    assert stays(collecting), (
        "collect_children() must wait until there are fewer than max_children"
    )
    gate.open()
    collecting.result()
    assert len(server.active_children) == 1, (
        "the last child is below the limit: it must not be waited for"
    )


@needs_waitid
@pytest.mark.about("ForkingMixIn.max_children")
def test_at_max_children_any_child_that_ends_is_taken(
    make_forking, knock, waiting, gate
):
    server = make_forking(waiting, max_children=1)
    fill_up(server, knock)
    with stranger() as child:
        collecting = Background(server.collect_children)
        assert stays(collecting), (
            "a child of somebody else that ends makes no room: the server"
            " must go on waiting for one of its own"
        )
        gate.open()
        collecting.result()
        with pytest.raises(ChildProcessError):
            # os.waitpid(-1, 0) is the one call that waits for whichever
            # of many children ends first. This is its price.
            os.waitpid(child, 0)
    assert server.active_children == set(), (
        "the server's own child has ended too, and must be forgotten"
    )


@pytest.mark.about("ForkingMixIn.max_children")
def test_waiting_at_max_children_costs_no_processor_time(
    make_forking, knock, waiting, gate, monkeypatch
):
    def counted(*args):
        calls.append(args)
        return waitpid(*args)

    calls, waitpid = [], os.waitpid
    server = make_forking(waiting, max_children=1)
    fill_up(server, knock)
    monkeypatch.setattr(os, "waitpid", counted)
    collecting = Background(server.collect_children)
    assert stays(collecting), "the server must wait until there is room"
    gate.open()
    collecting.result()
    assert len(calls) < 10, (
        "let os.waitpid() do the waiting, asleep in the kernel: asking it"
        " with WNOHANG again and again keeps a processor busy"
    )


@pytest.mark.about("ForkingMixIn.max_children")
def test_at_max_children_a_server_without_children_goes_on(
    make_forking, knock, waiting, gate, monkeypatch
):
    def collected_meanwhile(pid, options):
        calls.append(pid)
        if len(calls) > 100:
            pytest.fail("waitpid() was asked again and again, for nothing")
        if pid == -1:
            raise ChildProcessError("no child is left")
        return 0, 0  # this one was still at work a moment ago

    calls = []
    server = make_forking(waiting, max_children=2)
    fill_up(server, knock)
    gate.open(2)
    reap(server.active_children)
    monkeypatch.setattr(os, "waitpid", collected_meanwhile)
    bounded(
        server.collect_children,
        promise="without any child there is nothing to wait for",
    )
    assert server.active_children == set(), (
        "if there is no child at all, active_children must be empty"
    )


# -- Timeouts and closing


@needs_waitid
@pytest.mark.about("ForkingMixIn.handle_timeout")
def test_a_quiet_handle_request_collects_children(
    make_forking, knock, waiting, gate
):
    server = make_forking(waiting, timeout=0)
    knock(server)
    child = only_child(server)
    gate.open()
    until_ended(child)
    bounded(server.handle_request)
    assert server.active_children == set(), (
        "when handle_request() waited in vain, handle_timeout() must collect"
        " the children"
    )


@pytest.mark.about("ForkingMixIn.service_actions")
def test_the_loop_collects_children_although_no_client_comes(
    impl, make_forking
):
    collected = threading.Event()

    def service_actions(server):
        impl.ForkingMixIn.service_actions(server)
        if server.active_children == set():
            collected.set()

    server = make_forking(echo, service_actions=service_actions)
    with serving(server):
        exchange(server)
        wait_for(collected, "the loop must collect a child that has ended")


@pytest.mark.about("ForkingMixIn.server_close", "ForkingMixIn.block_on_close")
def test_closing_waits_for_the_children(make_forking, knock, waiting, gate):
    server = make_forking(waiting)
    knock(server)
    knock(server)
    closing = Background(server.server_close)
    assert stays(closing), (
        "with block_on_close, server_close() must wait for the children"
    )
    assert is_closed(server.socket), (
        "server_close() must close the listener before it waits: no client"
        " may come in meanwhile"
    )
    gate.open(2)
    closing.result()
    assert server.active_children == set(), (
        "after server_close() no child may be left"
    )


@pytest.mark.about("ForkingMixIn.server_close", "ForkingMixIn.block_on_close")
def test_closing_without_block_on_close_does_not_wait(
    make_forking, knock, waiting
):
    server = make_forking(waiting, block_on_close=False)
    knock(server)
    child = only_child(server)
    bounded(
        server.server_close,
        promise="without block_on_close, server_close() must not wait",
    )
    assert is_closed(server.socket), "server_close() must close the listener"
    assert server.active_children == {child}, (
        "a child at work is still there after such a server_close()"
    )


@needs_waitid
@pytest.mark.about("ForkingMixIn.server_close", "ForkingMixIn.block_on_close")
def test_closing_without_block_on_close_collects_what_has_ended(
    make_forking, knock, waiting, gate
):
    server = make_forking(waiting, block_on_close=False)
    knock(server)
    child = only_child(server)
    gate.open()
    until_ended(child)
    bounded(server.server_close)
    assert server.active_children == set(), (
        "server_close() must collect the children that have ended"
    )


@pytest.mark.about("ForkingMixIn.server_close")
def test_block_on_close_is_read_when_the_server_closes(
    make_forking, knock, waiting
):
    server = make_forking(waiting)
    knock(server)
    server.block_on_close = False
    bounded(
        server.server_close,
        promise="block_on_close set on the instance must count",
    )


@pytest.mark.about("ForkingMixIn.server_close")
def test_a_server_that_never_had_a_child_closes(make_forking):
    server = make_forking()
    bounded(server.server_close)
    bounded(server.server_close)
    assert is_closed(server.socket), "server_close() must close the listener"
