"""What the two Unix servers promise: the same by a path."""

import contextlib
import os
import socket
import stat
import sys
from pathlib import Path

import pytest

from .peers import address_in_use
from .toolkit import (
    ask_once,
    bounded,
    client,
    echo,
    exchange,
    ignore,
    is_closed,
    needs_unix,
    read_all,
    serving,
)

pytestmark = needs_unix
needs_linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="a speciality of Linux"
)
both = pytest.mark.parametrize(
    "kind", ["UnixStreamServer", "UnixDatagramServer"]
)
about_both = pytest.mark.about("UnixStreamServer", "UnixDatagramServer")


@both
@about_both
def test_a_unix_server_answers_at_its_path(make_server, kind):
    server = make_server(kind, echo)
    with serving(server):
        answers = exchange(server, b"one"), exchange(server, b"two")
    assert answers == (b"one", b"two"), (
        "with address_family = AF_UNIX everything else must work as before"
    )


# -- The path


@both
@about_both
def test_binding_makes_a_file_at_the_path(impl, sockets, kind):
    path = sockets.fresh()
    with getattr(impl, kind)(path, ignore) as server:
        assert server.server_address == path, "a path comes back as it was"
        assert stat.S_ISSOCK(Path(path).stat().st_mode), (
            "bind() must leave a socket at the path"
        )


@both
@about_both
def test_without_bind_and_activate_there_is_no_file(impl, sockets, kind):
    path = sockets.fresh()
    with getattr(impl, kind)(path, ignore, bind_and_activate=False):
        assert not Path(path).exists(), (
            "with bind_and_activate=False nothing may be bound"
        )


@both
@about_both
def test_closing_leaves_the_file_behind(impl, sockets, kind):
    path = sockets.fresh()
    server = getattr(impl, kind)(path, ignore)
    server.server_close()
    assert is_closed(server.socket), "server_close() must close the socket"
    assert Path(path).exists(), (
        "server_close() closes the socket; the file is its owner's business"
    )


@both
@about_both
@pytest.mark.parametrize("reuse", [False, True])
def test_a_path_that_exists_is_in_use(impl, sockets, kind, reuse):
    class Server(getattr(impl, kind)):
        allow_reuse_address = reuse

        def server_close(self):
            super().server_close()
            closed.append(self)

    closed = []
    path = sockets.fresh()
    Server(path, ignore).server_close()
    with pytest.raises(OSError, check=address_in_use):
        # Even a file that no server is behind any more is in the way, and
        # allow_reuse_address is for ports.
        Server(path, ignore).server_close()
    assert is_closed(closed[-1].socket), "a server that failed must be closed"


@both
@about_both
def test_a_path_is_free_again_once_the_file_is_gone(impl, sockets, kind):
    path = sockets.fresh()
    for _ in range(2):
        with getattr(impl, kind)(path, echo) as server:
            assert ask_once(server) == b"hello", (
                "a new server must be able to take the path"
            )
        Path(path).unlink()


@both
@about_both
def test_a_path_too_long_for_the_kernel_is_an_error(impl, sockets, kind):
    closed = []

    class Server(getattr(impl, kind)):
        def server_close(self):
            super().server_close()
            closed.append(self)

    with pytest.raises(OSError, match="too long"):
        Server(sockets.fresh() + 200 * "x", ignore)
    assert is_closed(closed[0].socket), "a server that failed must be closed"


# -- Names without a file


def abstract_name():
    """Return an abstract name that no other test run takes."""
    return f"\0minisocketserver {os.getpid()} {os.urandom(4).hex()}"


@needs_linux
@both
@about_both
@pytest.mark.parametrize("convert", [str, str.encode])
def test_an_abstract_name_comes_back_as_bytes(impl, kind, convert):
    name = abstract_name()
    with getattr(impl, kind)(convert(name), echo) as server:
        assert server.server_address == name.encode(), (
            "a name that starts with a zero byte is in no folder; the kernel"
            " gives it back as bytes"
        )
        assert ask_once(server) == b"hello", "clients must find it there"


@needs_linux
@both
@about_both
def test_an_abstract_name_is_free_again_after_closing(impl, kind):
    name = abstract_name()
    for _ in range(2):
        # A second time, it would be an error if the first had stayed.
        getattr(impl, kind)(name, ignore).server_close()


# -- Streams


@pytest.mark.about("UnixStreamServer.get_request")
def test_a_unix_stream_client_mostly_has_no_address(make_server):
    server = make_server("UnixStreamServer")
    with client(server):
        request, client_address = server.get_request()
        with request:
            assert client_address == "", (
                "a client that was not bound has no name"
            )


@pytest.mark.about("UnixStreamServer.get_request")
def test_a_unix_stream_client_that_was_bound_has_an_address(
    make_server, sockets
):
    server = make_server("UnixStreamServer")
    with socket.socket(socket.AF_UNIX) as peer:
        peer.bind(sockets.fresh())
        peer.connect(server.server_address)
        request, client_address = server.get_request()
        with request:
            assert client_address == peer.getsockname(), (
                "client_address must be the path that the client has bound"
            )


@pytest.mark.about("UnixStreamServer.shutdown_request")
def test_a_unix_stream_client_sees_the_end(make_server):
    server = make_server("UnixStreamServer", ignore)
    with client(server) as peer:
        bounded(server.handle_request)
        assert read_all(peer) == b"", "the client must see the end"


@needs_linux
@pytest.mark.about("UnixStreamServer.request_queue_size")
def test_beyond_request_queue_size_unix_clients_are_turned_away(
    impl, make_server
):
    class Server(impl.UnixStreamServer):
        request_queue_size = 1

    server = make_server(Server)
    third = socket.socket(socket.AF_UNIX)
    third.setblocking(False)
    with contextlib.ExitStack() as clients:
        for sock in (client(server), client(server), third):
            clients.enter_context(sock)
        with pytest.raises(BlockingIOError):
            # One more than asked for may queue on Linux, and no third.
            third.connect(server.server_address)


# -- Datagrams


@pytest.mark.about("UnixDatagramServer.get_request")
def test_a_bound_datagram_client_is_known_by_its_path(make_server):
    seen = []
    server = make_server("UnixDatagramServer", lambda *args: seen.append(args))
    with client(server) as sock:
        sock.send(b"hello")
        bounded(server.handle_request)
        assert seen == [
            ((b"hello", server.socket), sock.getsockname(), server)
        ], "a client that can be answered has bound a path of its own"


@pytest.mark.about("UnixDatagramServer.get_request")
def test_an_unbound_datagram_client_has_no_address(make_server):
    seen = []
    server = make_server("UnixDatagramServer", lambda *args: seen.append(args))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"hello", server.server_address)
        bounded(server.handle_request)
    assert seen == [((b"hello", server.socket), None, server)], (
        "a client that was not bound cannot be answered: its address is None"
    )


@pytest.mark.about("UnixDatagramServer.max_packet_size")
def test_a_unix_datagram_is_cut_too(make_server):
    server = make_server("UnixDatagramServer", echo)
    server.max_packet_size = 4
    assert ask_once(server, b"overlong") == b"over", (
        "max_packet_size counts for these datagrams too"
    )
    assert ask_once(server, b"next") == b"next", "what was cut off is lost"
