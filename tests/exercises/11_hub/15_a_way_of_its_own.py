"""A way of its own

A hub reaches its listeners by a transport, and whoever fails on the way is
reported. Here the transport writes down what it is asked for. Say what.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="what a hub asks of its transport, and what an error does",
    learned="The transport carries, the hub delivers. One bad subscriber is "
    "reported, and the others still hear the message.",
    covers=(
        "Transport.open",
        "Transport.send",
        "Transport.close",
        "Hub.handle_error",
        "Hub.close",
        "Subscription.__enter__",
        "Subscription.__exit__",
        "HubMixIn.make_hub",
    ),
    difficulty=3,
    hints=(
        "`open` is called once, when the hub is made. After `close`, nothing "
        "is sent any more.",
        "A `with` block around a subscription closes it. A closed one still "
        "hands out what it has, and then comes the end.",
        "What a subscriber raises does not reach the one who published.",
    ),
    program="""
        from minisocketserver.hub import Hub, InProcess


        class Noting(InProcess):
            def open(self, deliver):
                acts.append("open")
                super().open(deliver)

            def send(self, act, topic, message):
                acts.append(act)
                super().send(act, topic, message)

            def close(self):
                acts.append("close")
                super().close()


        class Reported(Hub):
            def handle_error(self, topic, message):
                errors.append(message)


        def bad(message):
            raise ValueError(message)


        def good(message):
            heard.append(message)


        acts, errors, heard = [], [], []
        hub = Reported(Noting())
        hub.subscribe("news", bad)
        hub.subscribe("news", good)
        with hub.listen("news") as queue:
            hub.publish("news", "one")
        hub.publish("news", "two")
        left = list(queue)
        hub.close()
        hub.publish("news", "three")
    """,
    questions=(
        Question("acts", "What is in `acts` at the end? A list of words."),
        Question("errors", "What is in `errors`?"),
        Question("heard", "What is in `heard`?"),
        Question("left", "What is `left`?"),
    ),
    mistakes=(
        Mistake(
            "Sent after the end",
            "A hub that is closed sends nothing. To find nobody there is no "
            "error for those who say goodbye late.",
            fails="acts",
            answer=["open", "publish", "publish", "close", "publish"],
            symptom="You expect that a transport is used after its `close`.",
        ),
        Mistake(
            "One error, and nobody is called any more",
            "The error is reported, and the hub goes on: to the next "
            "subscriber, and with the next message.",
            fails="errors",
            answer=["one"],
            symptom="You expect that a subscriber that failed once is "
            "dropped.",
        ),
        Mistake(
            "The good suffers for the bad",
            "Each callback is called in a `try` of its own. Those behind the "
            "bad one hear the message all the same.",
            fails="heard",
            answer=[],
            symptom="You expect that one broken subscriber silences all "
            "behind it.",
        ),
        Mistake(
            "Closed and emptied",
            "`close` ends the wait. What came before the end is still handed "
            "out, and nothing that comes after it.",
            fails="left",
            answer=[],
            symptom="You expect to lose messages that were there when the "
            "block ended.",
        ),
    ),
)


def answers(seen):
    return {
        "acts": seen.acts,
        "errors": seen.errors,
        "heard": seen.heard,
        "left": seen.left,
    }
