"""The loop

Write the heart of a server: `serve_forever` sets up the loop and clears up
after it, `__listen_and_hear` is the loop itself, and `shutdown` ends it from
another thread. The bell is there already: `_Doorbell` wakes the loop's sleep.
"""

import threading

from companion.practise.format import Fill, Mistake
from tests.conformance.toolkit import (
    Background,
    bounded,
    postbox_class,
    wait_for,
)

EXERCISE = Fill(
    teaches="how one thread waits for clients, and another ends the wait",
    learned="Two facts, two variables: that somebody wants the end, and that "
    "the end has come. Whoever mixes them up waits for ever.",
    covers=("BaseServer.service_actions",),
    symbols=(
        "BaseServer.serve_forever",
        "BaseServer.shutdown",
        "BaseServer.__listen_and_hear",
    ),
    difficulty=4,
    hints=(
        "The event `__is_shut_down` is set while no loop runs. Who clears "
        "it, and who sets it again, also after an error?",
        "A selector watches the server and the bell. For each of the two "
        "that is ready, there is one thing to do.",
        "`shutdown` leaves the wish first and rings then; the loop asks for "
        "the wish before it sleeps and after it wakes.",
        "Once per turn, `service_actions`. When the loop is over, the wish "
        "is taken back: the next loop shall not end at once.",
    ),
    survives={
        "self.__doorbell = None": "a bell that was taken down is rung in vain",
    },
    mistakes=(
        Mistake(
            "The wish is never taken back",
            "The next `serve_forever` finds the old wish and ends at once. "
            "A wish that was granted has to be forgotten.",
            fails="can_be_started_again",
            edit=("self.__shutdown_request = False", "pass"),
            symptom="A server that was shut down once cannot be started "
            "again: its loop ends without a word.",
        ),
        Mistake(
            "An end that nobody is told of",
            "Whoever called `shutdown` waits for the event. The loop is over, "
            "and nobody has set it.",
            fails="tells_of_its_end",
            edit=("self.__is_shut_down.set()", "pass"),
            symptom="The loop has ended, and `shutdown` never returns.",
        ),
        Mistake(
            "The wait forgotten",
            "`shutdown` promises that the loop has ended when it returns. It "
            "has to wait for that.",
            fails="waits_for_the_end",
            edit=("self.__is_shut_down.wait()", "pass"),
            symptom="`shutdown` returns, and a request is served after it.",
        ),
        Mistake(
            "No turn without a client",
            "`service_actions` is for what is due anyway: it has to be called "
            "when nobody came, too.",
            fails="acts_of_its_own_accord",
            edit=(
                "self.service_actions()",
                "if ready:\n    self.service_actions()",
            ),
            symptom="Children that have ended lie about as zombies, until the "
            "next client comes.",
        ),
        Mistake(
            "A ring that is not heard",
            "What is left on the wire keeps the bell ready. The loop never "
            "sleeps again.",
            fails="sleeps_after_a_ring",
            edit=("bell.hear()", "pass"),
            symptom="After a stray ring, the server takes a whole processor, "
            "although nobody is there.",
        ),
        Mistake(
            "Ended by an error, and no end told",
            "An exception jumps over the lines behind the loop. What must "
            "happen in any case belongs into `finally`.",
            fails="tells_of_an_end_by_error",
            has=r"except ZeroDivisionError",
            edit=("finally:", "except ZeroDivisionError:\n    pass\nelse:"),
            symptom="An error has ended the loop, and `shutdown` waits for "
            "ever.",
        ),
    ),
)


def postbox(yours, **hooks):
    """Return a server that needs no network, with some hooks replaced."""
    cls = type("Postbox", (postbox_class(yours),), hooks)
    return cls()


def promise_serves(yours):
    """The loop handles what comes, in its order."""
    seen = []
    server = postbox(
        yours, process_request=lambda self, letter, _: seen.append(letter)
    )
    with server:
        loop = Background(server.serve_forever, 0.01)
        server.post(b"abc")
        while len(seen) < 3 and not loop.done.is_set():
            loop.done.wait(0.005)
        assert seen == ["letter a", "letter b", "letter c"], f"it saw {seen}"
        server._BaseServer__shutdown_request = True
        loop.result("the loop did not end although the flag was set")


