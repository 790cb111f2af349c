"""From which class does it come?

A class has many methods that it does not write itself. Say which class
supplies each of these to a `UnixDatagramServer`.
"""

from companion.practise.format import Mistake, Predict, Question

CHOICES = ("BaseServer", "TCPServer", "UDPServer", "UnixDatagramServer")

EXERCISE = Predict(
    teaches="how far up the tree Python looks for a method",
    learned="Python takes the first class that has the name, from the class "
    "upwards. A method that does nothing is found like any other.",
    covers=(
        "TCPServer.server_bind",
        "BaseServer.serve_forever",
        "BaseServer.server_activate",
        "BaseServer.service_actions",
        "UDPServer.close_request",
    ),
    difficulty=2,
    hints=(
        "Go up from UnixDatagramServer: UDPServer, TCPServer, BaseServer. "
        "The first that has the name supplies it.",
        "Some methods are written to do nothing. They count as well: "
        "otherwise the parent's would be found.",
        "Who binds a socket must have one; who runs a loop need not.",
    ),
    program="""
        from minisocketserver import UnixDatagramServer


        def supplier(name):
            for cls in UnixDatagramServer.__mro__:
                if name in vars(cls):
                    return cls.__name__
            return None
    """,
    questions=(
        Question("loop", "Who supplies `serve_forever`?", CHOICES),
        Question("bind", "Who supplies `server_bind`?", CHOICES),
        Question("activate", "Who supplies `server_activate`?", CHOICES),
        Question("close", "Who supplies `close_request`?", CHOICES),
        Question("actions", "Who supplies `service_actions`?", CHOICES),
        Question("work", "Who supplies `handle`?", (*CHOICES, None)),
    ),
    mistakes=(
        Mistake(
            "The loop looked for in the class with the socket",
            "The loop asks for a descriptor and for the next request. Whose "
            "socket that is, it does not know.",
            fails="loop",
            answer="TCPServer",
            symptom="You look for `serve_forever` in tcp.py, and it is not "
            "there.",
        ),
        Mistake(
            "Binding thought to depend on the transport",
            "`bind` takes whatever address the family of the socket knows. "
            "One method does for all four.",
            fails="bind",
            answer="UnixDatagramServer",
            symptom="You write a `server_bind` for Unix sockets that does "
            "what the inherited one does.",
        ),
        Mistake(
            "Every class thought to bind for itself",
            "To bind is the same for datagrams and for streams. UDPServer "
            "writes what differs, and takes the rest from its parent.",
            fails="bind",
            answer="UDPServer",
            symptom="You look for `server_bind` in udp.py, and it is not "
            "there.",
        ),
        Mistake(
            "An empty method overlooked",
            "UDPServer has one that does nothing, on purpose: the parent's "
            "would call `listen`.",
            fails="activate",
            answer="TCPServer",
            symptom="You wonder why a datagram server does not fail in "
            "`listen`.",
        ),
        Mistake(
            "Closing thought to close",
            "A datagram brings no connection. What the parent would close is "
            "the listener itself.",
            fails="close",
            answer="TCPServer",
            symptom="You expect a datagram server to close something after "
            "each request.",
        ),
        Mistake(
            "A handler taken for a part of the server",
            "The server makes a handler for each request. It is another "
            "object, of another family, and `handle` is a method of that.",
            fails="work",
            answer="BaseServer",
            symptom="You write `handle` into the server, and it is never "
            "called.",
        ),
    ),
)

ASKED = {
    "loop": "serve_forever",
    "bind": "server_bind",
    "activate": "server_activate",
    "close": "close_request",
    "actions": "service_actions",
    "work": "handle",
}


def answers(seen):
    return {name: seen.supplier(method) for name, method in ASKED.items()}
