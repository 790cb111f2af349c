"""Who is next in line?

`super()` means: the next class in line. Which one that is, depends on the
object, not on the class in which it is written. Say what each of these notes.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="what super() means in a class that has no server yet",
    learned="A mix-in calls `super()` without knowing who that will be. So "
    "two mix-ins can stand in front of one server, and each does its part.",
    covers=("ThreadingMixIn.server_close", "ForkingMixIn.server_close"),
    difficulty=3,
    hints=(
        "Write down the line of each class: first itself, then its parents "
        "from left to right, and a parent of two comes after both.",
        "Follow one call along the line. It goes on only where somebody "
        "calls `super()`.",
        "`Silent` has the method and does not pass the call on. What stands "
        "behind it is not asked.",
    ),
    program="""
        class Server:
            def close(self):
                notes.append("server")


        class Counting(Server):
            def close(self):
                notes.append("counting")
                super().close()


        class Logging(Server):
            def close(self):
                super().close()
                notes.append("logging")


        class Silent(Server):
            def close(self):
                notes.append("silent")


        class Both(Counting, Logging):
            pass


        class Cut(Counting, Silent, Logging):
            pass


        def noted(cls):
            notes.clear()
            cls().close()
            return list(notes)


        notes = []
        both = noted(Both)
        cut = noted(Cut)
        alone = noted(Counting)
    """,
    questions=(
        Question("both", "What does `Both` note?"),
        Question("cut", "What does `Cut` note?"),
        Question("alone", "What does `Counting` note, on its own?"),
    ),
    mistakes=(
        Mistake(
            "The parent taken for the next",
            "`super()` in Counting is not its parent: it is the next in the "
            "line of the object, and that is Logging.",
            fails="both",
            answer=["counting", "server"],
            symptom="You expect that the second mix-in is left out.",
        ),
        Mistake(
            "The root asked twice",
            "Each class stands in the line once. The root comes after all "
            "that inherit from it.",
            fails="both",
            answer=["counting", "server", "server", "logging"],
            symptom="You expect that a server is closed twice.",
        ),
        Mistake(
            "Before and after confused",
            "Logging passes the call on first and notes then. So its note "
            "comes last.",
            fails="both",
            answer=["counting", "logging", "server"],
            symptom="You expect a mix-in to do its part before the server "
            "does, wherever `super()` stands.",
        ),
        Mistake(
            "A call that goes on by itself",
            "Whoever does not call `super()` ends the line, and nobody says "
            "so. A mix-in without it takes away what stands behind.",
            fails="cut",
            answer=["counting", "silent", "server", "logging"],
            symptom="A mix-in was put in between, and the listener is not "
            "closed any more.",
        ),
    ),
)


def answers(seen):
    return {"both": seen.both, "cut": seen.cut, "alone": seen.alone}
