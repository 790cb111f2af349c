"""Pieces of a stream

A stream of bytes comes in pieces, and the pieces are no messages. A client
sends words, and handlers read them: with `recv`, and with `readline`. Say what
they get. No server is needed: `ours` and `theirs` are joined to each other.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="a part of a message may come alone, and a buffer takes too much",
    learned="`recv` returns what is there, and that may be a part. `readline` "
    "waits for the end of the line. It fetches more than the line, and what "
    "it has fetched is gone with its buffer.",
    covers=("StreamRequestHandler.setup", "StreamRequestHandler.finish"),
    difficulty=2,
    hints=(
        "The 1024 of `recv(1024)` is a limit and not a wish: it waits until "
        "there is something, and takes what is there.",
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
        Line(theirs, "somebody", None)

        ours.close()
        Raw(theirs, "somebody", None)
        theirs.close()
    """,
    questions=(
        Question("piece", "What is `heard[0]`, of the first `Raw`? Bytes."),
        Question("line", "What is `heard[2]`, of the `Line`?"),
        Question("rest", "What is `heard[3]`, of the last `Raw`?"),
    ),
    mistakes=(
        Mistake(
            "Waiting for the whole line expected of `recv`",
            "`recv` does not know where a message ends. It returns as soon as "
            "there is something: here the three bytes sent so far.",
            fails="piece",
            answer=b"hello\n",
            symptom="The program works for months, and fails on a slow "
            "network.",
        ),
        Mistake(
            "A line that takes the next along",
            "`readline` returns up to the end of the line and not more. The "
            "rest waits in the buffer of `rfile`, for the next call.",
            fails="line",
            answer=b"one\ntwo\n",
            symptom="You cut lines apart that `readline` has cut already.",
        ),
        Mistake(
            "The buffer forgotten",
            "`rfile` had fetched the second line along with the first. The "
            "kernel has it no longer, and the buffer went with the handler.",
            fails="rest",
            answer=b"two\n",
            symptom="Somebody reads a line from a file and the rest with "
            "`recv`, and bytes are missing.",
        ),
        Mistake(
            "Read, and still there",
            "What has been read is taken away, whether by `recv` or by a "
            "file. The kernel keeps nothing that it has given out.",
            fails="rest",
            answer=b"one\ntwo\n",
            symptom="You expect that a second handler can begin where the "
            "first one began.",
        ),
    ),
)


def answers(seen):
    return {
        "piece": seen.heard[0],
        "line": seen.heard[2],
        "rest": seen.heard[3],
    }
