r"""What the notebooks import: servers that end, clients, checks, pictures.

    with kit.running(server):          a loop in a thread, sure to be closed
        answer = kit.ask(server, b"hello\n")

    kit.check(guess, answer, because="...")       a prediction, kindly judged
    many = kit.number(clients, 1, 100)             what the reader has changed

    watched = kit.watched(TCPServer)   the same server, and it tells its calls
    timeline = kit.Timeline()          who did what, when: a picture, and text
    kit.family()                       who inherits from whom
    kit.xray("tcp")                    a recording, to be walked through

A kernel lives for hours, and a cell is run again and again. So nothing here
keeps a port, a thread or a socket after its cell: what a `with` block opened
is closed at its end, after an error and after an interrupt as well.
"""

from companion.lab.calls import show_calls, watched
from companion.lab.guesses import check, forget_guesses, number
from companion.lab.pictures import Timeline, drawing, family, xray
from companion.lab.servers import ask, connect, running, together

__all__ = [
    "Timeline",
    "ask",
    "check",
    "connect",
    "drawing",
    "family",
    "number",
    "running",
    "show_calls",
    "together",
    "watched",
    "xray",
]

forget_guesses()
