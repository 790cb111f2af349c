"""Who hears what is published?

A hub brings a message to all who have subscribed to its topic. Five listeners
come and go. Say what each of them has heard at the end.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="who hears a message: the weak, the late and those in front",
    learned="A hub holds its subscribers weakly, publishes to those who are "
    "there, and keeps for the others only what was declared.",
    covers=(
        "Hub.__init__",
        "Hub.subscribe",
        "Hub.publish",
        "Hub.declare",
        "Hub.unsubscribe",
        "Hub.declarations",
        "InProcess.open",
        "InProcess.send",
    ),
    difficulty=2,
    hints=(
        "Published is for those who are there. Declared is for those who "
        "come late as well. Which of the two is each message?",
        "The hub alone keeps nobody alive. Who else keeps the listener that "
        "`forgotten` is made for?",
        "With `front`, the last to come is the first to be called.",
    ),
    program="""
        from collections import deque  # a list cannot be held weakly

        from minisocketserver import Hub

        hub = Hub()
        early, late, forgotten, order = deque(), deque(), [], []

        hub.publish("news", "one")
        hub.subscribe("news", early.append)
        hub.subscribe("news", lambda message: forgotten.append(message))
        hub.publish("news", "two")
        hub.declare("news", "three")
        hub.subscribe("news", late.append)
        hub.unsubscribe("news", early.append)
        hub.publish("news", "four")


        def first(message):
            order.append("first")


        def second(message):
            order.append("second")


        hub.subscribe("call", first)
        hub.subscribe("call", second, front=True)
        hub.publish("call", None)
        board = list(hub.declarations().values())
    """,
    questions=(
        Question("early", "What is in `early` at the end? A list."),
        Question("late", "What is in `late`?"),
        Question("forgotten", "What is in `forgotten`?"),
        Question("order", "What is in `order`?"),
        Question("board", "What is in `board`?"),
    ),
    mistakes=(
        Mistake(
            "A message expected from before",
            "What is published is gone when the call returns. Only what is "
            "declared stands for those who come late.",
            fails="early",
            answer=["one", "two", "three"],
            symptom="A subscriber misses the messages that were published "
            "before it came.",
        ),
        Mistake(
            "A declaration taken for a publication",
            "A message that stands declared is given to each newcomer, at "
            "once. So the late one begins with it.",
            fails="late",
            answer=["four"],
            symptom="A subscriber receives a message that was sent before it "
            "subscribed.",
        ),
        Mistake(
            "A lambda that nobody keeps",
            "The hub holds it weakly, and nobody else holds it. Python "
            "forgets it in the same line, and the hub with it.",
            fails="forgotten",
            answer=["two", "three", "four"],
            symptom="A callback was subscribed without an error, and is "
            "never called.",
        ),
        Mistake(
            "The order of arrival, whatever is asked",
            "`front` puts a newcomer before all that are there. So it can "
            "answer first, and stop the others.",
            fails="order",
            answer=["first", "second"],
            symptom="A subscriber that came last is called before the others.",
        ),
        Mistake(
            "The board taken for a history",
            "A topic has one declaration at a time, and what is published "
            "does not change it.",
            fails="board",
            answer=["four"],
            symptom="What a latecomer is told is not the latest message.",
        ),
    ),
)


def answers(seen):
    return {
        "early": list(seen.early),
        "late": list(seen.late),
        "forgotten": seen.forgotten,
        "order": seen.order,
        "board": seen.board,
    }
