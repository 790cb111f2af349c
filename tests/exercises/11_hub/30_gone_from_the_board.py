"""Catch it: what stands, and what is taken back

Complete the test. A message that is declared stands on the hub's board until
it is retracted. Somebody who comes late gets it, somebody who comes after the
end does not, and the end of the hub ends every queue.
"""

from companion.practise.format import Catch, Mistake, Plant
from tests.conformance.toolkit import bounded

EXERCISE = Catch(
    teaches="what a hub keeps for those who come late, and when it forgets",
    learned="A declaration is state, and somebody has to take it back. Close "
    "is for everybody: who waits for a message must be let go.",
    covers=(
        "Hub.declare",
        "Hub.retract",
        "Hub.is_declared",
        "Hub.listen",
        "Hub.close",
        "Subscription.__init__",
        "Subscription.close",
        "InProcess.close",
    ),
    difficulty=3,
    hints=(
        "`hub.listen(topic)` makes a queue; `list(queue)` reads it to its "
        "end, and there is no end until somebody closes it.",
        "Three moments: while the message stands, after it was retracted, "
        "and after `close`. Ask at each of them.",
        "`late` holds the declaration, `after` nothing. Both loops come to "
        "an end, because the hub was closed.",
    ),
    plants=(
        Plant(
            "the_board_still_says_so",
            "Hub.is_declared",
            ("return topic in self.declarations()", "return True"),
            "that the board says what is gone",
        ),
        Plant(
            "the_late_hear_nothing",
            "Hub.subscribe",
            ("owner.put(message)", "pass"),
            "that a latecomer gets what stands",
        ),
        Plant(
            "nobody_is_let_go",
            "Hub.close",
            ("subscription.close()", "pass"),
            "that whoever waits is let go at the end",
        ),
        Plant(
            "never_taken_back",
            "Hub",
            (
                ("self._board.pop(topic, None)", "pass"),
                ("return topic in self.declarations()", "return False"),
            ),
            "that a latecomer does not get what is gone",
        ),
    ),
    mistakes=(
        Mistake(
            "After the retraction, nobody looks",
            "That a message is on the board says nothing about whether it can "
            "be taken from there. Look again afterwards.",
            fails="never_taken_back",
            edit=("assert bounded(list, after) == []", "bounded(list, after)"),
            symptom="The test passes on a hub whose board only grows.",
        ),
        Mistake(
            "The latecomer is not asked",
            "That the hub still has the message is not yet that a newcomer "
            "gets it.",
            fails="the_late_hear_nothing",
            edit=(
                'assert bounded(list, late) == ["open"]',
                "bounded(list, late)",
            ),
            symptom="The test passes on a hub that tells latecomers nothing.",
        ),
        Mistake(
            "The queue read only as far as one knows",
            "A queue that is not closed has no end. Only who reads to the end "
            "finds out.",
            fails="nobody_is_let_go",
            edit=(
                (
                    'assert bounded(list, late) == ["open"]',
                    'assert late.get(0) == "open"',
                ),
                ("assert bounded(list, after) == []", "pass"),
            ),
            symptom="The test passes on a hub whose handlers wait for ever at "
            "the end.",
        ),
    ),
)


def test_what_is_declared_stands_until_it_is_retracted(lib):
    hub = lib.Hub()
    hub.declare("room", "open")
    late = hub.listen("room")
    hub.retract("room")
    after = hub.listen("room")
    # <<< What does the board say, and what do the two queues hold?
    assert not hub.is_declared("room")
    hub.close()
    assert bounded(list, late) == ["open"]
    assert bounded(list, after) == []
    # >>>
