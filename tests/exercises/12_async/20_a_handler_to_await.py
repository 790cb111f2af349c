"""A handler that is awaited

A constructor cannot be put aside in the middle, so an asynchronous handler
does its work when it is awaited. Write the three methods: the constructor,
which remembers, and raises `TypeError` where no loop runs; `__await__`, which
hands out an iterator; and `_run`, which does what the constructor of
`BaseRequestHandler` does, an `await` a step.
"""

import asyncio

from companion.practise.format import Fill, Mistake

EXERCISE = Fill(
    teaches="what it takes to be awaited, and what must happen in any case",
    learned="To be awaited is to have `__await__`. A cancelled handler is "
    "told by an exception, and still has its `finish`.",
    covers=(
        "AsyncBaseRequestHandler.setup",
        "AsyncBaseRequestHandler.finish",
    ),
    symbols=(
        "AsyncBaseRequestHandler.__init__",
        "AsyncBaseRequestHandler.__await__",
        "AsyncBaseRequestHandler._run",
    ),
    difficulty=3,
    hints=(
        "The order is the old one: setup, handle, and finish in any case. "
        "Each of the three is an `async def`.",
        "A coroutine has an `__await__` of its own. Yours may hand out what "
        "that of `_run` returns.",
        "A task that is cancelled gets an `asyncio.CancelledError` out of its "
        "`await`. Note it in `self.cancelled`, and let it go on.",
    ),
    mistakes=(
        Mistake(
            "The work done in the constructor",
            "The constructor returns an object, not a wait. What it calls is "
            "a coroutine that nobody awaits.",
            fails="making_it_does_nothing",
            edit=(
                "self.server = server",
                "self.server = server\nself._run().send(None)",
            ),
            symptom="A handler does something before it is awaited.",
        ),
        Mistake(
            "Made where nobody awaits",
            "An ordinary server makes its handlers and forgets them. Yours "
            "has to refuse: no loop runs there, and the constructor can ask "
            "for one.",
            fails="refuses_to_be_made_without_a_loop",
            edit=("raise TypeError(error) from None", "pass"),
            symptom="Each client of a `TCPServer` is hung up on, and nothing "
            "is reported.",
        ),
        Mistake(
            "Handle called and not awaited",
            "The call makes a coroutine and throws it away. Python warns of "
            "it, but somewhere else.",
            fails="runs_all_three",
            edit=("await self.handle()", "self.handle()"),
            symptom="The client is connected, gets nothing, and is hung up "
            "on.",
        ),
        Mistake(
            "Nothing cleared away after an error",
            "An error leaves the method at once. What must happen in any case "
            "belongs into `finally`.",
            fails="finishes_after_an_error",
            has=r"else:\n +await self\.finish",
            edit=("finally:", "else:"),
            symptom="After an error in `handle`, what was written is not "
            "sent.",
        ),
        Mistake(
            "The cancellation swallowed",
            "Whoever cancels a task waits for its end. An exception that is "
            "caught and not raised again looks like success.",
            fails="passes_a_cancellation_on",
            edit=("self.cancelled = True\nraise", "self.cancelled = True"),
            symptom="A time limit runs out, and nobody reports it.",
        ),
        Mistake(
            "The cancellation not noted",
            "`finish` asks `self.cancelled` whether it may still keep the "
            "client waiting.",
            fails="notes_a_cancellation",
            edit=("self.cancelled = True\nraise", "raise"),
            symptom="A server that stops waits for the slowest client all "
            "the same.",
        ),
    ),
)


def noting(yours, fails=None):
    """Return a handler class that notes its steps."""

    class Handler(yours.AsyncBaseRequestHandler):
        steps = ()

        async def setup(self):
            self.steps += ("setup",)

        async def handle(self):
            await asyncio.sleep(0)
            self.steps += ("handle",)
            if fails is not None:
                raise fails

        async def finish(self):
            self.steps += ("finish",)

    return Handler


async def made(handler_class, *given):
    """Make a handler where a loop runs."""
    return handler_class(*given)


async def awaited(handler_class):
    """Make a handler and await it; return both it and what it raised."""
    handler = await made(handler_class, "request", "client", "server")
    try:
        await handler
    except BaseException as error:
        return handler, error
    return handler, None


def promise_making_it_does_nothing(yours):
    """A handler that is made remembers what it is given, and waits."""
    handler = asyncio.run(made(noting(yours), "request", "client", "server"))
    given = (handler.request, handler.client_address, handler.server)
    assert given == ("request", "client", "server"), f"it has {given}"
    assert handler.steps == (), f"it has already done {handler.steps}"


def promise_refuses_to_be_made_without_a_loop(yours):
    """Where no loop runs, nobody would await it: `TypeError`."""
    try:
        noting(yours)("request", "client", "server")
    except TypeError:
        return
    raise AssertionError("it was made all the same")


def promise_runs_all_three(yours):
    """Awaited, it runs `setup`, `handle` and `finish`."""
    handler, error = asyncio.run(awaited(noting(yours)))
    assert error is None, f"it raised {error!r}"
    assert handler.steps == ("setup", "handle", "finish"), (
        f"it ran {handler.steps}"
    )


def promise_finishes_after_an_error(yours):
    """`finish` runs after an error in `handle`, which comes out."""
    trouble = ValueError("no")
    handler, error = asyncio.run(awaited(noting(yours, trouble)))
    assert error is trouble, f"what came out is {error!r}"
    assert handler.steps[-1] == "finish", f"it ran {handler.steps}"


def promise_passes_a_cancellation_on(yours):
    """A handler that is cancelled ends as cancelled."""
    handler, error = asyncio.run(
        awaited(noting(yours, asyncio.CancelledError()))
    )
    assert isinstance(error, asyncio.CancelledError), (
        f"what came out is {error!r}"
    )
    assert handler.steps[-1] == "finish", f"it ran {handler.steps}"


def promise_notes_a_cancellation(yours):
    """`cancelled` says whether it was told to end."""
    handler, _ = asyncio.run(awaited(noting(yours, asyncio.CancelledError())))
    assert handler.cancelled is True, f"cancelled is {handler.cancelled}"
