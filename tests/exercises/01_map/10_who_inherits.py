"""Who inherits from whom?

Say it before you look it up. Two of the answers surprise most people.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="the tree of the servers, and that a UDPServer is a TCPServer",
    learned="The tree was drawn for thrift: who inherits from whom says who "
    "shares code with whom, and not always what is what.",
    covers=("UDPServer.server_activate",),
    difficulty=1,
    hints=(
        "The drawing on top of minisocketserver/__init__.py has the whole "
        "tree.",
        "A Unix stream server differs from a server for the network by its "
        "address family alone.",
        "A handler is made by a server and is none: its family is another "
        "tree.",
    ),
    program="""
        import minisocketserver as s

        udp = s.UDPServer.__bases__[0].__name__
        datagrams = s.UnixDatagramServer.__bases__[0].__name__
        mixin = s.ThreadingMixIn.__bases__[0].__name__
        is_a_server = issubclass(s.StreamRequestHandler, s.BaseServer)

        inside = vars(s.ThreadingTCPServer).values()
        how_many = len([each for each in inside if callable(each)])
    """,
    questions=(
        Question("udp", "Whose child is `UDPServer`?"),
        Question("datagrams", "Whose child is `UnixDatagramServer`?"),
        Question("mixin", "Whose child is `ThreadingMixIn`?"),
        Question(
            "is_a_server",
            "Is a `StreamRequestHandler` a `BaseServer`? True or False.",
        ),
        Question(
            "methods",
            "What is `how_many`, the number of methods that stand in "
            "ThreadingTCPServer itself?",
        ),
    ),
    mistakes=(
        Mistake(
            "A tree drawn by what things are",
            "It would be clean, and it would cost a second copy of the "
            "constructor, of `server_bind` and more. So the child inherits "
            "them and switches off the rest.",
            fails="udp",
            answer="BaseServer",
            symptom="You expect that no code of a TCPServer runs in a "
            "UDPServer.",
        ),
        Mistake(
            "The transport put above the datagrams",
            "What makes it a datagram server takes four methods, what makes "
            "it a Unix server takes one attribute. So the datagrams are "
            "inherited.",
            fails="datagrams",
            answer="UnixStreamServer",
            symptom="You expect to find `recvfrom` written down once more.",
        ),
        Mistake(
            "A mix-in taken for a server",
            "It has a few methods and no life of its own. It becomes a server "
            "together with one.",
            fails="mixin",
            answer="BaseServer",
            symptom="You try to make an object of a mix-in.",
        ),
        Mistake(
            "A handler taken for a server",
            "A server lives as long as the program, a handler as long as one "
            "request. The server makes it.",
            fails="is_a_server",
            answer=True,
            symptom="You look for `serve_forever` in a handler.",
        ),
        Mistake(
            "Code expected in the mixture",
            "All that a mixture says is who its parents are, and in which "
            "order. What it does, the two parents do.",
            fails="methods",
            answer=1,
            symptom="You open the class ThreadingTCPServer to see how it "
            "works, and find nothing in it.",
        ),
    ),
)


def answers(seen):
    return {
        "udp": seen.udp,
        "datagrams": seen.datagrams,
        "mixin": seen.mixin,
        "is_a_server": seen.is_a_server,
        "methods": seen.how_many,
    }
