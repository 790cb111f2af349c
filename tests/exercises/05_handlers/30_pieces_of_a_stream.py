"""Pieces of a stream

A stream of bytes has no messages in it. A client sends a few words, and
handlers read them: two with `recv`, one with `readline`. Say what each of them
gets. No server is needed: `ours` and `theirs` are joined to each other.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="one recv is not one message, and one sendall is not one recv",
    learned="`recv` returns what is there, a part of a message or two of "
    "them. `readline` finds the end of a line, by fetching more than the "
    "line; what it has fetched is gone with its buffer.",
    covers=("StreamRequestHandler.setup", "StreamRequestHandler.finish"),
    difficulty=2,
    hints=(
        "The 1024 of `recv(1024)` is a limit and not a wish: it waits until "
        "there is something, and takes what is there.",
        "Two sends before the first `recv`: the kernel puts the bytes one "
        "behind the other and remembers no border.",
        "`rfile` has a buffer, made in `setup`. To find the end of a line it "
        "takes all from the kernel that it can get. Who has the rest, when "
        "the handler is done?",
    ),
    program="""
        import socket

        from minisocketserver import BaseRequestHandler, StreamRequestHandler

        heard = []


        class Raw(BaseRequestHandler):
            def handle(self):
                heard.append(self.request.recv(1024))


        class Line(StreamRequestHandler):
            def handle(self):
                heard.append(self.rfile.readline())


        ours, theirs = socket.socketpair()

        ours.sendall(b"hel")
        Raw(theirs, "somebody", None)
        ours.sendall(b"lo\\n")
        Raw(theirs, "somebody", None)

        ours.sendall(b"one\\n")
        ours.sendall(b"two\\n")
        Raw(theirs, "somebody", None)

        ours.sendall(b"three\\n")
        ours.sendall(b"four\\n")
        Line(theirs, "somebody", None)

        ours.close()
        Raw(theirs, "somebody", None)
        theirs.close()
    """,
    questions=(
        Question("piece", "What is `heard[0]`, of the first `Raw`? Bytes."),
        Question("together", "What is `heard[2]`, of the third `Raw`?"),
        Question("line", "What is `heard[3]`, of the `Line`?"),
        Question("rest", "What is `heard[4]`, of the last `Raw`?"),
    ),
    mistakes=(
        Mistake(
            "One `recv` taken for one message",
            "`recv` does not know where a message ends. It returns as soon as "
            "there is something: here the three bytes sent so far.",
            fails="piece",
            answer=b"hello\n",
            symptom="The program works for months, and fails on a slow "
            "network.",
        ),
        Mistake(
            "One `sendall` taken for one `recv`",
            "Both lines were there when `recv` was called, and nothing says "
            "where the one was sent and the other.",
            fails="together",
            answer=b"one\n",
            symptom="When clients are quick, every second message is lost.",
        ),
        Mistake(
            "A line that takes the next along",
            "`readline` returns up to the end of the line and not more. The "
            "rest waits in the buffer of `rfile`, for the next call.",
            fails="line",
            answer=b"three\nfour\n",
            symptom="You cut lines apart that `readline` has cut already.",
        ),
        Mistake(
            "The buffer forgotten",
            "`rfile` had fetched the second line along with the first. The "
            "kernel has it no longer, and the buffer went with the handler.",
            fails="rest",
            answer=b"four\n",
            symptom="Somebody reads a line from a file and the rest with "
            "`recv`, and bytes are missing.",
        ),
    ),
)


def answers(seen):
    return {
        "piece": seen.heard[0],
        "together": seen.heard[2],
        "line": seen.heard[3],
        "rest": seen.heard[4],
    }
