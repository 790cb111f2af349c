"""What TCPServer promises: a loop with a socket."""

import socket
import struct

import pytest

from .peers import address_in_use, keep_diary
from .toolkit import (
    ask_once,
    bounded,
    client,
    echo,
    exchange,
    ignore,
    is_closed,
    read_all,
    serving,
)

HERE = ("127.0.0.1", 0)


def has_ipv6():
    """Say whether this machine lets us listen on ::1."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(
    not has_ipv6(), reason="this machine has no IPv6 address of its own"
)
needs_reuse_port = pytest.mark.skipif(
    not hasattr(socket, "SO_REUSEPORT"),
    reason="this platform has no SO_REUSEPORT",
)


@pytest.fixture
def unbound(make_server):
    """A TCPServer that is not bound yet."""
    return make_server("TCPServer", bind_and_activate=False)


@pytest.fixture
def pair():
    """A request and its client, connected; and the request once more.

    While the second copy is open, closing the first does not end the
    connection: whatever the client sees then was said aloud.
    """
    request, peer = socket.socketpair()
    with request, peer, request.dup() as copy:
        yield request, peer, copy


# -- The constructor


@pytest.mark.about("TCPServer.__init__")
def test_clients_can_connect_as_soon_as_the_server_is_made(make_server):
    server = make_server("TCPServer")
    try:
        with client(server):
            pass
    except ConnectionRefusedError:
        pytest.fail(
            "the constructor must bind and listen: from then on the kernel"
            " lets clients queue, before any loop runs"
        )


@pytest.mark.about("TCPServer.__init__")
def test_the_constructor_binds_then_activates(make_recording, journal):
    make_recording("TCPServer")
    assert journal.lines() == ["server_bind()", "server_activate()"], (
        "the constructor must call the two hooks, in this order"
    )


@pytest.mark.about("TCPServer.__init__")
def test_a_hook_of_the_constructor_finds_the_server_ready(impl, make_server):
    class Server(impl.TCPServer):
        def server_bind(self):
            assert self.RequestHandlerClass is echo, READY
            assert self.server_address == HERE, READY
            assert not is_closed(self.socket), READY
            super().server_bind()

    make_server(Server, echo)


READY = (
    "the handler, the address and the socket are there before any hook runs"
)


@pytest.mark.about("TCPServer.__init__")
def test_without_bind_and_activate_nothing_is_bound(make_recording, journal):
    server = make_recording("TCPServer", bind_and_activate=False)
    assert journal.lines() == [], (
        "with bind_and_activate=False neither hook may be called"
    )
    assert server.server_address == HERE, (
        "an address is kept as it was given until it is bound"
    )
    assert server.socket.getsockname()[1] == 0, (
        "with bind_and_activate=False there is a socket, without a port"
    )


@pytest.mark.about("TCPServer.server_bind", "TCPServer.server_activate")
def test_binding_and_activating_by_hand_makes_a_server(make_server):
    server = make_server("TCPServer", echo, bind_and_activate=False)
    server.server_bind()
    server.server_activate()
    assert ask_once(server) == b"hello", (
        "after the two hooks a server made with bind_and_activate=False is"
        " as good as any other"
    )


@pytest.mark.about("TCPServer.__init__")
@pytest.mark.parametrize("hook", ["server_bind", "server_activate"])
@pytest.mark.parametrize("error", [OSError, ValueError, KeyboardInterrupt])
def test_a_constructor_that_fails_closes_its_socket(impl, hook, error):
    seen = []

    def fail(server):
        seen.append(server)
        raise error("on purpose")

    def server_close(server):
        seen.append("server_close")
        impl.TCPServer.server_close(server)

    methods = {hook: fail, "server_close": server_close}
    with pytest.raises(error, match="on purpose"):
        # The error must come out of the constructor as it is.
        type("S", (impl.TCPServer,), methods)(HERE, ignore)
    server, *closing = seen
    try:
        assert closing == ["server_close"], (
            f"if {hook}() fails, whatever the error, the constructor must"
            " call server_close(): its caller gets no server to close"
        )
        assert is_closed(server.socket), "server_close() must close the socket"
    finally:
        server.socket.close()


@pytest.mark.about("TCPServer.__init__")
def test_an_address_in_use_is_an_error(impl, make_server):
    taken = make_server("TCPServer").server_address
    with pytest.raises(OSError, check=address_in_use):
        impl.TCPServer(taken, ignore).server_close()


@pytest.mark.about("TCPServer.__init__")
def test_the_base_class_is_called_by_its_name(impl):
    class Sibling(impl.BaseServer):
        def __init__(self, *args):
            pytest.fail(
                "super().__init__() asks the next class in line, which may"
                " take other arguments: call BaseServer.__init__(self, ...)"
            )

    class Server(impl.TCPServer, Sibling):
        pass

    Server(HERE, ignore).server_close()


# -- The address


@pytest.mark.about("TCPServer.server_bind")
def test_the_address_becomes_the_one_that_the_kernel_gave(make_server):
    server = make_server("TCPServer")
    assert server.server_address == server.socket.getsockname(), (
        "after bind(), server_address must be what getsockname() says"
    )
    assert server.server_address[1] != 0, (
        "who asks for port 0 must be told which port it became"
    )


@pytest.mark.about("TCPServer.server_bind")
def test_the_name_of_a_host_becomes_its_number(impl):
    with impl.TCPServer(("localhost", 0), ignore) as server:
        assert server.server_address[0].startswith("127."), (
            "after bind(), server_address must be what getsockname() says"
        )


@pytest.mark.about("TCPServer.server_bind")
def test_the_address_is_handed_to_bind_as_it_is(unbound):
    diary = keep_diary(unbound)
    unbound.server_address = HERE  # a last change of mind is fine
    unbound.server_bind()
    assert diary == [("bind", HERE)], (
        "an address is one value, the tuple (host, port); and no option is"
        " set unless the server's attributes ask for it"
    )


@pytest.mark.about("TCPServer.server_activate", "TCPServer.request_queue_size")
@pytest.mark.parametrize("size", [1, 77])
def test_request_queue_size_is_handed_to_listen(unbound, size):
    diary = keep_diary(unbound)
    unbound.request_queue_size = size
    unbound.server_bind()
    unbound.server_activate()
    assert diary[-1] == ("listen", size), (
        "request_queue_size says how many clients may queue"
    )


def setting(option):
    """Return the entry of a diary that switches a socket option on."""
    return ("setsockopt", socket.SOL_SOCKET, option, 1)


@pytest.mark.about("TCPServer.server_bind", "TCPServer.allow_reuse_address")
def test_allow_reuse_address_is_set_before_the_address_is_taken(unbound):
    diary = keep_diary(unbound)
    unbound.allow_reuse_address = True
    unbound.server_bind()
    assert diary == [setting(socket.SO_REUSEADDR), ("bind", HERE)], (
        "allow_reuse_address sets SO_REUSEADDR; after bind() it is too late"
    )


@needs_reuse_port
@pytest.mark.about("TCPServer.server_bind", "TCPServer.allow_reuse_port")
def test_allow_reuse_port_is_set_before_the_address_is_taken(unbound):
    diary = keep_diary(unbound)
    unbound.allow_reuse_port = True
    unbound.server_bind()
    assert diary == [setting(socket.SO_REUSEPORT), ("bind", HERE)], (
        "allow_reuse_port sets SO_REUSEPORT; after bind() it is too late"
    )


@needs_reuse_port
@pytest.mark.about("TCPServer.server_bind", "TCPServer.allow_reuse_port")
def test_address_and_port_can_be_reused_together(unbound):
    diary = keep_diary(unbound)
    unbound.allow_reuse_address = unbound.allow_reuse_port = True
    unbound.server_bind()
    assert diary == [
        setting(socket.SO_REUSEADDR),
        setting(socket.SO_REUSEPORT),
        ("bind", HERE),
    ], "each of the two attributes sets its own option, before bind()"


@needs_reuse_port
@pytest.mark.about("TCPServer.allow_reuse_port")
def test_with_allow_reuse_port_two_servers_share_a_port(impl):
    class Server(impl.TCPServer):
        allow_reuse_port = True

    with (
        Server(HERE, ignore) as one,
        Server(one.server_address, ignore) as two,
    ):
        assert one.server_address == two.server_address, (
            "both have asked to share: bind() must let them"
        )


@pytest.mark.about("TCPServer.address_family", "TCPServer.socket_type")
def test_the_family_and_type_of_the_socket_are_the_classs(impl, make_server):
    class Server(impl.TCPServer):
        address_family = socket.AF_INET6
        socket_type = socket.SOCK_DGRAM

    if not socket.has_ipv6:
        pytest.skip("this Python was built without IPv6")
    sock = make_server(Server, bind_and_activate=False).socket
    assert (sock.family, sock.type) == (socket.AF_INET6, socket.SOCK_DGRAM), (
        "the constructor must make the socket that address_family and"
        " socket_type ask for"
    )


@needs_ipv6
@pytest.mark.about("TCPServer.address_family")
def test_a_server_can_have_an_ipv6_address(impl):
    class Server(impl.TCPServer):
        address_family = socket.AF_INET6

    with Server(("::1", 0), echo) as server:
        assert ask_once(server) == b"hello", (
            "nothing but address_family may be special about IPv6"
        )
        assert len(server.server_address) == 4, (
            "an IPv6 address has four parts: nobody may take it for a pair"
        )


# -- The listener


@pytest.mark.about("TCPServer.fileno")
def test_the_servers_descriptor_is_its_sockets(make_server):
    server = make_server("TCPServer")
    assert server.fileno() == server.socket.fileno(), (
        "selectors watch the server itself, by its fileno()"
    )


@pytest.mark.about("TCPServer.server_close")
def test_closing_closes_the_listener(make_server):
    server = make_server("TCPServer")
    server.server_close()
    assert is_closed(server.socket), "server_close() must close the listener"
    with pytest.raises(ConnectionRefusedError), client(server):
        pass  # nobody is there any more
    server.server_close()  # once more is fine


@pytest.mark.about("TCPServer.server_close")
def test_closing_the_listener_leaves_connections_open(make_server):
    server = make_server("TCPServer")
    with client(server) as peer:
        request, _ = server.get_request()
        with request:
            server.server_close()
            request.sendall(b"still here")
            assert peer.recv(99) == b"still here", (
                "the listener and a connection are two sockets: closing the"
                " one must not harm the other"
            )


@pytest.mark.about("TCPServer.get_request")
def test_a_request_is_a_connection_and_the_clients_address(make_server):
    server = make_server("TCPServer")
    with client(server) as peer:
        request, client_address = server.get_request()
        with request:
            assert client_address == peer.getsockname(), (
                "get_request() returns what accept() does: the connection"
                " and the client's address"
            )
            assert request.getpeername() == peer.getsockname(), (
                "the request must be connected to this client"
            )


# -- The end of a request


def hears_the_end(peer):
    """Say whether a client has been told that no more comes."""
    peer.setblocking(False)
    try:
        return peer.recv(1) == b""
    except BlockingIOError:
        return False


@pytest.mark.about("TCPServer.shutdown_request")
def test_shutting_a_request_down_tells_the_client(make_server, pair):
    request, peer, _ = pair
    make_server("TCPServer").shutdown_request(request)
    assert hears_the_end(peer), (
        "shutdown_request() must call request.shutdown(): close() alone says"
        " nothing while a copy of the connection is open somewhere"
    )


@pytest.mark.about("TCPServer.shutdown_request")
def test_shutting_a_request_down_ends_one_direction(make_server, pair):
    request, peer, copy = pair
    make_server("TCPServer").shutdown_request(request)
    try:
        peer.sendall(b"late")
    except BrokenPipeError:
        pytest.fail("only our own direction ends: SHUT_WR, not SHUT_RDWR")
    assert copy.recv(9) == b"late", "what the client still says must arrive"


@pytest.mark.about("TCPServer.shutdown_request")
def test_shutting_a_request_down_closes_it_by_the_hook(impl, make_server):
    calls = []

    class Server(impl.TCPServer):
        def close_request(self, request):
            calls.append(("close_request", request))

    class Request:
        def shutdown(self, how):
            calls.append(("shutdown", how))

    request = Request()
    make_server(Server).shutdown_request(request)
    assert calls == [
        ("shutdown", socket.SHUT_WR),
        ("close_request", request),
    ], "first the goodbye, then close_request(), which may be overridden"


@pytest.mark.about("TCPServer.shutdown_request")
def test_a_client_that_is_gone_is_no_error(make_server):
    with socket.socket() as request:  # connected to nobody
        make_server("TCPServer").shutdown_request(request)
        assert is_closed(request), (
            "shutdown() raises OSError when the client is gone: that is no"
            " reason not to close the request"
        )


@pytest.mark.about("TCPServer.shutdown_request")
def test_other_errors_of_the_goodbye_come_out(make_server):
    class Request:
        def shutdown(self, how):
            raise ValueError("a mistake in the program")

        def close(self):
            pass

    with pytest.raises(ValueError, match="a mistake"):
        # Who swallows more than OSError hides the program's mistakes.
        make_server("TCPServer").shutdown_request(Request())


@pytest.mark.about("TCPServer.close_request")
def test_closing_a_request_says_nothing_to_the_client(make_server, pair):
    request, peer, _ = pair
    make_server("TCPServer").close_request(request)
    assert is_closed(request), "close_request() must close the request"
    assert not hears_the_end(peer), (
        "close_request() must only close: with shutdown() it would end the"
        " connection for a forked child that is still using it"
    )


# -- Serving


@pytest.mark.about("TCPServer")
def test_requests_are_served_one_after_the_other(make_server):
    log = []

    def handler(request, client_address, server):
        log.append("in")
        echo(request, client_address, server)
        log.append("out")

    server = make_server("TCPServer", handler)
    with client(server) as one, client(server) as two, client(server) as three:
        for number, peer in enumerate((one, two, three)):
            peer.sendall(b"%d" % number)
        for _ in range(3):
            bounded(server.handle_request)
        answers = [read_all(peer) for peer in (one, two, three)]
    assert answers == [b"0", b"1", b"2"], "first come, first served"
    assert log == ["in", "out"] * 3, (
        "a plain TCPServer finishes one request before it takes the next"
    )


@pytest.mark.about("TCPServer")
def test_a_server_serves_many_clients(make_server):
    server = make_server("TCPServer", echo)
    with serving(server):
        answers = {exchange(server, b"%d" % n) for n in range(20)}
    assert len(answers) == 20, "each of twenty clients must get its answer"


@pytest.mark.about("TCPServer")
def test_two_servers_do_not_get_in_each_others_way(make_server):
    one, two = make_server("TCPServer", echo), make_server("TCPServer", echo)
    with serving(one), serving(two):
        answers = exchange(one, b"one"), exchange(two, b"two")
    assert answers == (b"one", b"two"), "two servers must share nothing"


@pytest.mark.about("TCPServer")
def test_a_large_answer_arrives_whole(make_server):
    large = bytes(range(256)) * 4096  # a megabyte does not fit any buffer

    def handler(request, client_address, server):
        request.sendall(large)

    server = make_server("TCPServer", handler)
    with serving(server):
        assert exchange(server, b"") == large, (
            "the end must be said after the last byte, not in its place"
        )


@pytest.mark.about("TCPServer")
def test_a_client_that_hangs_up_does_not_stop_the_server(make_server):
    def handler(request, client_address, server):
        try:
            echo(request, client_address, server)
        except ConnectionResetError:
            resets.append(client_address)

    resets = []
    server = make_server("TCPServer", handler)
    with client(server) as peer:
        reset_on_close = struct.pack("ii", 1, 0)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset_on_close)
    bounded(server.handle_request)
    assert resets, "the handler must meet the client that has hung up"
    assert ask_once(server) == b"hello", (
        "the next client must be served as if nothing had happened"
    )
