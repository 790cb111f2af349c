"""What UDPServer promises: the same loop, without connections."""

import socket

import pytest

from .peers import address_in_use, keep_diary
from .toolkit import (
    DEADLINE,
    ask_once,
    bounded,
    client,
    echo,
    exchange,
    ignore,
    is_closed,
    serving,
)

HERE = ("127.0.0.1", 0)


class Keeping:
    """A handler that keeps what it was called with."""

    def __init__(self):
        self.requests = []
        self.addresses = []

    def __call__(self, request, client_address, server):
        self.requests.append(request)
        self.addresses.append(client_address)


def send_and_handle(server, *datagrams):
    """Send datagrams to a server; handle one request for each."""
    with client(server) as sock:
        for data in datagrams:
            sock.send(data)
        for _ in datagrams:
            bounded(server.handle_request)
        return sock.getsockname()


# -- The socket


@pytest.mark.about("UDPServer.socket_type")
def test_a_udp_server_has_a_datagram_socket_with_an_address(make_server):
    server = make_server("UDPServer")
    assert server.socket.type == socket.SOCK_DGRAM, (
        "socket_type decides which socket the constructor makes"
    )
    assert server.server_address == server.socket.getsockname(), (
        "after bind(), server_address must be what getsockname() says"
    )


@pytest.mark.about("UDPServer.server_activate")
def test_nobody_listens_for_datagrams(make_server):
    server = make_server("UDPServer", bind_and_activate=False)
    diary = keep_diary(server)
    server.server_bind()
    server.server_activate()
    assert diary == [("bind", HERE)], (
        "listen() is for connections: on a datagram socket it is an error,"
        " so server_activate() must do nothing"
    )


@pytest.mark.about("UDPServer.allow_reuse_address")
def test_a_udp_port_can_be_reused_if_asked(make_server):
    server = make_server("UDPServer", bind_and_activate=False)
    diary = keep_diary(server)
    server.allow_reuse_address = True
    server.server_bind()
    assert diary == [
        ("setsockopt", socket.SOL_SOCKET, socket.SO_REUSEADDR, 1),
        ("bind", HERE),
    ], "allow_reuse_address must work for datagrams as it does for TCP"


@pytest.mark.about("UDPServer.server_bind")
def test_a_udp_address_in_use_is_an_error(impl, make_server):
    taken = make_server("UDPServer").server_address
    with pytest.raises(OSError, check=address_in_use):
        impl.UDPServer(taken, ignore).server_close()


@pytest.mark.about("UDPServer.server_close")
def test_closing_a_udp_server_closes_its_socket(make_server):
    server = make_server("UDPServer")
    server.server_close()
    assert is_closed(server.socket), "server_close() must close the socket"


# -- Requests


@pytest.mark.about("UDPServer.get_request")
def test_a_request_is_the_datagram_and_the_servers_socket(make_server):
    handler = Keeping()
    server = make_server("UDPServer", handler)
    address = send_and_handle(server, b"hello")
    assert handler.requests == [(b"hello", server.socket)], (
        "without a connection, a request is the pair of the datagram and the"
        " socket by which to answer: the server's own"
    )
    assert handler.addresses == [address], (
        "client_address says who sent the datagram"
    )


@pytest.mark.about("UDPServer.get_request")
def test_an_empty_datagram_is_a_request_too(make_server):
    handler = Keeping()
    server = make_server("UDPServer", handler)
    send_and_handle(server, b"")
    assert [data for data, _ in handler.requests] == [b""], (
        "an empty datagram is not an end of anything: it must be handled"
    )


@pytest.mark.about("UDPServer.get_request")
def test_each_datagram_is_a_request_of_its_own(make_server):
    handler = Keeping()
    server = make_server("UDPServer", handler)
    send_and_handle(server, b"one", b"two", b"three")
    assert [data for data, _ in handler.requests] == [
        b"one",
        b"two",
        b"three",
    ], "each datagram is a request, and they come in the order they arrived"


