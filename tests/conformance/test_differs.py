"""What the mini does otherwise on purpose, shown on both sides.

One witness for each `differs[slug]` of the text: `test_differs_slug`.  It
takes the original and the mini, and asserts that they disagree exactly so.
Where newer versions of Python agree with the mini, the witness asserts that.

A few promises beside them are the mini's own: what its ways of waking and of
bookkeeping owe to their user.

These tests run when the mini is among the modules under test.
"""

import contextlib
import errno
import os
import re
import selectors
import socket
import sys
import threading
import time
import warnings

import pytest

from .toolkit import (
    Background,
    Trouble,
    bounded,
    client,
    echo,
    ignore,
    needs_fork,
    needs_unix,
    postbox_class,
    raising,
    recording,
    stays,
    wait_for,
    waits_in_shutdown,
)


@contextlib.contextmanager
def posting(module, handler=ignore, **replaced):
    """Yield a postbox of this module; close it at the end."""
    postbox_type = type("Postbox", (postbox_class(module),), replaced)
    with postbox_type(handler) as postbox:
        yield postbox


# -- base


@pytest.mark.about("BaseServer.shutdown")
def test_differs_wakes_at_once(stdlib, mini, monkeypatch):
    asleep, wake, watched = threading.Event(), threading.Event(), []

    class Sleeper(selectors.SelectSelector):
        def register(self, fileobj, *args):
            watched.append(fileobj)
            return super().register(fileobj, *args)

        def select(self, timeout=None):
            asleep.set()
            wait_for(wake, "the test must wake the selector")
            return []

    monkeypatch.setattr(stdlib, "_ServerSelector", Sleeper)
    with posting(stdlib) as theirs:
        loop = Background(theirs.serve_forever, 3600)
        wait_for(asleep, "the loop must wait in select()")
        waiting = waits_in_shutdown(theirs)
        stopping = Background(theirs.shutdown)
        wait_for(waiting, "shutdown() must wait for the loop")
        assert not stopping.done.is_set(), (
            "the original's shutdown() waits while the loop sleeps"
        )
        assert watched == [theirs], (
            "the original watches the server and nothing else: until a"
            " client comes, or the poll_interval is over, it sleeps on"
        )
        wake.set()
        stopping.result()
        loop.result()

    turned = threading.Event()
    acting = {"service_actions": lambda self: turned.set()}
    with posting(mini, **acting) as ours:
        ours.post(b"a")
        loop = Background(ours.serve_forever, poll_interval=3600)
        wait_for(turned, "the loop must serve, and go to sleep")
        bounded(
            ours.shutdown,
            promise="the mini's shutdown() must wake the loop",
        )
        loop.result()


@pytest.mark.about("BaseServer.serve_forever")
def test_a_ring_without_a_wish_wakes_the_mini_once(mini):
    turns, turned = [], threading.Event()

    def service_actions(self):
        turns.append(1)
        turned.set()

    with posting(mini, service_actions=service_actions) as ours:
        ours.post(b"a")
        loop = Background(ours.serve_forever, poll_interval=3600)
        wait_for(turned, "the loop must serve, and go to sleep")
        turned.clear()
        # As a forked child does, which inherits the button.
        ours._BaseServer__doorbell.ring()
        wait_for(turned, "a ring must wake the loop")
        assert stays(loop), "nobody wished it to end"
        assert len(turns) == 2, (
            "a ring must be taken off the wire: left there, it would wake"
            " the loop again and again"
        )
        bounded(ours.shutdown)
        loop.result()


@pytest.mark.about("BaseServer.serve_forever")
def test_a_loop_that_has_ended_leaves_no_bell_behind(mini):
    with posting(mini) as ours:
        loop = Background(ours.serve_forever, poll_interval=0.01)
        bounded(ours.shutdown)
        loop.result()
        left = [
            name
            for name, value in vars(ours).items()
            if "bell" in name and value is not None
        ]
        assert not left, (
            "a server can be copied as it could before it ran; a closed"
            " socket cannot"
        )


@pytest.mark.about("BaseServer.serve_forever")
def test_without_descriptors_for_a_bell_the_mini_polls(mini, monkeypatch):
    def none_left():
        raise OSError(errno.EMFILE, "no descriptor is left")

    served = threading.Event()
    with posting(mini, lambda *args: served.set()) as ours:
        monkeypatch.setattr(socket, "socketpair", none_left)
        ours.post(b"a")
        loop = Background(ours.serve_forever, poll_interval=0.01)
        wait_for(served, "a server without a bell must serve all the same")
        bounded(ours.shutdown, promise="without a bell the loop must poll")
        loop.result()


