"""Catch it: who holds up whom?

Complete the test. One topic has a callback that fails, a queue whose reader is
slow, a callback that wants to hear no more, and one that was forgotten without
a goodbye. None of them may be in the way of the others.
"""

import gc
import weakref
from collections import deque

from companion.practise.format import Catch, Mistake, Plant
from tests.conformance.toolkit import bounded

EXERCISE = Catch(
    teaches="that no subscriber can spoil it for another",
    learned="Somebody in the middle has to bear with all: with the failing, "
    "the slow, the leaving and the forgotten.",
    covers=(
        "Hub.publish",
        "Hub.subscribe",
        "Hub.unsubscribe",
        "Hub.handle_error",
        "Subscription.put",
    ),
    difficulty=5,
    hints=(
        "Four subscribers, four questions: what has `told` got, how much has "
        "the slow queue lost, what has `leaver` got, and is the forgotten "
        "one gone?",
        "A publisher that waits for a slow reader waits for ever: nobody "
        "reads. `bounded(call, ...)` fails after a second.",
        "`lost` says how many messages a queue had no room for. It has room "
        "for one, and three were published.",
        "A weak reference gives None when its object is gone. Call it.",
    ),
    plants=(
        Plant(
            "one_spoils_it",
            "Hub._call",
            ("self.handle_error(topic, message)", "raise"),
            "that an error of one callback reaches nobody else",
        ),
        Plant(
            "the_slow_sets_the_pace",
            "Subscription.put",
            (
                "if self.closed or (full and self._give_way()):\n    return",
                "self._changed.wait_for("
                "lambda: len(self._messages) < self.limit)",
            ),
            "that a sender never waits",
        ),
        Plant(
            "the_row_ends_there",
            "Hub",
            (
                (
                    "self.handle_error(topic, message)\nreturn None",
                    "self.handle_error(topic, message)\nreturn OSError",
                ),
                (
                    "if any(self._ask(topic, each, message) is STOP "
                    "for each in row):\n    return",
                    "for each in row:\n"
                    "    answer = self._ask(topic, each, message)\n"
                    "    if answer is STOP:\n"
                    "        return\n"
                    "    if answer is OSError:\n"
                    "        break",
                ),
            ),
            "that those behind one that fails hear the message",
        ),
        Plant(
            "no_limit",
            "Subscription.put",
            ("full = len(self._messages) >= self.limit", "full = False"),
            "that a queue keeps no more than its limit",
        ),
        Plant(
            "no_way_to_leave",
            "Hub.unsubscribe",
            (
                "for table in (self._callbacks, self._queues):",
                "for table in (self._queues,):",
            ),
            "that whoever has unsubscribed hears no more",
        ),
        Plant(
            "nobody_is_forgotten",
            "Hub._enlist",
            (
                (
                    "row = table.setdefault(topic, WeakValueDictionary())",
                    "row = table.setdefault(topic, dict())",
                ),
            ),
            "that the hub alone keeps nobody alive",
        ),
    ),
    mistakes=(
        Mistake(
            "An error that is allowed to come out",
            "To catch the error in the test is to allow it. Whoever publishes "
            "must not hear of the errors of those who listen.",
            fails="one_spoils_it",
            edit=(
                (
                    "for number in (1, 2, 3):",
                    "import contextlib\nfor number in (1, 2, 3):",
                ),
                (
                    'bounded(hub.publish, "tea", number)',
                    "with contextlib.suppress(ValueError):\n"
                    '    bounded(hub.publish, "tea", number)',
                ),
                ("assert [*told] == [1, 2, 3]", "pass"),
                ("assert slow.lost == 2", "pass"),
                ("assert [*leaver.heard] == [1]", "pass"),
            ),
            symptom="The test passes on a hub where one bad callback keeps "
            "the news from all.",
        ),
        Mistake(
            "A full queue that was never filled",
            "One message finds room in a queue for one. What happens to those "
            "that find none, the second and the third would show.",
            fails="the_slow_sets_the_pace",
            edit=(
                ("for number in (1, 2, 3):", "for number in (1,):"),
                ("assert [*told] == [1, 2, 3]", "assert [*told] == [1]"),
                ("assert slow.lost == 2", "assert slow.lost == 0"),
            ),
            symptom="The test passes on a hub whose senders wait for the "
            "slowest reader.",
        ),
        Mistake(
            "The one who left is not asked",
            "That the others hear everything says nothing about whoever "
            "wanted to hear nothing more.",
            fails="no_way_to_leave",
            edit=(
                "assert [*leaver.heard] == [1]",
                "assert leaver.heard[0] == 1",
            ),
            symptom="The test passes on a hub that one cannot leave.",
        ),
        Mistake(
            "The forgotten are forgotten by the test as well",
            "A hub that holds its subscribers strongly keeps them for ever: "
            "the memory grows with each client that was ever there.",
            fails="nobody_is_forgotten",
            edit=("assert gone() is None", "pass"),
            symptom="The test passes on a hub that keeps every handler that "
            "ever was.",
        ),
    ),
)


def test_nobody_holds_up_anybody(lib):
    class Leaver:
        def __init__(self):
            self.heard = []

        def hear(self, message):
            self.heard.append(message)
            hub.unsubscribe("tea", self.hear)

    class Listener:
        def hear(self, message):
            """Do nothing."""

    def fails(message):
        raise ValueError(message)

    hub, leaver, forgotten, told = lib.Hub(), Leaver(), Listener(), deque()
    hub.handle_error = lambda topic, message: None
    gone = weakref.ref(forgotten)
    for callback in (leaver.hear, fails, forgotten.hear, told.append):
        hub.subscribe("tea", callback)
    slow = hub.listen("tea", limit=1)
    del forgotten, callback
    gc.collect()
    # <<< Publish 1, 2 and 3, one after the other. What has each of them got?
    for number in (1, 2, 3):
        bounded(hub.publish, "tea", number)
    assert [*told] == [1, 2, 3]
    assert slow.lost == 2
    assert [*leaver.heard] == [1]
    assert gone() is None
    # >>>
