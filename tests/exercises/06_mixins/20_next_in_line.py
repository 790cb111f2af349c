"""The next in line

Small classes are put in front of a server. Each has a `server_close`, and some
of them call `super().server_close()`. Say which of them run when the server is
closed, and in which order.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="super means the next in line, whoever that is",
    learned="`super()` goes on along the line of the object's own class. "
    "Whoever does not call it ends the line for all that stand behind.",
    covers=("ThreadingMixIn.server_close", "BaseServer.server_close"),
    difficulty=2,
    hints=(
        "Write the line of each class, from left to right: First is Polite, "
        "ThreadingMixIn, Server, BaseServer, object.",
        "`super()` in a method of Polite does not ask the parent of Polite. "
        "It asks the class that comes after Polite in that line.",
        "ThreadingMixIn writes nothing down, but it has a `server_close` and "
        "calls `super`. A class that does not call it is where the line ends.",
    ),
    program="""
        from minisocketserver import BaseServer, ThreadingMixIn

        calls = []


        class Server(BaseServer):
            def server_close(self):
                calls.append("Server")
                super().server_close()


        class Polite:
            def server_close(self):
                calls.append("Polite")
                super().server_close()


        class Late:
            def server_close(self):
                super().server_close()
                calls.append("Late")


        class Rude:
            def server_close(self):
                calls.append("Rude")


        class First(Polite, ThreadingMixIn, Server):
            pass


        class Second(Late, Polite, Server):
            pass


        class Third(Polite, Rude, Server):
            pass


        def closed(cls):
            calls.clear()
            cls("address", "handler").server_close()
            return list(calls)


        first, second, third = map(closed, (First, Second, Third))
    """,
    questions=(
        Question("through", "What is in `first`? A list of names."),
        Question(
            "after_polite",
            "In `First`, which class does the `super()` in `Polite` ask?",
        ),
        Question("backwards", "What is in `second`?"),
        Question("cut_short", "What is in `third`?"),
    ),
    mistakes=(
        Mistake(
            "The line expected to end at a class of the library",
            "ThreadingMixIn calls `super`, too: closing goes through it to "
            "the server behind.",
            fails="through",
            answer=["Polite"],
            symptom="You expect that a threaded server leaves its listener "
            "open.",
        ),
        Mistake(
            "`super` taken for the parent",
            "Polite has no parent but `object`, and that has no "
            "`server_close`. But `super` asks the next in the line of the "
            "object's class, and that is First.",
            fails="after_polite",
            answer="object",
            symptom="You expect an AttributeError from a mix-in that calls "
            "`super` and has no parent.",
        ),
        Mistake(
            "A class in between passed over",
            "ThreadingMixIn stands behind Polite, so it is asked first, and "
            "asks the Server itself.",
            fails="after_polite",
            answer="Server",
            symptom="You expect a mix-in to talk to the server alone, and "
            "wonder why the order of mix-ins matters.",
        ),
        Mistake(
            "What stands first expected to finish first",
            "Late asks the others before it writes. They are done when it "
            "comes to its own line.",
            fails="backwards",
            answer=["Late", "Polite", "Server"],
            symptom="You look for a report at the start of closing that is "
            "written at its end.",
        ),
        Mistake(
            "A line that goes on by itself",
            "Python calls one method. Whether the next one is called is up to "
            "that method: Rude does not ask.",
            fails="cut_short",
            answer=["Polite", "Rude", "Server"],
            symptom="One mix-in without `super`, and the listener stays open "
            "for ever.",
        ),
    ),
)


def answers(seen):
    line = seen.First.__mro__
    behind = line[line.index(seen.Polite) + 1 :]
    return {
        "through": seen.first,
        "after_polite": next(
            each.__name__ for each in behind if "server_close" in vars(each)
        ),
        "backwards": seen.second,
        "cut_short": seen.third,
    }