@pytest.mark.about("BaseServer.shutdown")
def test_neither_ringing_nor_closing_waits_for_another_ring(mini):
    turned = threading.Event()
    acting = {"service_actions": lambda self: turned.set()}
    with posting(mini, **acting) as ours:
        loop = Background(ours.serve_forever, poll_interval=0.01)
        wait_for(turned, "the loop must turn")
        bell = ours._BaseServer__doorbell
        # As a signal handler that came in the middle of a ring would find
        # it: somebody else has the lock, and does not let it go.
        held, let_go = threading.Event(), threading.Event()

        def hold():
            with bell._lock:
                held.set()
                wait_for(let_go, "the test must end the ring")

        ringing = Background(hold)
        wait_for(held, "a lock that nobody has must be free")
        bounded(
            ours.shutdown,
            promise="shutdown() must not wait for a ring under way: it may"
            " be the one that its signal handler has interrupted",
        )
        loop.result()
        let_go.set()
        ringing.result()
        # The ring that was under way takes the wire down, at its end.
        bell.ring()
        assert bell.fileno() == -1, "nobody closed the bell's descriptors"


def attempts(module, error, enough):
    """Run a loop whose every get_request() fails; return when it tried.

    It ends with the attempt number `enough`, which fails in a way that
    another attempt might mend.
    """
    times = []

    def get_request(self):
        times.append(time.monotonic())
        if len(times) == enough:
            self._BaseServer__shutdown_request = True
            raise ConnectionAbortedError
        raise error

    with posting(module, get_request=get_request) as postbox:
        postbox.post(b"a")
        bounded(postbox.serve_forever, poll_interval=0)
    return times


@pytest.mark.about("BaseServer._handle_request_noblock")
@pytest.mark.parametrize(
    "name",
    ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EBADF", "EINVAL", "ENOTSOCK"],
)
def test_differs_no_spin(stdlib, mini, name):
    error = OSError(getattr(errno, name), name)
    # With a pause between them, these would take 100 seconds.
    attempts(stdlib, error, enough=1000)
    first, second = attempts(mini, error, enough=2)
    assert second - first > 0.09, "the mini must pause for 0.1 s"
    attempts(mini, ConnectionResetError(), enough=1000)  # nor does it here


@pytest.mark.about("BaseServer.verify_request")
@pytest.mark.parametrize("error", [Trouble, KeyboardInterrupt])
def test_differs_verify_closes(stdlib, mini, journal, error):
    def farewell(module):
        hooks = ("shutdown_request", "close_request")
        rude = {"verify_request": raising(error())}
        base = type("Postbox", (postbox_class(module),), rude)
        before = len(journal.lines())
        with recording(base, journal, hooks)() as postbox:
            postbox.post(b"a")
            with pytest.raises(error):
                bounded(postbox.handle_request)
        return journal.lines()[before:]

    assert farewell(stdlib) == [], (
        "the original forgets a request when verify_request() raises"
    )
    assert farewell(mini) == [
        "shutdown_request('letter a')",
        "close_request('letter a')",
    ], "the mini must shut it down before the error escapes"


@pytest.mark.about("BaseServer.handle_request")
def test_differs_no_socket_needed(stdlib, mini):
    def serve_without_socket(module):
        """Handle one request, and wait for another one in vain."""
        letters = []
        with posting(module, lambda *args: letters.append(args[0])) as postbox:
            ear = vars(postbox).pop("socket")
            postbox.fileno = ear.fileno
            postbox.get_request = lambda: (ear.recv(1), "sender")
            postbox.timeout = 0
            postbox.post(b"a")
            try:
                bounded(postbox.handle_request)
                bounded(postbox.handle_request)
            finally:
                postbox.socket = ear
        return letters

    with pytest.raises(AttributeError, match="socket"):
        serve_without_socket(stdlib)
    assert serve_without_socket(mini) == [b"a"], (
        "the mini's handle_request() needs a fileno() and no more"
    )


@pytest.mark.about("BaseServer.handle_request")
def test_without_socket_and_timeout_the_mini_waits_without_end(
    mini, monkeypatch
):
    limits = []

    class Recorder(selectors.SelectSelector):
        def select(self, timeout=None):
            limits.append(timeout)
            return super().select(timeout)

    base = sys.modules[mini.BaseServer.__module__]
    monkeypatch.setattr(base, "_ServerSelector", Recorder)
    with posting(mini) as ours:
        ear = ours.socket
        del ours.socket
        ours.fileno = ear.fileno
        ours.get_request = lambda: (ear.recv(1), "sender")
        ours.post(b"a")
        bounded(ours.handle_request)
        ours.socket = ear
    assert limits == [None], (
        "neither the server nor a socket has set a limit, so there is none"
    )


# -- handlers


