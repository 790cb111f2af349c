"""Whose method is it?

A server is used, and some other class supplies what it does. `owner` walks
along the classes in the order in which Python searches them, and stops at the
first that has the name. Say where each of the four is found.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="which class supplies which part of a server",
    learned="The loop comes from the top, the address from the middle, the "
    "packets from below. One object, and the code of four classes.",
    covers=("BaseServer.serve_forever", "TCPServer.server_bind"),
    difficulty=1,
    hints=(
        "Four questions make a server: when does it run, where do clients "
        "come from, what do they want, who does the work. Which class "
        "answers which?",
        "Python takes the nearest class that has the name. UDPServer brings "
        "what is different for packets, and nothing else.",
        "One of the four names belongs to a handler. A server *has* a "
        "handler class; it does not inherit from it.",
    ),
    program="""
        from minisocketserver import UnixDatagramServer


        def owner(name):
            for cls in UnixDatagramServer.__mro__:
                if name in vars(cls):
                    return cls.__name__
            return None


        loop = owner("serve_forever")
        request = owner("get_request")
        address = owner("server_bind")
        work = owner("handle")
    """,
    questions=(
        Question("serving", "What is `loop`?"),
        Question("fetching", "What is `request`?"),
        Question("binding", "What is `address`?"),
        Question("handling", "What is `work`?"),
    ),
    mistakes=(
        Mistake(
            "The class of the object taken for the class of the code",
            "The object is a UnixDatagramServer. That class has one attribute "
            "and no method: everything else is found further up.",
            fails="serving",
            answer="UnixDatagramServer",
            symptom="You search for `serve_forever` in the file of the class "
            "that you use, and it is not there.",
        ),
        Mistake(
            "Packets expected to be accepted",
            "`accept` is for connections, and packets have none. Whoever "
            "serves packets needs a `get_request` that receives one.",
            fails="fetching",
            answer="TCPServer",
            symptom="You expect that a UDP server calls `accept`.",
        ),
        Mistake(
            "A new way to bind expected for packets",
            "An address is taken in the same way, whatever is sent there "
            "later. That is the code for which UDPServer inherits.",
            fails="binding",
            answer="UDPServer",
            symptom="You expect that each kind of server has a `server_bind` "
            "of its own.",
        ),
        Mistake(
            "A handler taken for a part of the server",
            "The server makes a handler for each request. It is another "
            "object, of another family.",
            fails="handling",
            answer="BaseRequestHandler",
            symptom="You write `handle` into the server, and it is never "
            "called.",
        ),
    ),
)


def answers(seen):
    return {
        "serving": seen.loop,
        "fetching": seen.request,
        "binding": seen.address,
        "handling": seen.work,
    }
