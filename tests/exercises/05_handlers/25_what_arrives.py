"""What arrives?

A client sends two messages, one right after the other, and a handler reads
them in different ways. Say what each way finds.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="a stream has bytes and an end, and no messages",
    learned="What is sent in two pieces may arrive in one. Whoever wants "
    "messages has to say where one ends: a line, a length, or the end.",
    covers=(
        "StreamRequestHandler.setup",
        "StreamRequestHandler.finish",
        "BaseRequestHandler.handle",
    ),
    difficulty=2,
    hints=(
        "The kernel keeps what has arrived in a row. Where one `sendall` "
        "ended and the next began, it does not write down.",
        "`recv` takes all that is there, up to its limit. `readline` takes "
        "up to the end of a line.",
        "What a handler returns goes to the server's `finish_request`, which "
        "does nothing with it. What the client gets is what was written.",
    ),
    program="""
        import socket

        from minisocketserver import StreamRequestHandler


        def pair():
            ours, theirs = socket.socketpair()
            theirs.sendall(b"one\\n")
            theirs.sendall(b"two\\n")
            theirs.shutdown(socket.SHUT_WR)
            return ours, theirs


        class Lines(StreamRequestHandler):
            def handle(self):
                lines.append(self.rfile.readline())
                lines.append(self.rfile.readline())
                lines.append(self.rfile.readline())
                return b"done"


        lines = []
        ours, theirs = pair()
        raw = ours.recv(100)
        ours.close()
        theirs.close()

        ours, theirs = pair()
        Lines(ours, None, None)
        ours.close()
        answer = theirs.recv(100)
        theirs.close()
    """,
    questions=(
        Question("raw", "What is `raw`? Bytes."),
        Question("lines", "What is in `lines` at the end?"),
        Question("answer", "What is `answer`?"),
    ),
    mistakes=(
        Mistake(
            "One recv taken for one message",
            "The kernel keeps bytes, not messages. Both pieces were there, so "
            "both are taken.",
            fails="raw",
            answer=b"one\n",
            symptom="On a slow day the server reads one message at a time, on "
            "a fast day two at once.",
        ),
        Mistake(
            "The end of the line lost on the way",
            "`readline` gives the line with its end. So an empty line and the "
            "end of the stream are not the same.",
            fails="lines",
            answer=[b"one", b"two", b""],
            symptom="A comparison with what was read is never true.",
        ),
        Mistake(
            "An error expected at the end",
            "The end of a stream is no error: what is read there is empty, "
            "again and again.",
            fails="lines",
            answer=[b"one\n", b"two\n"],
            symptom="A loop that reads until something fails runs for ever.",
        ),
        Mistake(
            "Handle returning data",
            "Nobody looks at what `handle` returns. The client gets what was "
            "written to `wfile`.",
            fails="answer",
            answer=b"done",
            symptom="The handler returns an answer, and no client ever gets "
            "it.",
        ),
    ),
)


def answers(seen):
    return {"raw": seen.raw, "lines": seen.lines, "answer": seen.answer}
