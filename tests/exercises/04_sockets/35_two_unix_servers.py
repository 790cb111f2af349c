"""Two servers on one machine

Write `UnixStreamServer` and `UnixDatagramServer`. They live at a path, and
their clients on the same machine. Each has a parent that does nearly all of
it. Say what is different: it is very little.
"""

import socket

from companion.practise.format import Fill, Mistake
from tests.conformance.toolkit import (
    SocketFolder,
    ask_once,
    client,
    echo,
    exchange,
    serving,
)

EXERCISE = Fill(
    teaches="how far one gets with an attribute, where the parent keeps its "
    "choices in attributes",
    learned="Two attributes make four servers: the family says how addresses "
    "look, the type says what is sent. The methods are inherited.",
    symbols=("UnixStreamServer", "UnixDatagramServer"),
    difficulty=2,
    hints=(
        "The constructor of the parent makes the socket, and takes the "
        "family from an attribute. When does it ask for it?",
        "`socket` has a constant for each family. AF_INET is the one for "
        "hosts and ports; which one is for Unix?",
        "Four methods are different for datagrams. Which parent has them "
        "already?",
    ),
    mistakes=(
        Mistake(
            "A path in the family of hosts and ports",
            "AF_INET addresses are pairs of host and port. A path needs the "
            "family AF_UNIX.",
            fails="starts",
            said="must be tuple",
            lacks="__init__",
            edit=(
                "class UnixStreamServer(TCPServer):\n"
                "    address_family = socket.AF_UNIX",
                "class UnixStreamServer(TCPServer):\n"
                "    address_family = socket.AF_INET",
            ),
            symptom="TypeError: AF_INET address must be tuple, not str.",
        ),
        Mistake(
            "The attribute set when the socket is made already",
            "The constructor of the parent makes and binds the socket. What "
            "is set after it comes too late: it belongs into the class.",
            fails="starts",
            has=r"super\(\)\.__init__",
            edit=(
                "class UnixStreamServer(TCPServer):\n"
                "    address_family = socket.AF_UNIX",
                "class UnixStreamServer(TCPServer):\n"
                "    def __init__(self, *args):\n"
                "        super().__init__(*args)\n"
                "        self.address_family = socket.AF_UNIX",
            ),
            symptom="You set the family in `__init__`, and the server "
            "complains about the address all the same.",
        ),
        Mistake(
            "Forgotten `super().__init__`",
            "A constructor of your own replaces the one of the parent. "
            "Nobody remembers the address, and nobody makes a socket.",
            fails="starts",
            said="has no attribute",
            lacks=r"super\(\)\.__init__",
            edit=(
                "class UnixStreamServer(TCPServer):\n"
                "    address_family = socket.AF_UNIX",
                "class UnixStreamServer(TCPServer):\n"
                "    def __init__(self, *args):\n"
                "        self.address_family = socket.AF_UNIX",
            ),
            symptom="AttributeError: the server has no attribute 'socket'.",
        ),
        Mistake(
            "Datagrams below the server for streams",
            "Both live at a path, and only one of them accepts connections. "
            "All that is different for packets, UDPServer has.",
            fails="sends_datagrams",
            edit=(
                "class UnixDatagramServer(UDPServer):",
                "class UnixDatagramServer(UnixStreamServer):",
            ),
            symptom="The datagram server can be made, and its clients fail: "
            "wrong type for the socket.",
        ),
        Mistake(
            "Packets where connections were asked for",
            "The name says it: a stream is what TCPServer serves. UDPServer "
            "is the parent of the other one.",
            fails="accepts_connections",
            edit=(
                "class UnixStreamServer(TCPServer):",
                "class UnixStreamServer(UDPServer):",
            ),
            symptom="A client that wants a stream cannot connect, although "
            "the file of the socket is there.",
        ),
    ),
)


def made(cls, folder):
    """Return a server at a path of its own."""
    return cls(folder.fresh(), echo)


def promise_starts(yours):
    """A server for streams can be made at a path."""
    with SocketFolder() as folder:
        server = made(yours.UnixStreamServer, folder)
        try:
            family = server.socket.family
        finally:
            server.server_close()
        assert family == socket.AF_UNIX, f"its socket is of {family!r}"


def promise_accepts_connections(yours):
    """A client connects to the path and is answered."""
    with SocketFolder() as folder:
        server = made(yours.UnixStreamServer, folder)
        assert server.socket.type == socket.SOCK_STREAM, (
            f"its socket is a {server.socket.type!r}"
        )
        with serving(server):
            answer = exchange(server, b"hello")
        assert answer == b"hello", f"the answer is {answer!r}"


def promise_sends_datagrams(yours):
    """A datagram to the path is answered by one."""
    with SocketFolder() as folder:
        server = made(yours.UnixDatagramServer, folder)
        with server:
            kind = server.socket.family, server.socket.type
            assert kind == (socket.AF_UNIX, socket.SOCK_DGRAM), (
                f"its socket is of {kind!r}"
            )
            answer = ask_once(server, b"hello")
        assert answer == b"hello", f"the answer is {answer!r}"


def promise_knows_who_has_sent(yours):
    """A datagram's address is the path that its client has bound."""
    with SocketFolder() as folder:
        server = made(yours.UnixDatagramServer, folder)
        with server, client(server) as sock:
            sock.sendall(b"hello")
            _, address = server.get_request()
            assert address == sock.getsockname(), f"it is {address!r}"
