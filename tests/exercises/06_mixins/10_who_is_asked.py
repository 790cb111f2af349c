"""Who is asked first?

Two servers are made of the same two parents, in another order. Python looks a
method up along the method resolution order, from left to right, and takes the
first that it finds. Say for each server which class supplies the method.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="the order of the parents decides whose method runs",
    learned="A mix-in works only in front: what stands behind a class that "
    "has the method is never asked, and nobody says so.",
    covers=("ThreadingMixIn.process_request", "ThreadingMixIn.server_close"),
    difficulty=1,
    hints=(
        "Write down the method resolution order of each class, from left to "
        "right: `Swapped.__mro__` is what Python goes by.",
        "A class that inherits a method is no end of the search for a class "
        "behind it: Python asks the parents of TCPServer before it asks a "
        "mix-in that stands to the right.",
        "Two of the three methods are written in both lines of ancestors, "
        "one in one line only. Find out which one, in minisocketserver/.",
    ),
    program="""
        from minisocketserver import TCPServer, ThreadingMixIn


        class Mixed(ThreadingMixIn, TCPServer):
            pass


        class Swapped(TCPServer, ThreadingMixIn):
            pass
    """,
    questions=(
        Question("mixed", "Whose `process_request` does `Mixed` have?"),
        Question("swapped", "Whose `process_request` does `Swapped` have?"),
        Question("closing", "Whose `server_close` does `Swapped` have?"),
        Question(
            "thread",
            "Whose `process_request_thread` does `Swapped` have? If none, "
            "say None.",
        ),
    ),
    mistakes=(
        Mistake(
            "The server taken for the last word",
            "The mix-in stands in front, so it is asked before TCPServer and "
            "all of its parents. That is what it stands there for.",
            fails="mixed",
            answer="TCPServer",
            symptom="You expect that a server made of ThreadingMixIn and "
            "TCPServer serves one client after the other.",
        ),
        Mistake(
            "Mix-ins swapped, and no harm expected",
            "TCPServer and its parent BaseServer come first, and BaseServer "
            "has a `process_request`. The search ends there: the server is "
            "threaded by name only.",
            fails="swapped",
            answer="ThreadingMixIn",
            symptom="A server is made of TCPServer and ThreadingMixIn. The "
            "second client waits until the first is done.",
        ),
        Mistake(
            "Inherited taken for written",
            "A TCPServer has a `process_request`, but does not write it: it "
            "has it from its parent. Whose it is, is where it is written.",
            fails="swapped",
            answer="TCPServer",
            symptom="You look for `process_request` in tcp.py, and it is not "
            "there.",
        ),
        Mistake(
            "Closing expected from the root",
            "BaseServer has a `server_close`, too, but TCPServer stands "
            "before it and has one of its own.",
            fails="closing",
            answer="BaseServer",
            symptom="You expect that closing the server leaves the listener "
            "open.",
        ),
        Mistake(
            "A mix-in behind taken for a mix-in that is gone",
            "The mix-in is still a parent. What no class in front of it has, "
            "is found there. It is there, and nobody calls it.",
            fails="thread",
            answer=None,
            symptom="You expect an AttributeError from a server whose mix-in "
            "stands behind.",
        ),
    ),
)


def answers(seen):
    def owner(cls, name):
        return next(
            (each.__name__ for each in cls.__mro__ if name in vars(each)), None
        )

    return {
        "mixed": owner(seen.Mixed, "process_request"),
        "swapped": owner(seen.Swapped, "process_request"),
        "closing": owner(seen.Swapped, "server_close"),
        "thread": owner(seen.Swapped, "process_request_thread"),
    }
