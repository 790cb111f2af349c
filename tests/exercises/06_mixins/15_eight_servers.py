"""Eight servers without a line of code

Name the parents of eight classes. Two mix-ins and four servers: every pair of
them is a class, and all that there is to write is the parents and their order.
`UnixStreamServer` and `UnixDatagramServer` are there for you, too.
"""

import socket

from companion.practise.format import Fill, Mistake
from tests.conformance.toolkit import (
    Background,
    Waiting,
    bounded,
    client,
    is_closed,
    wait_for,
)

EXERCISE = Fill(
    teaches="how two parents, in the right order, make a new server",
    learned="Nothing is written for a pair. The mix-in stands in front, so it "
    "is asked first; what it does not have, the server has.",
    symbols=(
        "ThreadingTCPServer",
        "ThreadingUDPServer",
        "ForkingTCPServer",
        "ForkingUDPServer",
        "ThreadingUnixStreamServer",
        "ThreadingUnixDatagramServer",
        "ForkingUnixStreamServer",
        "ForkingUnixDatagramServer",
    ),
    difficulty=2,
    hints=(
        "Each name tells both of its parents. `...` in the brackets stands "
        "for two names and a comma.",
        "Both parents have a `process_request`, by way of BaseServer. Which "
        "one shall be found first?",
        "Whatever changes a method stands before whatever has it. So the "
        "class whose name ends in `MixIn` comes first.",
    ),
    mistakes=(
        Mistake(
            "The line copied, and the server left as it was",
            "The transport is the second parent's affair. With TCPServer in "
            "that place, a UDP server makes connections.",
            fails="has_its_socket",
            has=r"class ThreadingUDPServer\(ThreadingMixIn, TCPServer\)",
            edit=(
                "class ThreadingUDPServer(ThreadingMixIn, UDPServer):",
                "class ThreadingUDPServer(ThreadingMixIn, TCPServer):",
            ),
            symptom="Packets are sent to the server, and none arrives.",
        ),
        Mistake(
            "A path given to a server of ports",
            "Unix servers differ from the others by one attribute, the family "
            "of addresses. It comes with the parent that has it.",
            fails="has_its_socket",
            has=r"class \w+UnixDatagramServer\(\w+, UDPServer\)",
            edit=(
                "class ThreadingUnixDatagramServer(ThreadingMixIn, "
                "UnixDatagramServer):",
                "class ThreadingUnixDatagramServer(ThreadingMixIn, "
                "UDPServer):",
            ),
            symptom="A TypeError says that an address has to be a tuple, not "
            "a str.",
        ),
        Mistake(
            "The mix-in forgotten",
            "A name does nothing. Without a mix-in among its parents the "
            "server takes one request at a time.",
            fails="has_its_mix_in",
            lacks=r"class ForkingUDPServer\(\w+, \w+",
            edit=(
                "class ForkingUDPServer(ForkingMixIn, UDPServer):",
                "class ForkingUDPServer(UDPServer):",
            ),
            symptom="One slow client keeps all the others waiting.",
        ),
        Mistake(
            "Threads in a server that shall fork",
            "The first parent says who does the work. A thread shares the "
            "memory with all others, a process has its own.",
            fails="has_its_mix_in",
            has=r"class Forking\w+\(ThreadingMixIn",
            edit=(
                "class ForkingTCPServer(ForkingMixIn, TCPServer):",
                "class ForkingTCPServer(ThreadingMixIn, TCPServer):",
            ),
            symptom="A handler that crashes takes the whole server with it.",
        ),
        Mistake(
            "Both mix-ins at once",
            "Each of them replaces `process_request`, and one of the two is "
            "never asked. But closing goes through both.",
            fails="has_one_way_to_work",
            edit=(
                "class ForkingTCPServer(ForkingMixIn, TCPServer):",
                "class ForkingTCPServer(ForkingMixIn, ThreadingMixIn, "
                "TCPServer):",
            ),
            symptom="The server was to have threads and processes, and has "
            "processes.",
        ),
        Mistake(
            "The mix-in behind the server",
            "TCPServer has a `process_request`, inherited from BaseServer, "
            "and it is found before the mix-in is asked.",
            fails="asks_the_mix_in_first",
            edit=(
                "class ThreadingTCPServer(ThreadingMixIn, TCPServer):",
                "class ThreadingTCPServer(TCPServer, ThreadingMixIn):",
            ),
            symptom="The class has ThreadingMixIn among its parents, and "
            "serves one client after the other.",
        ),
    ),
)

MIX_INS = ("Threading", "Forking")
SOCKETS = {
    "TCPServer": (socket.AF_INET, socket.SOCK_STREAM),
    "UDPServer": (socket.AF_INET, socket.SOCK_DGRAM),
    "UnixStreamServer": (socket.AF_UNIX, socket.SOCK_STREAM),
    "UnixDatagramServer": (socket.AF_UNIX, socket.SOCK_DGRAM),
}


def pairs(yours):
    """Yield each class, its mix-in, the other mix-in and its socket."""
    for mix_in in MIX_INS:
        for server, kind in SOCKETS.items():
            first, other = sorted(MIX_INS, key=lambda name: name != mix_in)
            yield (
                getattr(yours, f"{mix_in}{server}"),
                getattr(yours, f"{first}MixIn"),
                getattr(yours, f"{other}MixIn"),
                kind,
            )


def promise_has_its_socket(yours):
    """Each has the family of addresses and the kind of socket it says."""
    for cls, _, _, kind in pairs(yours):
        found = (
            getattr(cls, "address_family", None),
            getattr(cls, "socket_type", None),
        )
        assert found == kind, f"{cls.__name__} has {found}"


def promise_has_its_mix_in(yours):
    """Each has the mix-in that its name tells among its parents."""
    for cls, mix_in, _, _ in pairs(yours):
        assert issubclass(cls, mix_in), (
            f"{cls.__name__} has no {mix_in.__name__} among its parents"
        )


def promise_has_one_way_to_work(yours):
    """None has both mix-ins."""
    for cls, _, other, _ in pairs(yours):
        assert not issubclass(cls, other), (
            f"{cls.__name__} has the {other.__name__}, too"
        )


def promise_asks_the_mix_in_first(yours):
    """`process_request` of each is that of its mix-in."""
    for cls, mix_in, _, _ in pairs(yours):
        assert cls.process_request is mix_in.process_request, (
            f"the `process_request` of {cls.__name__} is "
            f"{cls.process_request.__qualname__}"
        )


def promise_closes_both(yours):
    """Closing one closes the listener and waits for the handlers."""
    handler = Waiting()
    server = yours.ThreadingTCPServer(("127.0.0.1", 0), handler)
    with client(server):
        bounded(server.handle_request)
        wait_for(handler.present, "the client was not handled")
        closing = Background(server.server_close)
        handler.leave.set()
        closing.result()
    assert is_closed(server.socket), "the listener is open"
