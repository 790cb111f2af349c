"""A listening socket

Write the life of a `TCPServer`: the constructor makes the socket, binds it and
lets clients queue; `server_bind` takes the address and learns which one it
became; `server_activate` listens; `server_close` gives the socket back.
"""

import socket

from companion.practise.format import Fill, Mistake
from tests.conformance.toolkit import is_closed

EXERCISE = Fill(
    teaches="from a socket to a server: bind, listen, and who closes",
    learned="A constructor that fails has to clean up after itself, because "
    "its caller gets no server to close.",
    covers=("BaseServer.__init__", "BaseServer.server_close"),
    symbols=(
        "TCPServer.__init__",
        "TCPServer.fileno",
        "TCPServer.server_bind",
        "TCPServer.server_activate",
        "TCPServer.server_close",
    ),
    difficulty=3,
    hints=(
        "First what the parent remembers, then the socket, then bind, then "
        "listen. The last two only where they are asked for.",
        "Options of a socket come before `bind`. Whether to set them, the "
        "class's attributes say.",
        "Whoever asked for port 0 wants to know which one it became: the "
        "socket can tell, by `getsockname`.",
        "If binding or listening fails, close the server and raise the error "
        "again.",
    ),
    mistakes=(
        Mistake(
            "Port 0 is what one asked for",
            "The kernel has chosen a port. Who does not ask the socket for it "
            "keeps the 0, to which no client can connect.",
            fails="learns_its_address",
            edit=("self.server_address = self.socket.getsockname()", "pass"),
            symptom="`server.server_address` says port 0.",
        ),
        Mistake(
            "A socket lost in the constructor",
            "The caller has an error and no server. Nobody else can close "
            "the socket.",
            fails="closes_what_it_could_not_bind",
            edit=("self.server_close()\n        raise", "raise"),
            symptom="Each try to start the server on a port that is taken "
            "costs a descriptor.",
        ),
        Mistake(
            "No queue for clients",
            "A bound socket has an address and no queue. `listen` makes one, "
            "and from there on clients can connect.",
            fails="lets_clients_queue",
            said="^ConnectionRefusedError",
            edit=("self.socket.listen(self.request_queue_size)", "pass"),
            symptom="The server has a port, and every client is refused.",
        ),
        Mistake(
            "Bound although it should wait",
            "With `bind_and_activate=False` the caller wants to set options "
            "first. After `bind` they come too late.",
            fails="waits_if_told_so",
            edit=("if not bind_and_activate:", "if False:"),
            symptom="Options that were set on the socket after the "
            "constructor have no effect.",
        ),
        Mistake(
            "The address may be used again, and nobody told the kernel",
            "The attribute is a wish. `setsockopt`, before `bind`, is what "
            "makes it true.",
            fails="allows_reuse",
            edit=("if self.allow_reuse_address and", "if False and"),
            symptom="A server that is started again finds its address in use "
            "for a minute.",
        ),
        Mistake(
            "The listener left open",
            "`server_close` is the end of the server: its descriptor and its "
            "port go back to the kernel.",
            fails="closes",
            edit=("self.socket.close()", "pass"),
            symptom="After `server_close`, the port is still taken.",
        ),
    ),
)


def made(yours, **attributes):
    """Return a server of a class with some attributes."""
    cls = type("Server", (yours.TCPServer,), attributes)
    return cls(("127.0.0.1", 0), print)


def promise_learns_its_address(yours):
    """`server_address` is the address that the server was given."""
    with made(yours) as server:
        address = server.server_address
        assert address == server.socket.getsockname(), f"it says {address}"


def promise_lets_clients_queue(yours):
    """Clients can connect before anybody calls `accept`."""
    with made(yours) as server:
        socket.create_connection(server.socket.getsockname(), 1).close()


def promise_has_a_descriptor(yours):
    """`fileno` is the descriptor of the socket."""
    with made(yours) as server:
        assert server.fileno() == server.socket.fileno()


def promise_allows_reuse(yours):
    """`allow_reuse_address` becomes an option of the socket."""
    with made(yours, allow_reuse_address=True) as server:
        asked = socket.SOL_SOCKET, socket.SO_REUSEADDR
        assert server.socket.getsockopt(*asked), "the option is not set"


def promise_waits_if_told_so(yours):
    """With `bind_and_activate=False`, nothing is bound."""
    server = yours.TCPServer(("127.0.0.1", 0), print, bind_and_activate=False)
    with server:
        port = server.socket.getsockname()[1]
        assert port == 0, "the socket is bound already"


def promise_closes(yours):
    """`server_close` closes the socket."""
    server = made(yours)
    server.server_close()
    closed = is_closed(server.socket)
    server.socket.close()
    assert closed, "the listener is still open"


def promise_closes_what_it_could_not_bind(yours):
    """A constructor that fails leaves no socket behind."""
    kept = []

    class Server(yours.TCPServer):
        def server_bind(self):
            kept.append(self.socket)
            raise OSError("taken")

    error = None
    try:
        Server(("127.0.0.1", 0), print)
    except OSError as raised:
        error = raised
    assert str(error) == "taken", f"what came out is {error!r}"
    assert is_closed(kept[0]), "the socket was left open"


def promise_allows_sharing(yours):
    """`allow_reuse_port` becomes an option, where there is one."""
    option = getattr(socket, "SO_REUSEPORT", None)
    with made(yours, allow_reuse_port=True) as server:
        shared = option is None or server.socket.getsockopt(
            socket.SOL_SOCKET, option
        )
        assert shared, "the option is not set"
