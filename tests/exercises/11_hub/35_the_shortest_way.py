"""The shortest way

A hub hands what is said to a *transport*, and the transport delivers it to the
hub. Write the shortest: it delivers at once, in the same thread. There is one
difficulty. A callback may publish in its turn, and the answer must not arrive
before the question has reached everybody.
"""

import threading

from companion.practise.format import Fill, Mistake
from tests.conformance.toolkit import bounded

EXERCISE = Fill(
    teaches="how a call that calls itself is turned into a line",
    learned="What comes while you are at work joins the line, and whoever "
    "was first serves it to its end. So all see the same order, and the "
    "stack does not grow.",
    covers=("Transport.open", "Transport.send", "Transport.close"),
    symbols=("InProcess",),
    difficulty=4,
    hints=(
        "`send` may be called while `send` is at work, by the same thread. "
        "The inner call has to leave its message where the outer one finds "
        "it.",
        "Each thread has a line of its own: what lies on a "
        "`threading.local` object is another for each thread.",
        "If more than one message is in the line, somebody is serving it. "
        "The one that is being delivered keeps its place until it is done.",
        "A Ctrl-C may come in the middle of a delivery. Whatever happens, "
        "the line is empty afterwards.",
    ),
    mistakes=(
        Mistake(
            "Delivered on the spot",
            "The answer overtakes the question: those behind the one who "
            "answers hear it first.",
            fails="one_after_the_other",
            said="^RecursionError",
            edit=("if len(line) > 1:\n    return", "pass"),
            symptom="In a chat, some see the answer above the question.",
        ),
        Mistake(
            "Taken off the line too early",
            "While it is being delivered, the line looks empty, and the next "
            "one does not know that somebody is at work.",
            fails="one_after_the_other",
            has=r"self\._deliver\(\*line\.popleft\(\)\)",
            edit=(
                "self._deliver(*line[0])\nline.popleft()",
                "self._deliver(*line.popleft())",
            ),
            symptom="Answers overtake questions, although there is a line.",
        ),
        Mistake(
            "One line for all threads",
            "The other thread leaves its message in a line that somebody else "
            "serves, and goes on before anybody has heard it.",
            fails="each_thread_its_own",
            edit=(
                "self._mine = threading.local()",
                "self._mine = type('Shared', (), {})()",
            ),
            symptom="`publish` returns, and the message was not delivered "
            "yet.",
        ),
        Mistake(
            "Leftovers after an interrupt",
            "What was in the line stays there, and the next caller finds "
            "itself behind it. Nobody serves the line any more.",
            fails="nothing_is_left",
            edit=("line.clear()", "pass"),
            symptom="After a Ctrl-C, nothing that is published arrives.",
        ),
    ),
)


def opened(yours, deliver):
    """Return a transport that delivers to a function."""
    transport = yours.hub.InProcess()
    transport.open(deliver)
    return transport


def promise_delivers_at_once(yours):
    """What is sent is delivered when `send` comes back."""
    heard = []
    transport = opened(yours, lambda *all_of_it: heard.append(all_of_it))
    transport.send("publish", "tea", "hot!")
    transport.close()
    assert heard == [("publish", "tea", "hot!")], f"delivered was {heard}"


def promise_one_after_the_other(yours):
    """What is sent during a delivery is delivered after it."""
    heard = []

    def deliver(act, topic, message):
        heard.append(f"{message} begins")
        if message == "question":
            transport.send(act, topic, "answer")
        heard.append(f"{message} ends")

    transport = opened(yours, deliver)
    transport.send("publish", "tea", "question")
    assert heard == [
        "question begins",
        "question ends",
        "answer begins",
        "answer ends",
    ], f"it went like this: {heard}"


def promise_each_thread_its_own(yours):
    """While one thread delivers, another one delivers its own."""
    heard, busy, go = [], threading.Event(), threading.Event()

    def deliver(act, topic, message):
        if message == "slow":
            busy.set()
            go.wait()
        heard.append(message)

    transport = opened(yours, deliver)
    slow = threading.Thread(
        target=transport.send, args=("publish", "tea", "slow"), daemon=True
    )
    slow.start()
    busy.wait()
    bounded(transport.send, "publish", "tea", "quick")
    so_far = [*heard]
    go.set()
    slow.join()
    assert so_far == ["quick"], "the other thread left its message behind"


def promise_nothing_is_left(yours):
    """After a delivery that was interrupted, the next one works."""
    heard = []

    def deliver(act, topic, message):
        if message == "interrupted":
            raise KeyboardInterrupt
        heard.append(message)

    transport = opened(yours, deliver)
    try:
        transport.send("publish", "tea", "interrupted")
    except KeyboardInterrupt:
        transport.send("publish", "tea", "next")
    assert heard == ["next"], f"after an interrupt, delivered was {heard}"