@pytest.mark.about("StreamRequestHandler.finish")
def test_differs_quiet_finish(stdlib, mini):
    def finish_for_nobody(module):
        """Finish a handler whose client left; say what raised, what leaked."""
        buffered = type(
            "Buffered", (module.StreamRequestHandler,), {"wbufsize": -1}
        )
        handler = object.__new__(buffered)  # its hooks are called one by one
        handler.request, other = socket.socketpair()
        other.close()
        with handler.request:
            handler.setup()
            handler.wfile.write(b"for nobody")
            raised = None
            try:
                handler.finish()
            except OSError as error:
                raised = type(error)
            leaked = not handler.rfile.closed
            handler.rfile.close()
        return raised, leaked

    assert finish_for_nobody(stdlib) == (BrokenPipeError, True), (
        "in the original close() raises what flush() may not, and rfile is"
        " left open behind it"
    )
    assert finish_for_nobody(mini) == (None, False), (
        "the mini must raise nothing and close both files"
    )


@needs_unix
@pytest.mark.about("DatagramRequestHandler.finish")
def test_differs_unbound_client(stdlib, mini):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        with pytest.raises(TypeError):
            stdlib.DatagramRequestHandler((b"packet", sock), None, None)
        # There is nobody to answer, and that is no error.
        mini.DatagramRequestHandler((b"packet", sock), None, None)


# -- tcp, combined, and the whole


LAST_WITHOUT_THE_REPAIR = {(3, 11): 99, (3, 12): 8, (3, 13): 1}
"""Up to which patch release SO_REUSEPORT was asked for with any family."""


@needs_unix
@pytest.mark.skipif(
    not hasattr(socket, "SO_REUSEPORT"), reason="ports cannot be shared here"
)
@pytest.mark.about("TCPServer.server_bind")
def test_differs_reuse_port_inet(stdlib, mini, monkeypatch, sockets):
    class Diary(socket.socket):
        def setsockopt(self, level, option, value):
            asked.append(option)

    def options(server_class, address):
        asked.clear()
        shared = type("Shared", (server_class,), {"allow_reuse_port": True})
        shared(address, ignore).server_close()
        return list(asked)

    asked = []
    monkeypatch.setattr(socket, "socket", Diary)
    share = [socket.SO_REUSEPORT]

    *minor, patch = sys.version_info[:3]
    broken = patch <= LAST_WITHOUT_THE_REPAIR.get(tuple(minor), -1)
    assert options(stdlib.UnixStreamServer, sockets.fresh()) == (
        share if broken else []
    ), "until it was repaired the original asked Unix sockets to share a port"
    assert options(mini.UnixStreamServer, sockets.fresh()) == [], (
        "the mini must not ask for it: a path is no port"
    )

    known = sys.version_info >= (3, 11)
    assert hasattr(stdlib.TCPServer, "allow_reuse_port") == known, (
        "the original has allow_reuse_port since 3.11"
    )
    for server_class in (mini.TCPServer, mini.UDPServer):
        assert server_class.allow_reuse_port is False, (
            "the mini has allow_reuse_port on every Python, switched off"
        )

    home = ("127.0.0.1", 0)
    assert options(stdlib.TCPServer, home) == (share if known else []), (
        "the original heeds the attribute where it knows it"
    )
    assert options(mini.TCPServer, home) == share, (
        "the mini must heed the attribute on every Python"
    )
    with contextlib.suppress(OSError):  # where there is no IPv6
        six = type(
            "Six", (mini.TCPServer,), {"address_family": socket.AF_INET6}
        )
        assert options(six, ("::1", 0)) == share, (
            "the mini must let IPv6 servers share a port too"
        )


@pytest.mark.about("TCPServer.request_queue_size")
def test_differs_long_backlog(stdlib, mini):
    long = socket.SOMAXCONN
    theirs = 5 if sys.version_info < (3, 15) else long
    assert stdlib.TCPServer.request_queue_size == theirs, (
        "before 3.15 the original lets five clients queue"
    )
    assert mini.TCPServer.request_queue_size == long, (
        "the mini must let as many queue as the system has room for"
    )


@needs_fork
@needs_unix
@pytest.mark.about("ForkingUnixStreamServer", "ForkingUnixDatagramServer")
def test_differs_forking_unix(stdlib, mini):
    names = {"ForkingUnixStreamServer", "ForkingUnixDatagramServer"}
    known = sys.version_info >= (3, 12)
    assert names & set(stdlib.__all__) == (names if known else set()), (
        "the original has the two since 3.12"
    )
    assert names <= set(mini.__all__), "the mini has them on every Python"
    for name in names:
        transport = getattr(mini, name.removeprefix("Forking"))
        assert getattr(mini, name).__bases__ == (
            mini.ForkingMixIn,
            transport,
        ), "they must be made as the other mixtures are"


