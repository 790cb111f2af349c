"""The asynchronous server: claim 14 of the article."""

import asyncio
import contextlib
import errno
import select
import socket
import struct
import threading

import pytest

import minisocketserver as mini
from tests.conformance.toolkit import (
    DEADLINE,
    GRACE,
    Alarm,
    Background,
    SocketFolder,
    Trouble,
    address_for,
    bounded,
    client,
    exchange,
    is_datagram,
    needs_unix,
    read_all,
    serving,
    stays,
    wait_for,
)

LOCALHOST = ("127.0.0.1", 0)
SERVERS = [
    "AsyncTCPServer",
    "AsyncUDPServer",
    pytest.param("AsyncUnixStreamServer", marks=needs_unix),
    pytest.param("AsyncUnixDatagramServer", marks=needs_unix),
]


class Echo(mini.AsyncStreamRequestHandler):
    """Answer each line with itself."""

    async def handle(self):
        async for line in self.rfile:
            self.wfile.write(line)


class Answer(mini.AsyncDatagramRequestHandler):
    """Answer a datagram with itself."""

    async def handle(self):
        self.wfile.write(await self.rfile.read())


class Present(mini.AsyncBaseRequestHandler):
    """Tell that it is there, and wait to be told to leave."""

    async def handle(self):
        server = self.server
        server.present.append(self)
        server.arrived.release()
        try:
            await server.leave.wait()
        except asyncio.CancelledError:
            server.told.append(self)
            raise


class House(mini.AsyncTCPServer):
    """A server whose handlers are `Present` until somebody lets them go."""

    grace_period = DEADLINE

    def __init__(self, handler=Present):
        super().__init__(LOCALHOST, handler)
        self.present, self.told = [], []
        self.arrived = threading.Semaphore(0)

    async def serve(self, poll_interval=0.5):
        self.leave = asyncio.Event()
        await super().serve(poll_interval)

    def let_go(self):
        """Let everybody go, from another thread."""
        self._loop.call_soon_threadsafe(self.leave.set)

    def arrivals(self, count=1):
        """Wait until so many more handlers are there."""
        for _ in range(count):
            assert self.arrived.acquire(timeout=DEADLINE), "nobody came"


