"""No room left

Three queues for two messages each hear four, and each has another policy. Then
three callbacks stand in a row, and the second one has had enough. Say what
each has got.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="what a full queue loses, and what STOP stops",
    learned="The policy says which message is lost: the oldest, the newest, "
    "or all that follow. A callback that returns STOP ends the row, and "
    "keeps the queues out as well.",
    covers=(
        "Subscription.__init__",
        "Subscription.get",
        "Subscription.close",
        "Subscription.put",
        "Hub.listen",
        "Hub.close",
    ),
    difficulty=2,
    hints=(
        "With DROP_OLDEST the news count, with DROP_NEWEST the beginning. "
        "DISCONNECT closes the queue, which keeps what it has.",
        "A queue that is closed takes no more messages. It did not lose "
        "them, for it did not want them: `lost` counts what found no room.",
        "The queues get a message when all callbacks have had it. The row of "
        "callbacks may end early.",
    ),
    program="""
        from minisocketserver import STOP, Hub, Policy

        hub, row = Hub(), []

        oldest = hub.listen("tick", limit=2, policy=Policy.DROP_OLDEST)
        newest = hub.listen("tick", limit=2, policy=Policy.DROP_NEWEST)
        cut = hub.listen("tick", limit=2, policy=Policy.DISCONNECT)
        for number in (1, 2, 3, 4):
            hub.publish("tick", number)


        def first(message):
            row.append("first")
            return message


        def stops(message):
            row.append("stops")
            return STOP


        def last(message):
            row.append("last")


        queue = hub.listen("call")
        for callback in (first, stops, last):
            hub.subscribe("call", callback)
        hub.publish("call", "hello")

        hub.close()  # so that the queues have an end
    """,
    questions=(
        Question("oldest", "What is `list(oldest)`, at the end?"),
        Question("newest", "What is `list(newest)`?"),
        Question("lost", "What is `cut.lost`? A number."),
        Question("row", "What is in `row`?"),
        Question("queue", "What is `list(queue)`?"),
    ),
    mistakes=(
        Mistake(
            "The policy read as what is kept",
            "DROP_OLDEST drops the oldest, so the newest stay. It is the "
            "policy for a price, or for where somebody is.",
            fails="oldest",
            answer=[1, 2],
            symptom="A display with DROP_OLDEST shows the latest, and you "
            "expect the first.",
        ),
        Mistake(
            "A queue with a limit that grows all the same",
            "What finds no room is lost: the sender does not wait, and the "
            "queue does not grow.",
            fails="newest",
            answer=[1, 2, 3, 4],
            symptom="A slow reader misses messages, and nobody raised an "
            "error.",
        ),
        Mistake(
            "Lost, and never wanted, taken for the same",
            "The third message found no room and closed the queue. The fourth "
            "came to a closed one, which asks for nothing.",
            fails="lost",
            answer=2,
            symptom="After a disconnect, `lost` says less than you count.",
        ),
        Mistake(
            "Any answer taken for STOP",
            "STOP is an object of its own, so that nothing else can mean it "
            "by accident. What `first` returns is thrown away.",
            fails="row",
            answer=["first"],
            symptom="You return None from each callback, to be on the safe "
            "side.",
        ),
        Mistake(
            "A STOP that stops callbacks alone",
            "STOP says that the message is dealt with. It goes to nobody "
            "behind: neither to callbacks nor to queues.",
            fails="queue",
            answer=["hello"],
            symptom="One callback returns STOP, and the queues of the topic "
            "stay empty.",
        ),
    ),
)


def answers(seen):
    return {
        "oldest": list(seen.oldest),
        "newest": list(seen.newest),
        "lost": seen.cut.lost,
        "row": seen.row,
        "queue": list(seen.queue),
    }
