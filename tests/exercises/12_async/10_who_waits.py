"""Who waits for whom?

One handler is written three ways, and two clients come at the same time. Each
handler writes down when it begins and when it ends. Say in which order.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="where a task is put aside, and where it is not",
    learned="Between two awaits nobody else runs. What waits without an "
    "await holds up everybody.",
    covers=(
        "AsyncMixIn.serve_forever",
        "AsyncMixIn.finish_request",
        "AsyncBaseRequestHandler.handle",
    ),
    difficulty=2,
    hints=(
        "A task runs until it comes to an `await` that has to wait. Only "
        "there, another one gets its turn.",
        "`time.sleep` puts the thread to sleep, and all tasks are in that "
        "one thread.",
        "Mark each `await` in the three functions. One of the three has none "
        "between its two notes.",
    ),
    program="""
        import asyncio
        import time


        async def awaits(name, notes):
            notes.append(f"{name} begins")
            await asyncio.sleep(0.01)
            notes.append(f"{name} ends")


        async def sleeps(name, notes):
            notes.append(f"{name} begins")
            time.sleep(0.01)
            notes.append(f"{name} ends")


        async def both(handle):
            notes = []
            await asyncio.gather(handle("a", notes), handle("b", notes))
            return notes


        polite = asyncio.run(both(awaits))
        rude = asyncio.run(both(sleeps))
        unfinished = awaits("c", [])
        kind = type(unfinished).__name__
        unfinished.close()
    """,
    questions=(
        Question("polite", "What is `polite`? A list of four notes."),
        Question("rude", "What is `rude`?"),
        Question(
            "kind",
            "A function is called, and nobody awaits it. What is `kind`?",
            choices=("NoneType", "coroutine", "list", "Task"),
        ),
    ),
    mistakes=(
        Mistake(
            "One after the other, in spite of await",
            "At `await asyncio.sleep` the task is put aside, and the other "
            "one begins in the meantime.",
            fails="polite",
            answer=["a begins", "a ends", "b begins", "b ends"],
            symptom="You expect that two clients of an asynchronous server "
            "are served one after the other.",
        ),
        Mistake(
            "Sleeping taken for waiting",
            "`time.sleep` is no `await`: the thread sleeps, and with it the "
            "loop and every other task.",
            fails="rude",
            answer=["a begins", "b begins", "a ends", "b ends"],
            symptom="One client that is served slowly makes all others wait, "
            "on a server that is asynchronous.",
        ),
        Mistake(
            "A call taken for the work",
            "To call an `async def` function is to make a coroutine. Its "
            "first line runs when somebody awaits it.",
            fails="kind",
            answer="NoneType",
            symptom="A handler is called, nothing happens, and Python warns "
            "that something was never awaited.",
        ),
    ),
)


def answers(seen):
    return {"polite": seen.polite, "rude": seen.rude, "kind": seen.kind}
