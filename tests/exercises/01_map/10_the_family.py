"""The family

Four servers and a mix-in, asked by Python's own means who descends from whom.
`parent` gives the class that stands first behind `class Name(...)`. Say what
the program finds out.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="the tree of classes: who inherits from whom, and what does not",
    learned="Servers form one tree, and a mix-in stands outside of it. To "
    "inherit code is one thing, to be the same kind of thing is another.",
    difficulty=1,
    hints=(
        "The picture of the family in chapter 1 has a line for each parent. "
        "Follow it upwards.",
        "A class that is made of a mix-in and a server takes all it does "
        "from the two. Look at minisocketserver/combined.py: how long is it?",
        "A mix-in has no loop and no socket. What would it be without a "
        "server behind it?",
    ),
    program="""
        from minisocketserver import (
            BaseServer,
            TCPServer,
            ThreadingMixIn,
            ThreadingTCPServer,
            UDPServer,
            UnixDatagramServer,
        )


        def parent(cls):
            return cls.__bases__[0].__name__


        def own_methods(cls):
            mine = vars(cls).items()
            return [name for name, value in mine if callable(value)]


        of_packets = parent(UDPServer)
        of_paths = parent(UnixDatagramServer)
        is_server = issubclass(ThreadingMixIn, BaseServer)
        how_many = len(own_methods(ThreadingTCPServer))
    """,
    questions=(
        Question(
            "udp",
            "Which class is `of_packets`, the parent of UDPServer?",
            choices=("BaseServer", "TCPServer"),
        ),
        Question(
            "unix",
            "Which class is `of_paths`, the parent of UnixDatagramServer?",
        ),
        Question("mixin", "Is `is_server` True or False?"),
        Question(
            "methods",
            "What is `how_many`, the number of methods that stand in "
            "ThreadingTCPServer itself?",
        ),
    ),
    mistakes=(
        Mistake(
            "The better design expected",
            "A UDPServer has no connections, so it is no kind of TCPServer. "
            "But it needs the same constructor and the same way to take an "
            "address, and whoever wrote it wanted to write these once.",
            fails="udp",
            answer="BaseServer",
            symptom="You expect that `isinstance(server, TCPServer)` is False "
            "for a server that speaks no TCP.",
        ),
        Mistake(
            "Sorted by the address, not by what is sent",
            "To live at a path is one attribute. To serve packets is four "
            "methods, and these are what it inherits: from UDPServer.",
            fails="unix",
            answer="UnixStreamServer",
            symptom="You look for the code of UnixDatagramServer among the "
            "servers that accept connections.",
        ),
        Mistake(
            "A mix-in taken for a server",
            "It has no loop and no socket. It changes one decision of the "
            "server that it is mixed with, and is nothing alone.",
            fails="mixin",
            answer=True,
            symptom="You make a ThreadingMixIn, and wonder that it takes no "
            "address.",
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
        "udp": seen.of_packets,
        "unix": seen.of_paths,
        "mixin": seen.is_server,
        "methods": seen.how_many,
    }
