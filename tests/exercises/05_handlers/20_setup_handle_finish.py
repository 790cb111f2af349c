"""Setup, handle, finish

Write the constructor of `BaseRequestHandler`. Making a handler is handling the
request: it remembers what it is given, then runs the three hooks. What was set
up is cleared away, whatever happens in between.
"""

from companion.practise.format import Fill, Mistake

EXERCISE = Fill(
    teaches="why making a handler handles the request, and what is certain",
    learned="The server makes an object and throws it away: all the work is "
    "in the constructor. `finish` runs whenever `setup` has come through.",
    covers=(
        "BaseRequestHandler.setup",
        "BaseRequestHandler.handle",
        "BaseRequestHandler.finish",
    ),
    symbols=("BaseRequestHandler.__init__",),
    difficulty=1,
    hints=(
        "Three attributes, then three calls. Every hook may use the "
        "attributes, so they come first.",
        "Which of the three calls must happen although another one failed?",
        "When `setup` fails, there is nothing to clear away. So it stands "
        "before the `try`.",
    ),
    mistakes=(
        Mistake(
            "Remembered too late",
            "`setup` uses `self.request`: it makes files of it. What hooks "
            "need must be there before they run.",
            fails="setup_knows_the_request",
            edit=(
                (
                    "self.request = request\n"
                    "self.client_address = client_address\n"
                    "self.server = server\n"
                    "self.setup()",
                    "self.setup()\n"
                    "self.request = request\n"
                    "self.client_address = client_address\n"
                    "self.server = server",
                ),
            ),
            symptom="AttributeError: the handler has no attribute "
            "'request', in `setup`.",
        ),
        Mistake(
            "An object that waits to be asked",
            "The server makes the handler and does nothing else with it. "
            "Nobody will call `handle`.",
            fails="runs_all_three",
            edit=(
                "self.setup()\ntry:\n    self.handle()\nfinally:\n"
                "    self.finish()",
                "",
            ),
            symptom="Clients connect and are hung up on. No error, no answer.",
        ),
        Mistake(
            "Cleared away only if all went well",
            "An error in `handle` leaves the constructor at once. Only "
            "`finally` is passed on the way.",
            fails="finishes_after_an_error",
            edit=(
                "try:\n    self.handle()\nfinally:\n    self.finish()",
                "self.handle()\nself.finish()",
            ),
            symptom="After an error, what was written before is not sent.",
        ),
        Mistake(
            "Clearing away what was never set up",
            "When `setup` fails, `finish` would fail over what is not there, "
            "and hide the first error behind a second.",
            fails="does_not_finish_what_was_not_set_up",
            edit=(
                "self.setup()\ntry:\n    self.handle()",
                "try:\n    self.setup()\n    self.handle()",
            ),
            symptom="The report speaks of a missing `wfile`. The error that "
            "came before it is further up.",
        ),
        Mistake(
            "The error swallowed",
            "The server wants to know: it reports the error, and a forked "
            "child makes its exit status of it.",
            fails="raises_what_went_wrong",
            edit=(
                "finally:\n    self.finish()",
                "except Exception:\n    pass\nself.finish()",
            ),
            symptom="A handler fails, and nobody ever hears of it.",
        ),
    ),
)


def noting(yours, *fails):
    """Return a handler class that notes its steps; some of them fail."""

    class Handler(yours.BaseRequestHandler):
        steps = []  # noqa: RUF012 (read by the promise)

        def setup(self):
            self.note("setup")

        def handle(self):
            self.note("handle")

        def finish(self):
            self.note("finish")

        def note(self, step):
            self.steps.append(step)
            if step in fails:
                raise ValueError(step)

    return Handler


def made(handler):
    """Make a handler; return what was raised."""
    try:
        handler("request", "client", "server")
    except Exception as error:
        return error


def promise_runs_all_three(yours):
    """Making a handler runs `setup`, `handle` and `finish`."""
    handler = noting(yours)
    made(handler)
    assert handler.steps == ["setup", "handle", "finish"], (
        f"it ran {handler.steps}"
    )


def promise_setup_knows_the_request(yours):
    """All hooks may use `request`, `client_address` and `server`."""

    class Handler(yours.BaseRequestHandler):
        def setup(self):
            seen.extend([self.request, self.client_address, self.server])

    seen = []
    error = made(Handler)
    assert seen == ["request", "client", "server"], (
        f"in `setup` there was {seen}: {error}"
    )


def promise_finishes_after_an_error(yours):
    """`finish` runs although `handle` has failed."""
    handler = noting(yours, "handle")
    made(handler)
    assert handler.steps[-1] == "finish", f"it ran {handler.steps}"


def promise_raises_what_went_wrong(yours):
    """An error of `handle` comes out."""
    error = made(noting(yours, "handle"))
    assert str(error) == "handle", f"what came out is {error!r}"


def promise_does_not_finish_what_was_not_set_up(yours):
    """When `setup` fails, `finish` does not run."""
    handler = noting(yours, "setup")
    made(handler)
    assert handler.steps == ["setup"], f"it ran {handler.steps}"
