"""Making is handling

A handler writes down which of its hooks run. It is made three times: once all
goes well, once `handle` fails, once `setup` fails. Then comes a handler whose
`setup` does not call `super().setup()`. Say what is written down, and which
error comes out.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="the constructor runs setup, handle and finish, in that order",
    learned="Making a handler is handling the request. `finish` clears away "
    "what `setup` has made, so it runs after a failed `handle` and not after "
    "a failed `setup`.",
    covers=(
        "BaseRequestHandler.__init__",
        "BaseRequestHandler.setup",
        "BaseRequestHandler.handle",
        "BaseRequestHandler.finish",
    ),
    difficulty=1,
    hints=(
        "Nobody calls `handle` in this program, and yet it runs. Read the "
        "constructor of BaseRequestHandler in minisocketserver/handlers.py.",
        "Two of the three calls stand in a `try` with a `finally`. The third "
        "stands before it.",
        "Forgetful inherits `finish`. What does that need, who makes it, and "
        "what happens to an error when another one is raised in `finally`?",
    ),
    program="""
        from minisocketserver import BaseRequestHandler, StreamRequestHandler

        calls = []


        class Told(BaseRequestHandler):
            def setup(self):
                calls.append("setup")
                if self.request == "bad setup":
                    raise ValueError

            def handle(self):
                calls.append("handle")
                if self.request == "bad handle":
                    raise ValueError

            def finish(self):
                calls.append("finish")


        def made(request):
            calls.clear()
            try:
                Told(request, "somebody", None)
            except ValueError:
                calls.append("ValueError")
            return list(calls)


        first = made("good")
        second = made("bad handle")
        third = made("bad setup")


        class Forgetful(StreamRequestHandler):
            def setup(self):
                self.words = {}

            def handle(self):
                raise KeyError(self.request)


        try:
            Forgetful("hello", "somebody", None)
        except Exception as error:
            came_out = type(error)
    """,
    questions=(
        Question("good", "What is in `first`? A list of names."),
        Question("bad_handle", "What is in `second`?"),
        Question("bad_setup", "What is in `third`?"),
        Question("error", "Which exception is `came_out`? Its name."),
    ),
    mistakes=(
        Mistake(
            "A constructor expected to prepare only",
            "This one calls the three hooks itself. When it returns, the "
            "request has been handled.",
            fails="good",
            answer=[],
            symptom="You make a handler, look for the call of `handle`, and "
            "find none in the whole server.",
        ),
        Mistake(
            "An error expected to jump over `finish`",
            "`handle` stands in a `try` whose `finally` calls `finish`: an "
            "answer that was written before the error is still sent.",
            fails="bad_handle",
            answer=["setup", "handle", "ValueError"],
            symptom="You expect that a handler which fails leaves its files "
            "open.",
        ),
        Mistake(
            "An error expected to be caught in the handler",
            "`finally` catches nothing: it does its part, and the error goes "
            "on. Reporting it is the server's affair.",
            fails="bad_handle",
            answer=["setup", "handle", "finish"],
            symptom="You wait for the handler to report its own error.",
        ),
        Mistake(
            "Cleared away what was never made",
            "`setup` stands before the `try`. When it fails, there may be no "
            "file that `finish` could close.",
            fails="bad_setup",
            answer=["setup", "finish", "ValueError"],
            symptom="You expect `finish` to put right what `setup` has left "
            "half done.",
        ),
        Mistake(
            "Setup without super, and no harm expected",
            "`finish` runs after the KeyError and wants to close `wfile`, "
            "which nobody has made. Its own error comes out in place of the "
            "true one.",
            fails="error",
            answer="KeyError",
            symptom="The report ends with: no attribute 'wfile'. The handler "
            "never uses `wfile`.",
        ),
    ),
)


def answers(seen):
    return {
        "good": seen.first,
        "bad_handle": seen.second,
        "bad_setup": seen.third,
        "error": seen.came_out.__name__,
    }