@pytest.mark.about("BaseServer")
def test_differs_own_version(stdlib, mini):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.15
        assert stdlib.__version__ == "0.4", (
            "the original has had this number since 1999"
        )
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", mini.__version__), (
        "the mini's version must be its package's: three numbers"
    )


# -- threaded


class NeverStarts(threading.Thread):
    """A thread where the system has no room for another one."""

    def start(self):
        raise RuntimeError("can't start new thread")


@pytest.mark.about("ThreadingMixIn.server_close")
def test_differs_unstarted_thread(stdlib, mini, monkeypatch):
    def refused(module):
        """Return a server with one thread that could not be started."""
        server = module.ThreadingTCPServer(("127.0.0.1", 0), ignore)
        with monkeypatch.context() as patch:
            patch.setattr(threading, "Thread", NeverStarts)
            with pytest.raises(RuntimeError, match="start new"):
                server.process_request("request", "client")
        return server

    theirs = refused(stdlib)
    with pytest.raises(RuntimeError, match="cannot join"):
        bounded(theirs.server_close)
    bounded(refused(mini).server_close)


@pytest.mark.about("ThreadingMixIn.process_request")
def test_the_mini_seldom_asks_whether_a_thread_lives(mini):
    asked = []

    class Worker:
        daemon = False
        ident = None  # never started, so nobody waits for it

        def is_alive(self):
            asked.append(self)
            return True

    threads = mini._Threads()
    for _ in range(1000):
        threads.append(Worker())
    assert len(asked) < 2 * len(threads), (
        "a new thread must cost the same however many live: to ask each of"
        " them each time would be half a million questions here"
    )


# -- forking


def has_ended(pid):
    """Wait until a child has ended; leave its status to be collected."""
    bounded(os.waitid, os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    return pid


def ended_child():
    """Return the number of a child that has ended and is not collected."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    return has_ended(pid)


def handle_one(server):
    """Handle one request; return the number of its child, which has ended."""
    with client(server) as sock:
        bounded(server.handle_request)
        (pid,) = server.active_children  # it waits for what the client says
        sock.sendall(b"hello")
    return has_ended(pid)


@needs_fork
@pytest.mark.about("ForkingMixIn.process_request")
def test_differs_collects_without_loop(stdlib, mini, monkeypatch):
    def children_after_two(module):
        """Handle two requests, each child ends; return who is left."""
        with module.ForkingTCPServer(("127.0.0.1", 0), echo) as server:
            first = handle_one(server)
            # The second fork is none, so that nobody can end too early.
            with monkeypatch.context() as patch:
                patch.setattr(os, "fork", os.getpid)
                request, other = socket.socketpair()
                with request, other:
                    server.process_request(request, "client")
            return first in server.active_children

    assert children_after_two(stdlib) is True, (
        "the original leaves the zombie to a loop that never comes"
    )
    assert children_after_two(mini) is False, (
        "the mini must collect it with the next request"
    )


@needs_fork
@pytest.mark.about("ForkingMixIn.collect_children")
def test_differs_own_children_first(stdlib, mini, monkeypatch):
    waitpid = os.waitpid

    def strangers_status(module):
        """Collect at max_children; return what is left for the stranger."""
        stranger = ended_child()
        any_child = [stranger]  # what the kernel says first, if asked for any

        def stranger_first(pid, options):
            if pid == -1 and any_child:
                pid = any_child.pop()
            return waitpid(pid, options)

        with module.ForkingTCPServer(("127.0.0.1", 0), ignore) as server:
            server.max_children = 1
            server.active_children = {ended_child()}
            with monkeypatch.context() as patch:
                patch.setattr(os, "waitpid", stranger_first)
                server.collect_children()
            assert server.active_children == set(), (
                "a child that has ended must be forgotten"
            )
        return waitpid(stranger, 0)[1]

    with pytest.raises(ChildProcessError):
        strangers_status(stdlib)
    assert strangers_status(mini) == 0, (
        "one of its own children had ended: the mini must collect that one"
        " and leave the stranger's status alone"
    )


@needs_fork
@pytest.mark.about("ForkingMixIn.collect_children")
def test_room_made_by_somebody_else_counts_for_the_mini(mini):
    gone = ended_child()
    os.waitpid(gone, 0)
    exit_sign, sign = os.pipe()
    busy = os.fork()
    if busy == 0:
        os.close(sign)
        os.read(exit_sign, 1)  # until the test closes its end
        os._exit(0)
    with mini.ForkingTCPServer(("127.0.0.1", 0), ignore) as server:
        server.max_children = 2
        server.active_children = {gone, busy}
        try:
            bounded(
                server.collect_children,
                promise="a child that somebody else has collected makes room"
                " at once: the mini must not wait for another one",
            )
            assert server.active_children == {busy}, (
                "only the child that is gone may be forgotten"
            )
        finally:
            os.close(exit_sign)
            os.close(sign)
