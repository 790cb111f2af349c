"""A queue that is full

Write the two methods by which a message gets into a `Subscription`. `put`
adds it and wakes whoever waits, and never waits itself. `_give_way` says what
a full queue does, by the policy, and whether the new message is lost.
"""

import threading

from companion.practise.format import Fill, Mistake
from tests.conformance.toolkit import Background, bounded

EXERCISE = Fill(
    teaches="what becomes of a message that finds no room",
    learned="A sender never waits. So a full queue loses something: its "
    "oldest, its newest, or its reader. It counts what was lost.",
    covers=("Subscription.put", "Subscription.get"),
    symbols=("Subscription.put", "Subscription._give_way"),
    difficulty=3,
    hints=(
        "Three things may be the case when a message comes: the queue is "
        "closed, it is full, or there is room. `self.closed`, `self.limit` "
        "and `len(self._messages)` tell which.",
        "`self._messages` is a deque with a `maxlen`: appended to when it is "
        "full, it drops its oldest by itself.",
        "With DROP_NEWEST and DISCONNECT the new message is lost, so "
        "`_give_way` says True; with DISCONNECT it closes before it does.",
    ),
    mistakes=(
        Mistake(
            "Nobody is woken",
            "A reader sleeps until it is woken. What is in the queue by then "
            "does not wake it; `self._wake()` does.",
            fails="wakes_a_reader",
            edit=("self._wake()", "pass"),
            symptom="A message is in the queue, and its reader sleeps on.",
        ),
        Mistake(
            "A closed queue that still takes messages",
            "Whoever closes wants no more. A message that comes after the end "
            "would be handed out after the end.",
            fails="a_closed_one_takes_nothing",
            edit=("if self.closed or (full", "if (full"),
            symptom="A reader gets a message from a subscription that it has "
            "closed.",
        ),
        Mistake(
            "One message more than the limit",
            "A queue with a limit of two that holds two is full. Greater is "
            "one too late.",
            fails="drops_the_newest",
            has=r"> self\.limit",
            edit=(">= self.limit", "> self.limit"),
            symptom="With DROP_NEWEST, the last message to come is there, "
            "and the first is not.",
        ),
        Mistake(
            "The loss is not counted",
            "A handler that owes its client the truth asks for `lost`. Nobody "
            "else can know.",
            fails="counts_what_is_lost",
            edit=("self.lost += 1", "pass"),
            symptom="Messages are missing, and `lost` says 0.",
        ),
        Mistake(
            "Cut off without an end",
            "DISCONNECT means: rather an end than a gap. A reader that is not "
            "told of the end reads on, over the gap.",
            fails="disconnects",
            edit=("self.close()", "pass"),
            symptom="With DISCONNECT, a slow reader misses messages and "
            "goes on.",
        ),
    ),
)


def full(yours, policy):
    """Return a queue for two that has been given three."""
    queue = yours.Subscription(2, policy)
    for message in ("one", "two", "three"):
        bounded(queue.put, message)
    return queue


def promise_takes_messages(yours):
    """What is put comes out, in the same order."""
    queue = yours.Subscription()
    queue.put("one")
    queue.put("two")
    assert [bounded(queue.get), bounded(queue.get)] == ["one", "two"]


def promise_wakes_a_reader(yours):
    """A reader that waits is woken by a message."""
    queue = yours.Subscription()
    begun = threading.Event()
    waits = queue._changed.wait_for

    def noticed(*args):
        begun.set()
        return waits(*args)

    queue._changed.wait_for = noticed
    reader = Background(queue.get)
    begun.wait()
    queue.put("news")
    assert reader.result("a reader sleeps on although there is a message")


def promise_a_closed_one_takes_nothing(yours):
    """A subscription that is closed takes no more messages."""
    queue = yours.Subscription()
    queue.close()
    queue.put("too late")
    assert not queue._messages, "a message was put after the end"


def promise_drops_the_newest(yours):
    """With DROP_NEWEST, what was there first stays."""
    queue = full(yours, yours.Policy.DROP_NEWEST)
    assert [*queue._messages] == ["one", "two"], (
        f"in the queue is {[*queue._messages]}"
    )


def promise_drops_the_oldest(yours):
    """With DROP_OLDEST, the news stays."""
    queue = full(yours, yours.Policy.DROP_OLDEST)
    assert [*queue._messages] == ["two", "three"], (
        f"in the queue is {[*queue._messages]}"
    )


def promise_counts_what_is_lost(yours):
    """`lost` says how many messages found no room."""
    for policy in yours.Policy:
        lost = full(yours, policy).lost
        assert lost == 1, f"one was lost with {policy.name}, and lost={lost}"


def promise_disconnects(yours):
    """With DISCONNECT, a full queue is closed; what it has is kept."""
    queue = full(yours, yours.Policy.DISCONNECT)
    assert queue.closed, "a full queue was not closed"
    assert [*queue] == ["one", "two"]
