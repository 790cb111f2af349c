"""From accept to goodbye

Write what a `TCPServer` does with one client: `get_request` accepts it,
`shutdown_request` tells it that no more comes, and `close_request` closes the
server's end.
"""

import os

from companion.practise.format import Fill, Mistake
from tests.conformance.toolkit import bounded, client, is_closed

EXERCISE = Fill(
    teaches="the three moments of a connection, and the end in two steps",
    learned="The end has two steps: a word to the client, by `shutdown`, and "
    "the descriptor back to the kernel, by `close`.",
    symbols=(
        "TCPServer.get_request",
        "TCPServer.shutdown_request",
        "TCPServer.close_request",
    ),
    difficulty=2,
    hints=(
        "`accept` gives a pair: the connection and the client's address. "
        "That is what `get_request` promises.",
        "`shutdown` of a socket takes a direction. The server has nothing "
        "more to write; it does not mind what still comes in.",
        "A client that has left makes `shutdown` raise an OSError. That is "
        "no reason to leave the descriptor open.",
    ),
    mistakes=(
        Mistake(
            "The listener taken for the connection",
            "The listener is where clients knock. `accept` gives a second "
            "socket, for that client alone.",
            fails="accepts",
            edit=(
                "return self.socket.accept()",
                "return self.socket, self.server_address",
            ),
            symptom="The first client is hung up on, and the server with it.",
        ),
        Mistake(
            "Closed without a word",
            "`close` is about one descriptor. Where another process has a "
            "copy, the client hears nothing of it.",
            fails="says_goodbye",
            said="^TimeoutError",
            lacks=r"\.shutdown\(",
            edit=("request.shutdown(socket.SHUT_WR)", "pass"),
            symptom="A forked handler is done, and its client waits for more.",
        ),
        Mistake(
            "A goodbye, and the door left open",
            "After the goodbye the descriptor is still ours. The kernel takes "
            "it back when it is closed.",
            fails="closes",
            edit=(
                "except OSError:\n    pass\nself.close_request(request)",
                "except OSError:\n    pass",
            ),
            symptom="Each client costs a descriptor, although all are "
            "answered.",
        ),
        Mistake(
            "A client that has left taken for an error",
            "To say goodbye to somebody who is gone fails. That is the "
            "network's daily life.",
            fails="forgives_who_has_left",
            said="^OSError",
            edit=("except OSError:", "except KeyError:"),
            symptom="The log is full of OSErrors, one for each client that "
            "hung up first.",
        ),
    ),
)


def promise_accepts(yours):
    """`get_request` gives a client's connection and its address."""
    server = yours.TCPServer(("127.0.0.1", 0), print)
    with server, client(server) as sock:
        request, address = bounded(server.get_request)
        assert request is not server.socket, "it gave the listener"
        assert address == sock.getsockname(), f"the address is {address}"
        request.close()


def promise_says_goodbye(yours):
    """The client sees the end, although somebody has a copy."""
    server = yours.TCPServer(("127.0.0.1", 0), print)
    with server, client(server) as sock:
        request, _ = bounded(server.get_request)
        copy = os.dup(request.fileno())
        server.shutdown_request(request)
        try:
            assert sock.recv(1) == b""
        finally:
            os.close(copy)


def promise_closes(yours):
    """After the goodbye, the server's end is closed."""
    server = yours.TCPServer(("127.0.0.1", 0), print)
    with server, client(server):
        request, _ = bounded(server.get_request)
        server.shutdown_request(request)
        assert is_closed(request), "the connection is still open"


def promise_forgives_who_has_left(yours):
    """A client that has left needs no goodbye."""
    server = yours.TCPServer(("127.0.0.1", 0), print)
    with server, client(server):
        request, _ = bounded(server.get_request)
        request.close()
        server.shutdown_request(request)
