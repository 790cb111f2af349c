"""What travels between hubs: an act, a topic and a message, as one line.

JSON is text that most languages can read, and has no way to run code in the
one who reads it; `pickle` has. The price: a topic is a string, and a message
is made of strings, numbers, lists and dictionaries.
"""

import json

ACTS = "publish", "declare", "retract"


def pack(act, topic, message):
    """Make a line; `TypeError` for what JSON cannot say."""
    if not isinstance(topic, str):
        raise TypeError(f"a topic that travels is a string, not {topic!r}")
    return json.dumps([act, topic, message]).encode() + b"\n"


def unpack(line):
    """Read a line that `pack` has made; `ValueError` for any other."""
    try:
        act, topic, message = json.loads(line)
    except (TypeError, RecursionError) as error:
        raise ValueError(f"no line of ours: {error}") from error
    if act not in ACTS or not isinstance(topic, str):
        raise ValueError(f"no act of ours: {act!r} on {topic!r}")
    return act, topic, message
