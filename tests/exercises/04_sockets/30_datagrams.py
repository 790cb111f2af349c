"""A server without connections

Write `UDPServer`: a `TCPServer` whose requests are datagrams. There is one
socket. It receives every client's packets, and nothing is accepted.
"""

import socket

from companion.practise.format import Fill, Mistake
from tests.conformance.toolkit import bounded, client, echo, is_closed

EXERCISE = Fill(
    teaches="what a request is where there is no connection",
    learned="For datagrams the request is the packet, and the socket that it "
    "came by. Nothing is opened for a client, so nothing may be closed.",
    symbols=("UDPServer",),
    difficulty=2,
    hints=(
        "Four methods of `TCPServer` make no sense without a connection. "
        "Which ones call `listen`, `accept`, `shutdown` and `close`?",
        "`recvfrom` returns two values: the bytes and where they came from.",
        "The handler needs the bytes and a way to answer: the request is a "
        "pair of both. The address is returned beside it.",
    ),
    mistakes=(
        Mistake(
            "The stream kept for datagrams",
            "The kind of socket is the first thing that changes: without "
            "`SOCK_DGRAM` the kernel makes a connection out of it.",
            fails="is_a_datagram_socket",
            edit=(
                "socket_type = socket.SOCK_DGRAM",
                "socket_type = socket.SOCK_STREAM",
            ),
            symptom="The server starts, and no packet ever arrives.",
        ),
        Mistake(
            "A datagram socket made to listen",
            "`listen` makes a queue of connections, and a datagram socket has "
            "none. To be bound is enough.",
            fails="starts",
            said="^OSError",
            edit=(
                "def server_activate(self) -> None:\n    pass",
                "def server_activate(self) -> None:\n"
                "    self.socket.listen(5)",
            ),
            symptom="The constructor raises OSError: operation not supported.",
        ),
        Mistake(
            "The socket left out of the request",
            "The handler is given the request and nothing else to answer by. "
            "Half of the request is the socket.",
            fails="gives_a_pair",
            edit=(
                "return (data, self.socket), client_address",
                "return data, client_address",
            ),
            symptom="The handler has the bytes and no way to answer.",
        ),
        Mistake(
            "The listener closed after the first packet",
            "The socket in the request is the server's own. Whoever closes it "
            "after a request closes the server.",
            fails="lives_on",
            edit=(
                "def close_request(self, request: Request) -> None:\n    pass",
                "def close_request(self, request: Request) -> None:\n"
                "    request[1].close()",
            ),
            symptom="The first client is answered, and nobody after it.",
        ),
    ),
)


def promise_is_a_datagram_socket(yours):
    """The server's socket sends and receives datagrams."""
    assert yours.UDPServer.socket_type == socket.SOCK_DGRAM


def promise_starts(yours):
    """A server can be made and closed."""
    yours.UDPServer(("127.0.0.1", 0), echo).server_close()


def promise_gives_a_pair(yours):
    """`get_request` returns the packet with the socket, and the address."""
    server = yours.UDPServer(("127.0.0.1", 0), echo)
    with server, client(server) as sock:
        sock.sendall(b"hello")
        request, address = bounded(server.get_request)
        assert request == (b"hello", server.socket), (
            f"the request is {request!r}"
        )
        assert address == sock.getsockname(), (
            f"the client's address is {address!r}"
        )


def promise_lives_on(yours):
    """The server's socket stays open after a request."""
    server = yours.UDPServer(("127.0.0.1", 0), echo)
    with server, client(server) as sock:
        sock.sendall(b"hello")
        bounded(server.handle_request)
        assert sock.recv(100) == b"hello"
        assert not is_closed(server.socket), "the listener was closed"


def promise_has_settings_of_its_own(yours):
    """What is set for streams, such as `allow_reuse_address`, is not its."""
    for name in ("allow_reuse_address", "allow_reuse_port"):
        setattr(yours.TCPServer, name, True)
        taken = getattr(yours.UDPServer, name)
        setattr(yours.TCPServer, name, False)
        assert not taken, f"{name} of all stream servers became its own"


def promise_closes_all_the_same(yours):
    """`shutdown_request` calls `close_request`, which a child may replace."""
    closed = []

    class Server(yours.UDPServer):
        def close_request(self, request):
            closed.append(request)

    with Server(("127.0.0.1", 0), echo) as server:
        server.shutdown_request((b"hello", server.socket))
        assert len(closed) == 1, (
            f"close_request was called {len(closed)} times"
        )
