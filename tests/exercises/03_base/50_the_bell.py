"""The bell

Write `_Doorbell`: a pair of sockets by which one thread ends the sleep of
another. Whoever rings must never wait, and a bell that was taken down is rung
in vain and without an error.
"""

import selectors
import threading

from companion.practise.format import Fill, Mistake
from tests.conformance.toolkit import bounded

EXERCISE = Fill(
    teaches="how to wake a thread that sleeps in a selector",
    learned="A selector watches descriptors and nothing else. So a wish from "
    "another thread is made into a byte.",
    symbols=("_Doorbell",),
    difficulty=5,
    hints=(
        "`socket.socketpair` makes two ends: what is sent into one can be "
        "read from the other. `__enter__` puts them up, and gives None where "
        "there can be none.",
        "A full wire makes `send` wait, unless the socket does not block. "
        "Then it raises an OSError, and the ring is not needed anyway.",
        "Two threads may ring while a third takes the wire down. Nobody "
        "waits for the lock: who finds it taken leaves the rest to its "
        "holder.",
    ),
    survives={
        "self._wire: tuple[socket.socket, ...] = ()": "where there is no wire",
        "return None": "a function that ends returns None",
        "self._over = True": "it takes two threads at once to see it",
        "return": "it takes two threads at once to see it",
        "if self._over:": "it takes two threads at once to see it",
        "self._take_down() #2": "it takes two threads at once to see it",
        "self._lock.release() #2": "nobody asks for it any more",
    },
    mistakes=(
        Mistake(
            "A ring that waits for room",
            "Nobody may have heard the last thousand rings. One more is lost, "
            "and that must not make the ringer wait.",
            fails="never_makes_the_ringer_wait",
            edit=("self._button.setblocking(False)", "pass"),
            symptom="`shutdown` hangs in `send`, in a program that calls it "
            "again and again.",
        ),
        Mistake(
            "Nothing is taken off the wire",
            "A byte that stays keeps the end readable, and the selector never "
            "sleeps again.",
            fails="is_quiet_after_it_was_heard",
            edit=("self._ear.recv(1024)", "pass"),
            symptom="After one ring, the loop turns as fast as it can.",
        ),
        Mistake(
            "A ring at a bell that is gone, an error",
            "The loop may end at any moment. Whoever rings just then has done "
            "nothing wrong.",
            fails="forgives_a_late_ring",
            said="^OSError",
            edit=(
                "except OSError:\n    pass\nfinally:",
                "finally:",
            ),
            symptom="Once in a while, `shutdown` raises an OSError about a "
            "bad file descriptor.",
        ),
        Mistake(
            "Two descriptors lost with each loop",
            "Both ends are ours, and both have to be closed when the loop is "
            "over.",
            fails="closes_both_ends",
            edit=(
                "for end in self._wire:\n    end.close()",
                "self._ear.close()",
            ),
            symptom="A server that is started and stopped often runs out of "
            "descriptors.",
        ),
        Mistake(
            "A reader that waits for the next ring",
            "To hear is to take what is there. If nothing is there, there is "
            "nothing to take.",
            fails="hears_nothing_when_nothing_rang",
            edit=("self._ear.setblocking(False)", "pass"),
            symptom="The loop hangs when a ring was heard twice.",
        ),
    ),
)


def is_ringing(bell):
    """Say whether a selector would wake up for the bell."""
    with selectors.SelectSelector() as selector:
        selector.register(bell, selectors.EVENT_READ)
        return bool(selector.select(0))


def promise_wakes_a_selector(yours):
    """A ring ends the sleep of a selector."""
    with yours.base._Doorbell() as bell:
        assert not is_ringing(bell), "it rings by itself"
        ringer = threading.Thread(target=bell.ring)
        ringer.start()
        ringer.join()
        assert is_ringing(bell), "nobody was woken"


def promise_is_quiet_after_it_was_heard(yours):
    """What was heard is off the wire, however often it rang."""
    with yours.base._Doorbell() as bell:
        bell.ring()
        bell.ring()
        bounded(bell.hear)
        assert not is_ringing(bell), "it goes on ringing"


def promise_hears_nothing_when_nothing_rang(yours):
    """To hear without a ring does not wait."""
    with yours.base._Doorbell() as bell:
        bounded(bell.hear, promise="hear() waits for a ring")


def promise_forgives_a_late_ring(yours):
    """A ring at a bell that was taken down is lost."""
    with yours.base._Doorbell() as bell:
        pass
    bounded(bell.ring)


def promise_never_makes_the_ringer_wait(yours):
    """A ring returns at once, also when the wire is full."""
    with yours.base._Doorbell() as bell:

        def ring_on():
            for _ in range(20_000):
                bell.ring()

        bounded(ring_on, promise="ring() waits until somebody hears")


def promise_closes_both_ends(yours):
    """At the end, both sockets are closed."""
    with yours.base._Doorbell() as bell:
        ends = bell._wire
    left = [end for end in ends if end.fileno() != -1]
    for end in left:
        end.close()
    assert not left, f"{len(left)} of 2 sockets are still open"


def promise_can_be_rung_by_anybody(yours):
    """After one thread has rung, another can."""
    with yours.base._Doorbell() as bell:
        bell.ring()
        bell.hear()
        ringer = threading.Thread(target=bell.ring)
        ringer.start()
        ringer.join()
        assert is_ringing(bell), "the second thread's ring was lost"
