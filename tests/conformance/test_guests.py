"""What well-known packages do with a server, and must go on being able to.

Each test is a small likeness of one of them.  They were written against the
original, and each leans on something that is easily broken.
"""

import contextlib
import queue
import socket
import sys
import threading

import pytest

from .toolkit import (
    DEADLINE,
    Background,
    Trouble,
    ask_once,
    bounded,
    client,
    echo,
    exchange,
    ignore,
    needs_unix,
    raising,
    read_all,
    serving,
    wait_for,
)


@pytest.mark.about("TCPServer.__init__")
def test_dnslib_sets_its_settings_before_the_constructor(impl, sockets):
    class Early(impl.ThreadingTCPServer):
        def __init__(self, address, handler):
            self.allow_reuse_address = True
            self.daemon_threads = True
            self.request_queue_size = 7
            super().__init__(address, handler)

    with Early(("127.0.0.1", 0), echo) as server:
        reuse = server.socket.getsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR
        )
        assert reuse != 0, (
            "what is set on the instance before the constructor must count:"
            " read it from self, when the socket is bound"
        )
        settings = (server.daemon_threads, server.request_queue_size)
        assert settings == (True, 7), "nor may they be set back"


@needs_unix
@pytest.mark.about("TCPServer.address_family")
def test_dnslib_chooses_the_family_on_the_instance(impl, sockets):
    class Chosen(impl.TCPServer):
        def __init__(self, address, handler):
            self.address_family = socket.AF_UNIX
            super().__init__(address, handler)

    with Chosen(sockets.fresh(), echo) as server:
        assert server.socket.family == socket.AF_UNIX, (
            "address_family must be read from the instance"
        )
        assert ask_once(server, b"hello") == b"hello", "and it must serve"


@pytest.mark.about("TCPServer.__init__", "TCPServer.server_activate")
def test_werkzeug_brings_a_socket_of_its_own(make_server):
    server = make_server("TCPServer", bind_and_activate=False)
    server.socket.close()
    server.socket = socket.create_server(("127.0.0.1", 0))
    server.server_address = server.socket.getsockname()
    assert ask_once(server, b"hello") == b"hello", (
        "a socket from elsewhere (fd=, systemd) put into server.socket must"
        " be the one that is served"
    )
    with serving(server):
        assert exchange(server, b"again") == b"again", "by the loop as well"
    assert server.socket.fileno() == -1, "and the one that is closed"


@pytest.mark.about("BaseServer.handle_error")
def test_werkzeug_raises_in_handle_error_to_debug(impl, make_server):
    class Debugging(impl.TCPServer):
        def handle_error(self, request, client_address):
            request.close()
            raise sys.exc_info()[1]

    error = Trouble()
    server = make_server(Debugging, raising(error))
    with client(server), pytest.raises(Trouble) as caught:
        bounded(server.handle_request)
    assert caught.value is error, (
        "handle_error() runs while the error is being handled, and may let"
        " it go on"
    )


class Pool:
    """A mix-in like Paste's: a queue, and one thread that empties it."""

    def start_worker(self, work):
        self.requests = queue.SimpleQueue()
        self.worker = Background(self.empty_queue, work)

    def empty_queue(self, work):
        while (request := self.requests.get(timeout=DEADLINE)) is not None:
            work(*request)

    def process_request(self, request, client_address):
        self.requests.put((request, client_address))

    def stop_worker(self):
        self.requests.put(None)
        self.worker.result()


@pytest.mark.about("BaseServer.process_request")
def test_paste_finishes_requests_in_a_pool_of_its_own(impl, make_server):
    class Pooled(Pool, impl.TCPServer):
        def in_worker(self, request, client_address):
            try:
                self.finish_request(request, client_address)
            finally:
                self.close_request(request)

    server = make_server(Pooled)
    server.start_worker(server.in_worker)
    with serving(server):
        answers = [exchange(server, data) for data in (b"a", b"b", b"c")]
        server.stop_worker()
    assert answers == [b"a", b"b", b"c"], (
        "process_request() may hand the request to anybody: the loop must"
        " not touch it any more, and finish_request() and close_request()"
        " must work from another thread"
    )


@pytest.mark.about("ThreadingMixIn.process_request_thread")
def test_jsonrpclib_calls_process_request_thread_in_its_pool(
    impl, make_server, capsys
):
    class Pooled(Pool, impl.ThreadingTCPServer):
        pass

    def handler(request, client_address, server):
        data = request.recv(1024)
        request.sendall(data)
        if data == b"bad":
            raise Trouble

    server = make_server(Pooled, handler)
    server.start_worker(server.process_request_thread)
    with serving(server):
        answers = [exchange(server, data) for data in (b"bad", b"good")]
        server.stop_worker()
    assert answers == [b"bad", b"good"], (
        "process_request_thread() must do the whole work of a worker: it"
        " finishes, reports errors and shuts the request down"
    )
    assert "Trouble" in capsys.readouterr().err, "the error is reported"


@pytest.mark.about("BaseServer.handle_request")
def test_paste_runs_a_loop_of_its_own(impl, make_server):
    class Own(impl.TCPServer):
        running = True
        timeouts = 0

        def serve_forever(self, poll_interval=None):
            self.socket.settimeout(0.01)
            while self.running:
                self.handle_request()

        def handle_timeout(self):
            self.timeouts += 1
            quiet.set()

        def shutdown(self):
            self.running = False

    quiet = threading.Event()
    server = make_server(Own)
    with serving(server):
        assert exchange(server, b"hello") == b"hello", (
            "a loop of one's own over handle_request() must serve"
        )
        wait_for(
            quiet,
            "a timeout on the listening socket must let handle_request()"
            " come back, to look whether it shall go on",
        )