@pytest.fixture
def make():
    """Make a server of a name and a handler; close it afterwards."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(SocketFolder())

        def make(server_class, handler=Echo, **attributes):
            if isinstance(server_class, str):
                server_class = getattr(mini, server_class)
            server = server_class(address_for(server_class, folder), handler)
            vars(server).update(attributes)
            return stack.enter_context(server)

        yield make


@pytest.fixture
def house():
    with House() as house:
        yield house


def handler(function, base=mini.AsyncStreamRequestHandler):
    """Make a handler class of an `async def handle(self)`."""
    return type("Handler", (base,), {"handle": function})


# -- Claim 14: no visit blocks another


@pytest.mark.parametrize("name", SERVERS)
def test_one_line_makes_a_server_asynchronous(name):
    kind = name.removeprefix("Async")
    made = getattr(mini, name)
    assert made.__bases__ == (mini.AsyncMixIn, getattr(mini, kind))
    own = {key for key in vars(made) if not key.startswith("__")}
    assert not own, "the mix-in and the server are all it takes"


@pytest.mark.parametrize("name", SERVERS)
def test_a_client_is_answered(make, name):
    datagram = is_datagram(getattr(mini, name))
    server = make(name, Answer if datagram else Echo)
    with serving(server):
        assert exchange(server, b"hello\n") == b"hello\n"


def test_a_visit_blocks_nobody(make):
    server = make("AsyncTCPServer")
    with serving(server), contextlib.ExitStack() as stack:
        visits = [stack.enter_context(client(server)) for _ in range(50)]
        # The first to come is the last to be served.
        for number, visit in reversed(list(enumerate(visits))):
            visit.sendall(b"%d\n" % number)
            assert visit.recv(100) == b"%d\n" % number
            assert visit.fileno() > 0


def test_all_handlers_share_one_thread(make):
    threads = set()

    async def note(self):
        threads.add(threading.get_ident())
        self.wfile.write(await self.rfile.readline())

    server = make("AsyncTCPServer", handler(note))
    with serving(server) as loop:
        before = threading.active_count()
        for _ in range(3):
            exchange(server, b"hello\n")
        assert threading.active_count() == before
        assert threads == {loop.thread.ident}


def test_a_handler_may_await_what_asyncio_offers(make):
    async def handle(self):
        queue = asyncio.Queue()
        line, slept, task, _ = await asyncio.gather(
            self.rfile.readline(),
            asyncio.wait_for(asyncio.sleep(0, "slept"), DEADLINE),
            queue.get(),
            asyncio.create_task(queue.put(asyncio.current_task())),
        )
        known = task in asyncio.all_tasks()
        self.wfile.write(b"%s %s %d" % (line, slept.encode(), known))

    server = make("AsyncTCPServer", handler(handle))
    with serving(server):
        assert exchange(server, b"a line\n") == b"a line\n slept 1"


@pytest.mark.parametrize("name", ["TCPServer", "ThreadingTCPServer"])
def test_a_server_that_does_not_await_says_so(make, capsys, name):
    server = getattr(mini, name)(LOCALHOST, Echo)
    with serving(server), client(server) as sock:
        assert read_all(sock) == b""
    told = "Echo needs an asynchronous server: AsyncTCPServer"
    assert told in capsys.readouterr().err


def test_who_gives_up_reading_loses_nothing(make):
    given_up = threading.Event()

    async def handle(self):
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.rfile.readline(), GRACE)
        given_up.set()
        self.wfile.write(await self.rfile.readline())

    server = make("AsyncTCPServer", handler(handle))
    with serving(server), client(server) as sock:
        sock.sendall(b"half a ")
        wait_for(given_up, "wait_for() must end the wait")
        sock.sendall(b"line\n")
        assert read_all(sock) == b"half a line\n"


# -- Its life


@pytest.mark.parametrize("name", SERVERS)
def test_one_request_can_be_handled_without_a_loop(make, name):
    server = make(
        name, Answer if "Datagram" in name or "UDP" in name else Echo
    )
    with client(server) as sock:
        sock.sendall(b"hello\n")
        if not is_datagram(server):
            sock.shutdown(socket.SHUT_WR)
        bounded(server.handle_request)
        assert sock.recv(100) == b"hello\n"


def test_handle_request_gives_up_after_its_timeout(make):
    waited = []
    server = make(
        "AsyncTCPServer",
        timeout=GRACE,
        handle_timeout=lambda: waited.append(True),
    )
    bounded(server.handle_request)
    assert waited == [True]


def test_shutdown_ends_an_idle_server_at_once(make):
    server = make("AsyncTCPServer")
    loop = Background(server.serve_forever, 60)
    exchange(server, b"hello\n")
    bounded(
        server.shutdown, promise="the loop is asleep for a minute: wake it"
    )
    loop.result()


def test_a_handler_may_ask_for_the_end(make):
    async def handle(self):
        await self.rfile.read()
        self.server.shutdown()
        self.wfile.write(b"good bye")

    server = make("AsyncTCPServer", handler(handle))
    loop = Background(server.serve_forever, 60)
    assert exchange(server) == b"good bye", "it does not wait for itself"
    loop.result("and the loop must end")


def test_a_server_can_be_awaited_in_a_program_with_a_loop(make):
    server = make("AsyncTCPServer")

    async def program():
        serving = asyncio.create_task(server.serve())
        reader, writer = await asyncio.open_connection(*server.server_address)
        writer.write(b"hello\n")
        line = await reader.readline()
        writer.close()
        server.shutdown()
        await serving
        return line

    assert bounded(asyncio.run, program()) == b"hello\n"
    assert server.socket.gettimeout() is None, "left as it was found"


def test_a_server_can_be_run_again(make):
    server = make("AsyncTCPServer")
    for _ in range(2):
        loop = Background(server.serve_forever)
        assert exchange(server, b"hello\n") == b"hello\n"
        bounded(server.shutdown)
        loop.result()


def test_a_shutdown_before_the_start_is_kept(make):
    server = make("AsyncTCPServer")
    stopping = Background(server.shutdown)
    assert stays(stopping), "no loop has ended yet"
    bounded(server.serve_forever)
    stopping.result()


# -- A listener that is closed while it serves


def test_who_closes_the_listener_after_the_first_keeps_the_first(make):
    class One(mini.AsyncTCPServer):
        def process_request(self, request, client_address):
            super().process_request(request, client_address)
            self.server_close()

    server = make(One)
    loop = Background(server.serve_forever, 0.01)
    with client(server) as sock:
        for _ in "ab":
            sock.sendall(b"hello\n")
            assert sock.recv(100) == b"hello\n"
        assert stays(loop), "it serves whom it has"
    assert server.fileno() == -1
    bounded(server.shutdown)
    loop.result()


def test_the_number_of_a_closed_listener_may_be_another_files(make):
    descriptors, begun = [], threading.Event()

    async def handle(self):
        begun.set()
        await self.rfile.readline()
        reader, writer = await asyncio.open_connection(*behind.server_address)
        descriptors.append(writer.get_extra_info("socket").fileno())
        writer.write(b"hello\n")
        self.wfile.write(await reader.readline())
        writer.close()

    behind, server = make("AsyncTCPServer"), make("AsyncTCPServer")
    server.RequestHandlerClass = handler(handle)
    loop = Background(server.serve_forever, 60)
    with serving(behind), client(server) as sock:
        wait_for(begun, "the client must be served")
        descriptor = server.fileno()
        bounded(server.server_close)
        assert server.fileno() == -1
        sock.sendall(b"connect\n")
        assert read_all(sock) == b"hello\n"
    assert descriptors == [descriptor], "the same number again"
    bounded(server.shutdown)
    loop.result()


@pytest.mark.slow
def test_a_loop_that_is_held_up_does_not_hold_up_server_close(make):
    held, go = threading.Event(), threading.Event()

    async def hold(request, client_address, server):
        held.set()
        go.wait(DEADLINE)

    server = make("AsyncTCPServer", hold)
    loop = Background(server.serve_forever)
    try:
        with client(server):
            wait_for(held, "the handler has begun")
            bounded(server.server_close)
            assert server.fileno() == -1
    finally:
        go.set()
    bounded(server.shutdown)
    loop.result()


# -- Its end


def test_whoever_is_in_progress_may_finish(house):
    loop = Background(house.serve_forever)
    with client(house) as sock:
        house.arrivals()
        stopping = Background(house.shutdown)
        assert stays(stopping), "a handler is in progress"
        house.let_go()
        stopping.result()
        assert read_all(sock) == b""
    loop.result()
    assert not house.told


def test_whoever_takes_too_long_is_cancelled(house):
    house.grace_period = GRACE
    loop = Background(house.serve_forever)
    with client(house) as sock:
        house.arrivals()
        bounded(house.shutdown)
        assert read_all(sock) == b"", "its connection is closed"
    loop.result()
    assert house.told == house.present
    assert house.told[0].cancelled


def test_nobody_is_taken_during_the_grace_period(house):
    loop = Background(house.serve_forever)
    with client(house):
        house.arrivals()
        stopping = Background(house.shutdown)
        assert stays(stopping)
        with client(house) as late:
            assert not house.arrived.acquire(timeout=GRACE)
            house.let_go()
            stopping.result()
            late.settimeout(GRACE)
            with pytest.raises(TimeoutError):
                late.recv(1)
    loop.result()


def test_to_cancel_serve_is_to_end_without_grace(house):
    async def program():
        serving = asyncio.create_task(house.serve())
        with client(house):
            await asyncio.to_thread(house.arrivals)
            serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await serving

    bounded(asyncio.run, program())
    assert house.told == house.present


def test_to_cancel_serve_twice_leaves_nobody_behind(house):
    async def deaf(request, client_address, server):
        server.arrived.release()
        for _ in range(2):
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(60)

    async def program():
        serving = asyncio.create_task(house.serve())
        with client(house):
            await asyncio.to_thread(house.arrivals)
            for _ in range(2):
                serving.cancel()
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            with pytest.raises(asyncio.CancelledError):
                await serving
        assert asyncio.all_tasks() == {asyncio.current_task()}

    house.RequestHandlerClass = deaf
    bounded(asyncio.run, program())


@pytest.mark.slow
def test_a_handler_that_does_not_listen_is_told_again(house):
    told = threading.Semaphore(0)

    async def deaf(request, client_address, server):
        server.arrived.release()
        for _ in range(2):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                told.release()

    house.RequestHandlerClass, house.grace_period = deaf, 0
    loop = Background(house.serve_forever)
    with client(house):
        house.arrivals()
        bounded(house.shutdown)
    loop.result()
    assert told.acquire(blocking=False)
    assert told.acquire(blocking=False)


# -- Its limits


def test_there_are_no_limits_unless_one_is_set():
    assert mini.AsyncTCPServer.max_connections is None
    assert mini.AsyncTCPServer.time_limit is None


def test_whoever_comes_when_it_is_full_waits_outside(house):
    house.max_connections = 2
    with serving(house), client(house), client(house):
        house.arrivals(2)
        with client(house):
            assert not house.arrived.acquire(timeout=GRACE)
            house.let_go()
            house.arrivals()


@pytest.mark.parametrize("limit", [2, None])
def test_a_limit_that_is_raised_in_a_full_house_lets_in(house, limit):
    house.max_connections, house.grace_period = 1, 0
    with serving(house, poll_interval=0.01), client(house), client(house):
        house.arrivals()
        assert not house.arrived.acquire(timeout=GRACE), "it is full"
        house.max_connections = limit
        house.arrivals()


def test_a_limit_that_is_removed_does_not_make_it_deaf(house):
    house.max_connections = 1
    # No turn of the loop comes to its help: whoever leaves makes room.
    with serving(house, poll_interval=60), client(house), client(house):
        house.arrivals()
        house.max_connections = None
        house.let_go()
        house.arrivals()


def test_a_request_may_take_so_long(make, capsys):
    async def handle(self):
        await self.rfile.readline()

    server = make("AsyncTCPServer", handler(handle), time_limit=GRACE)
    with serving(server), client(server) as sock:
        assert read_all(sock) == b"", "its connection is closed"
    assert "TimeoutError" in capsys.readouterr().err


def test_a_client_that_reads_nothing_cannot_outlast_the_limit(make):
    closed = threading.Event()

    class Server(mini.AsyncTCPServer):
        time_limit = GRACE

        def handle_error(self, request, client_address):
            """Expect no better."""

        def close_request(self, request):
            super().close_request(request)
            closed.set()

    async def handle(self):
        self.wfile.write(b"x" * 10_000_000)
        await self.wfile.drain()

    server = make(Server, handler(handle))
    with serving(server), client(server):
        wait_for(closed, "the limit holds for the farewell, too")


def test_without_descriptors_it_rests_and_goes_on(make):
    server = make("AsyncTCPServer")
    accept, failed = server.socket.accept, threading.Event()

    class Exhausted:
        def __getattr__(self, name):
            return getattr(listener, name)

        def accept(self):
            if failed.is_set():
                return accept()
            failed.set()
            raise OSError(errno.EMFILE, "Too many open files")

    listener, server.socket = server.socket, Exhausted()
    with serving(server):
        assert exchange(server, b"hello\n") == b"hello\n"
        assert failed.is_set()


# -- Bad company


def test_a_silent_client_stops_nobody_whoever_has_accepted_it(make):
    class Server(mini.AsyncTCPServer):
        def get_request(self):
            return self.socket.accept()

    server = make(Server)
    with serving(server), client(server):
        assert exchange(server, b"hello\n") == b"hello\n"


def rude(sock):
    """Leave with a reset."""
    linger = struct.pack("ii", 1, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


def test_bad_company_hurts_nobody(make):
    class Quiet(mini.AsyncTCPServer):
        def handle_error(self, request, client_address):
            """Expect no better."""

    server = make(Quiet)
    with serving(server), contextlib.ExitStack() as stack:
        for sent in (b"", b"no end", b"\0" * 200_000, b"unread\n" * 1000):
            stack.enter_context(client(server)).sendall(sent)
            with client(server) as vanishing:
                vanishing.sendall(sent)
                rude(vanishing)
        assert exchange(server, b"hello\n") == b"hello\n"


def test_a_descriptor_that_is_used_again_is_heard(make):
    class Careless(mini.AsyncStreamRequestHandler):
        async def handle(self):
            self.wfile.write(await self.rfile.readline())
            self.wfile.flush()
            await self.rfile.readline()

        async def finish(self):
            """Forget to call the method of the parent."""

    server = make("AsyncTCPServer", Careless)
    with serving(server):
        for _ in range(5):
            with client(server) as sock:
                sock.sendall(b"hello\n")
                assert sock.recv(100) == b"hello\n"


@pytest.mark.parametrize("epoll", [True, False])
def test_who_gets_the_descriptor_of_another_is_heard(make, monkeypatch, epoll):
    if not epoll:
        monkeypatch.delattr(select, "epoll", raising=False)
    descriptors = []

    class Hasty(mini.AsyncStreamRequestHandler):
        async def handle(self):
            descriptors.append(self.request.fileno())
            self.wfile.write(await self.rfile.readline())
            if len(descriptors) == 1:
                self.wfile.flush()
                await self.rfile.readline()
                self.request.close()
                await self.server.leave.wait()
            else:
                await Echo.handle(self)

        async def finish(self):
            """Leave the rest to the server."""

    class Server(mini.AsyncTCPServer):
        async def serve(self, poll_interval=0.5):
            self.leave = asyncio.Event()
            await super().serve(poll_interval)

        def close_request(self, request):
            super().close_request(request)
            gone.set()

    gone = threading.Event()
    server = make(Server, Hasty)
    # Made before, or it would take the number itself.
    second = socket.socket()
    with serving(server), client(server) as first, second:
        second.settimeout(DEADLINE)
        first.sendall(b"hello\nclose\n")
        assert read_all(first) == b"hello\n"
        second.connect(server.server_address)
        second.sendall(b"hello\n")
        assert second.recv(100) == b"hello\n"
        server._loop.call_soon_threadsafe(server.leave.set)
        assert gone.wait(DEADLINE), "the first is done"
        second.sendall(b"again\n")
        assert second.recv(100) == b"again\n"
    assert descriptors[0] == descriptors[1], "the same number again"


@pytest.mark.skipif(not hasattr(select, "epoll"), reason="no epoll here")
def test_whoever_is_alone_is_watched_by_the_loop(make):
    watches = []

    class Note(Echo):
        async def setup(self):
            await super().setup()
            loop = asyncio.get_running_loop()
            watches.append(self.rfile._watch is loop)

    server = make("AsyncTCPServer", Note)
    with serving(server), contextlib.ExitStack() as stack:
        for _ in "ab":
            sock = stack.enter_context(client(server))
            for _ in "ab":
                sock.sendall(b"hello\n")
                assert sock.recv(100) == b"hello\n"
    assert watches == [True, False]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_is_no_error_ends_the_loop(make):
    async def handle(self):
        raise Alarm

    server = make("AsyncTCPServer", handler(handle))
    loop = Background(server.serve_forever)
    with client(server) as sock:
        assert read_all(sock) == b""
        with pytest.raises(Alarm):
            loop.result()


def test_an_error_in_verify_request_ends_the_loop(make):
    class Server(mini.AsyncTCPServer):
        def verify_request(self, request, client_address):
            raise Trouble

    server = make(Server)
    loop = Background(server.serve_forever)
    with client(server) as sock:
        assert read_all(sock) == b""
        with pytest.raises(Trouble):
            loop.result()


def test_service_actions_are_done_while_nobody_comes(make):
    acted = threading.Event()

    class Server(mini.AsyncTCPServer):
        def service_actions(self):
            acted.set()

    with serving(make(Server), poll_interval=0.001):
        wait_for(acted, "poll_interval has passed")


@needs_unix
def test_a_datagram_waits_for_a_client_that_is_behind(make):
    class Many(mini.AsyncDatagramRequestHandler):
        async def handle(self):
            self.wfile.write(self.packet)

    server = make("AsyncUnixDatagramServer", Many)
    with serving(server), client(server) as sock:
        # More than the queue of a Unix socket holds.
        for number in range(64):
            sock.sendall(b"%d" % number)
        heard = {sock.recv(10) for _ in range(64)}
    assert heard == {b"%d" % number for number in range(64)}
