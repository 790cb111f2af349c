"""A handler that is awaited

A constructor cannot be put aside in the middle, so an asynchronous handler
does its work when it is awaited. Write the three methods: the constructor,
which remembers; `__await__`, which hands out an iterator; and `_run`, which
does what the constructor of `BaseRequestHandler` does, an `await` a step.
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


async def awaited(handler):
    """Await a handler; return what it raised."""
    try:
        await handler
    except BaseException as error:
        return error


def promise_making_it_does_nothing(yours):
    """A handler that is made remembers what it is given, and waits."""
    handler = noting(yours)("request", "client", "server")
    given = (handler.request, handler.client_address, handler.server)
    assert given == ("request", "client", "server"), f"it has {given}"
    assert handler.steps == (), f"it has already done {handler.steps}"


def promise_runs_all_three(yours):
    """Awaited, it runs `setup`, `handle` and `finish`."""
    handler = noting(yours)("request", "client", "server")
    error = asyncio.run(awaited(handler))
    assert error is None, f"it raised {error!r}"
    assert handler.steps == ("setup", "handle", "finish"), (
        f"it ran {handler.steps}"
    )


def promise_finishes_after_an_error(yours):
    """`finish` runs after an error in `handle`, which comes out."""
    trouble = ValueError("no")
    handler = noting(yours, trouble)("request", "client", "server")
    error = asyncio.run(awaited(handler))
    assert error is trouble, f"what came out is {error!r}"
    assert handler.steps[-1] == "finish", f"it ran {handler.steps}"


def promise_passes_a_cancellation_on(yours):
    """A handler that is cancelled ends as cancelled."""
    handler = noting(yours, asyncio.CancelledError())(1, 2, 3)
    error = asyncio.run(awaited(handler))
    assert isinstance(error, asyncio.CancelledError), (
        f"what came out is {error!r}"
    )
    assert handler.steps[-1] == "finish", f"it ran {handler.steps}"


def promise_notes_a_cancellation(yours):
    """`cancelled` says whether it was told to end."""
    handler = noting(yours, asyncio.CancelledError())(1, 2, 3)
    asyncio.run(awaited(handler))
    assert handler.cancelled is True, f"cancelled is {handler.cancelled}"