@pytest.mark.about("UDPServer.max_packet_size", "UDPServer.get_request")
def test_a_datagram_is_cut_at_max_packet_size(make_server):
    handler = Keeping()
    server = make_server("UDPServer", handler)
    server.max_packet_size = 4
    send_and_handle(server, b"overlong", b"next")
    assert [data for data, _ in handler.requests] == [b"over", b"next"], (
        "what is longer than max_packet_size is cut off, and lost: it must"
        " not come back as a request of its own"
    )


@pytest.mark.about("UDPServer.max_packet_size")
def test_8192_bytes_fit_in_a_datagram_and_no_more(make_server):
    handler = Keeping()
    server = make_server("UDPServer", handler)
    send_and_handle(server, bytes(8192), bytes(8193))
    assert [len(data) for data, _ in handler.requests] == [8192, 8192], (
        "max_packet_size is 8192 unless somebody changes it"
    )


# -- Nothing to close


@pytest.mark.about("UDPServer.close_request", "UDPServer.shutdown_request")
@pytest.mark.parametrize("method", ["close_request", "shutdown_request"])
def test_the_end_of_a_request_is_not_the_end_of_the_socket(
    make_server, method
):
    server = make_server("UDPServer")
    getattr(server, method)((b"data", server.socket))
    assert not is_closed(server.socket), (
        f"{method}() must not close the socket in the request: it is the"
        " server's, and all clients come by it"
    )


@pytest.mark.about("UDPServer.shutdown_request")
def test_shutting_a_datagram_down_is_closing_it(make_server):
    server, calls = make_server("UDPServer"), []
    server.close_request = calls.append
    request = (b"data", server.socket)
    server.shutdown_request(request)
    assert calls == [request], (
        "a subclass may override close_request(), so shutdown_request() must"
        " call it, once"
    )


@pytest.mark.about("UDPServer.close_request")
def test_an_error_does_not_stop_a_udp_server(make_server):
    def handler(request, client_address, server):
        if request[0] == b"bad":
            raise ValueError
        echo(request, client_address, server)

    server = make_server("UDPServer", handler)
    reported = []
    server.handle_error = lambda *args: reported.append(args)
    address = send_and_handle(server, b"bad")
    assert reported == [((b"bad", server.socket), address)], (
        "handle_error() takes the request and the client's address"
    )
    assert ask_once(server, b"good") == b"good", (
        "after an error the socket must still be open for the next client"
    )


@pytest.mark.about("UDPServer.get_request")
def test_a_rejected_datagram_is_dropped(impl, make_server):
    class Server(impl.UDPServer):
        def verify_request(self, request, client_address):
            return request[0] != b"bad"

    handler = Keeping()
    server = make_server(Server, handler)
    send_and_handle(server, b"bad", b"good")
    assert [data for data, _ in handler.requests] == [b"good"], (
        "a datagram that verify_request() turned away must not be handled,"
        " and the next one must"
    )


# -- Answers


@pytest.mark.about("UDPServer")
def test_the_answer_comes_from_the_servers_address(make_server):
    server = make_server("UDPServer", echo)
    with serving(server), socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.settimeout(DEADLINE)
        sock.sendto(b"hello", server.server_address)
        assert sock.recvfrom(99) == (b"hello", server.server_address), (
            "a client knows an answer by the address that it comes from: it"
            " must be the one that was asked"
        )


@pytest.mark.about("UDPServer")
def test_each_client_gets_its_own_answer(make_server):
    server = make_server("UDPServer", echo)
    with client(server) as one, client(server) as two:
        one.send(b"one")
        two.send(b"two")
        bounded(server.handle_request)
        bounded(server.handle_request)
        assert (one.recv(99), two.recv(99)) == (b"one", b"two"), (
            "each datagram must be answered to its own sender"
        )


@pytest.mark.about("UDPServer")
def test_a_udp_server_serves_many_datagrams(make_server):
    server = make_server("UDPServer", echo)
    with serving(server):
        answers = [exchange(server, b"%d" % n) for n in range(20)]
    assert answers == [b"%d" % n for n in range(20)], (
        "each of twenty datagrams must get its answer"
    )