@pytest.mark.about("BaseServer.handle_request", "TCPServer.get_request")
def test_a_timeout_of_the_listener_is_not_the_connections(make_server):
    timeouts = []

    def handler(request, client_address, server):
        timeouts.append(request.gettimeout())

    server = make_server("TCPServer", handler)
    server.socket.settimeout(DEADLINE)
    with client(server):
        bounded(server.handle_request)
    assert timeouts == [None], (
        "an accepted connection blocks, whatever timeout the listener has"
    )


@pytest.mark.about("TCPServer.server_activate", "TCPServer.get_request")
def test_idlelib_connects_in_place_of_listening(impl):
    class Caller(impl.TCPServer):
        def server_bind(self):
            pass  # it is a client: no address of its own is wanted

        def server_activate(self):
            self.socket.connect(self.server_address)

        def get_request(self):
            return self.socket, self.server_address

    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        server = stack.enter_context(Caller(listener.getsockname(), echo))
        peer = stack.enter_context(listener.accept()[0])
        peer.settimeout(DEADLINE)
        peer.sendall(b"hello")
        bounded(server.handle_request)
        assert read_all(peer) == b"hello", (
            "server_bind(), server_activate() and get_request() are all that"
            " knows of listening: replaced, the server may be the one that"
            " connects"
        )


@pytest.mark.about("BaseServer.shutdown")
def test_pymodbus_pokes_its_handlers_before_it_shuts_down(impl, make_server):
    class Poking(impl.ThreadingTCPServer):
        def __init__(self, *args):
            self.connections = []
            super().__init__(*args)

        def process_request(self, request, client_address):
            self.connections.append(request)
            super().process_request(request, client_address)

        def shutdown(self):
            for connection in self.connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            super().shutdown()

    def handler(request, client_address, server):
        busy.set()
        read_all(request)  # until the client leaves, or somebody pokes

    busy = threading.Event()
    server = make_server(Poking, handler)
    with serving(server), client(server) as sock:
        wait_for(busy, "the handler must run")
        bounded(server.shutdown)
        bounded(
            server.server_close,
            promise="a handler whose connection was shut down has ended:"
            " server_close() must not wait any more",
        )
        assert sock.recv(1) == b"", "and its client sees the end"


@pytest.mark.about("StreamRequestHandler.finish")
def test_fakeredis_closes_its_files_before_finish(impl, make_server, capsys):
    class Own(impl.StreamRequestHandler):
        def handle(self):
            self.wfile.write(self.rfile.readline())

        def finish(self):
            self.wfile.close()
            self.rfile.close()
            super().finish()

    server = make_server("TCPServer", Own)
    assert ask_once(server, b"PING\n") == b"PING\n", (
        "what was written must have been sent"
    )
    assert capsys.readouterr().err == "", "finish() must not complain"


@pytest.mark.about("BaseServer._handle_request_noblock")
def test_odoo_overrides_handle_request_noblock(impl, make_server):
    class Limited(impl.ThreadingTCPServer):
        def _handle_request_noblock(self):
            slots.acquire(timeout=DEADLINE)
            super()._handle_request_noblock()

        def shutdown_request(self, request):
            super().shutdown_request(request)
            slots.release()

    slots = threading.Semaphore(1)
    server = make_server(Limited)
    with serving(server):
        assert [exchange(server, data) for data in (b"a", b"b")] == [
            b"a",
            b"b",
        ], "a limit in _handle_request_noblock() must hold each request"


@pytest.mark.about("BaseServer.finish_request")
def test_a_connection_may_be_wrapped_in_the_worker(impl, make_server):
    class Wrapper:
        """Stands for a TLS socket: everything goes through it."""

        def __init__(self, sock):
            self.sock = sock

        def sendall(self, data):
            self.sock.sendall(data[::-1])

        def recv(self, size):
            return self.sock.recv(size)

    class Wrapping(impl.ThreadingTCPServer):
        def finish_request(self, request, client_address):
            super().finish_request(Wrapper(request), client_address)

    server = make_server(Wrapping)
    assert ask_once(server, b"abc") == b"cba", (
        "finish_request() may hand another object to the handler; the"
        " request that is shut down is still the connection"
    )


@pytest.mark.about("TCPServer.get_request")
def test_a_connection_may_be_wrapped_when_it_is_accepted(impl, make_server):
    closed = []

    class Wrapper:
        def __init__(self, sock):
            self.sock = sock

        def __getattr__(self, name):
            return getattr(self.sock, name)

        def close(self):
            closed.append(self)
            self.sock.close()

    class Wrapping(impl.TCPServer):
        def get_request(self):
            connection, address = super().get_request()
            return Wrapper(connection), address

    server = make_server(Wrapping)
    assert ask_once(server, b"abc") == b"abc", "the wrapper is the request"
    assert len(closed) == 1, (
        "the request is what get_request() returned: nothing but its"
        " shutdown() and close() may be asked of it"
    )


@pytest.mark.about("TCPServer.finish_request")
def test_the_listener_is_free_for_attributes_of_the_user(make_server):
    server = make_server("TCPServer", ignore)
    server.colour = "green"
    seen = []
    server.RequestHandlerClass = lambda r, c, server: seen.append(
        server.colour
    )
    with client(server):
        bounded(server.handle_request)
    assert seen == ["green"], "a handler finds the server's own attributes"