def promise_tells_of_its_end(yours):
    """`shutdown` returns when the loop has ended."""
    with postbox(yours) as server:
        loop = Background(server.serve_forever, 0.01)
        bounded(server.shutdown, promise="shutdown() did not return")
        loop.result()


def comes_back_early(yours, loops_before=0):
    """Stop a loop while a request is handled; does `shutdown` not wait?"""
    inside, leave = threading.Event(), threading.Event()

    def waits(self, request, client_address):
        inside.set()
        leave.wait()

    with postbox(yours, process_request=waits) as server:
        for _ in range(loops_before):
            loop = Background(server.serve_forever, 0.01)
            bounded(server.shutdown)
            loop.result()
        loop = Background(server.serve_forever, 0.01)
        server.post(b"a")
        wait_for(inside, "the request is not handled")
        stopping = Background(server.shutdown)
        came_back = stopping.done.wait(0.1)
        leave.set()
        stopping.result()
        loop.result()
        return came_back


def promise_waits_for_the_end(yours):
    """`shutdown` does not return while a request is being handled."""
    came_back = comes_back_early(yours)
    assert not came_back, "shutdown() came back before the loop had ended"


def promise_wakes_at_once(yours):
    """`shutdown` does not wait for the poll interval to pass."""
    with postbox(yours) as server:
        loop = Background(server.serve_forever, 60)
        loop.done.wait(0.1)  # a moment in which it falls asleep
        bounded(server.shutdown, promise="shutdown() waited for the interval")
        loop.result()


def promise_can_be_started_again(yours):
    """After a `shutdown`, the server can be started again."""
    seen = []
    server = postbox(
        yours, process_request=lambda self, letter, _: seen.append(letter)
    )
    with server:
        for _ in range(2):
            loop = Background(server.serve_forever, 0.01)
            bounded(server.shutdown)
            loop.result()
        loop = Background(server.serve_forever, 0.01)
        server.post(b"x")
        while not seen and not loop.done.wait(0.005):
            pass
        assert seen, "the second loop ended at once"
        bounded(server.shutdown)
        loop.result()


def promise_acts_of_its_own_accord(yours):
    """`service_actions` is called although nobody comes."""
    turn = Background(lambda: None)
    turn.thread.join()
    turn.done.clear()
    server = postbox(yours, service_actions=lambda self: turn.done.set())
    with server:
        loop = Background(server.serve_forever, 0.01)
        try:
            wait_for(turn.done, "nobody came, and service_actions never ran")
        finally:
            bounded(server.shutdown)
        loop.result()


def promise_sleeps_after_a_ring(yours):
    """A ring without a wish wakes the loop once."""
    turns = []
    server = postbox(yours, service_actions=lambda self: turns.append(1))
    with server:
        loop = Background(server.serve_forever, 0.05)
        while not turns and not loop.done.wait(0.005):
            pass
        server._BaseServer__doorbell.ring()
        before = len(turns)
        loop.done.wait(0.2)
        after = len(turns) - before
        bounded(server.shutdown)
        loop.result()
        assert after < 20, f"the loop turned {after} times in 0.2 seconds"


def promise_tells_of_an_end_by_error(yours):
    """A loop that an error has ended has ended: nobody waits for it."""

    def fails(self):
        raise ValueError("no")

    with postbox(yours, service_actions=fails) as server:
        loop = Background(server.serve_forever, 0.01)
        wait_for(loop.done, "the error did not end the loop")
        assert isinstance(loop.error, ValueError), f"it raised {loop.error!r}"
        bounded(server.shutdown, promise="shutdown() waits for ever")


def promise_serves_nobody_after_the_wish(yours):
    """A client that comes after the wish to end is left in the queue."""
    seen = []
    server = postbox(
        yours, process_request=lambda self, letter, _: seen.append(letter)
    )
    with server:
        loop = Background(server.serve_forever, 60)
        loop.done.wait(0.1)  # a moment in which it falls asleep
        server._BaseServer__shutdown_request = True
        server.post(b"a")
        loop.result("the loop did not end although the flag was set")
        assert seen == [], f"it served {seen}"


def promise_waits_for_the_end_of_each_loop(yours):
    """`shutdown` waits for the second loop as it does for the first."""
    came_back = comes_back_early(yours, loops_before=1)
    assert not came_back, "shutdown() took the second loop for ended"
