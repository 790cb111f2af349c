"""What ends a loop?

A server of letters: each is a request. The handler fails on two of them, in
two ways, and one letter cannot be fetched at all. `SystemExit` is what
`sys.exit` raises. Say how far the loop comes, and who is told.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="which errors a loop survives, which it reports, which end it",
    learned="A bad request is reported, a client that is gone is forgotten, "
    "and what is meant for the whole program is let by. All are closed.",
    covers=(
        "BaseServer.serve_forever",
        "BaseServer.handle_error",
        "BaseServer.close_request",
    ),
    difficulty=3,
    hints=(
        "An error in the handler goes up through `process_request`. What "
        "catches it there, and does it catch all there is?",
        "`SystemExit` is no `Exception`: it is meant for the whole program.",
        "A request that was never fetched cannot be handled, reported or "
        "closed. One that was fetched is closed in any case.",
    ),
    program="""
        from minisocketserver import BaseServer
        from socket import socketpair

        handled, reported, closed = [], [], []


        def handler(request, client_address, server):
            handled.append(request)
            if request == "V":
                raise ValueError("a bad request")
            if request == "Q":
                raise SystemExit


        class Letters(BaseServer):
            def fileno(self):
                return inbox.fileno()

            def get_request(self):
                letter = inbox.recv(1).decode()
                if letter == "O":
                    raise OSError("the client has left")
                return letter, "somebody"

            def handle_error(self, request, client_address):
                reported.append(request)

            def close_request(self, request):
                closed.append(request)


        inbox, slot = socketpair()
        with inbox, slot:
            slot.sendall(b"aVOcQz")
            try:
                Letters("letters", handler).serve_forever()
                ended = "returned"
            except SystemExit:
                ended = "raised"
            unread = inbox.recv(100)
    """,
    questions=(
        Question("worked", "What is in `handled`? A list of letters."),
        Question("told", "What is in `reported`?"),
        Question("let_go", "What is in `closed`?"),
        Question(
            "end",
            "What is `ended`, the word on how `serve_forever` came to its "
            "end?",
            choices=("returned", "raised"),
        ),
        Question("rest", "What is `unread`? Bytes, as in b'...'."),
    ),
    mistakes=(
        Mistake(
            "One bad request expected to end all",
            "The loop serves others, too. An `Exception` of a handler is "
            "caught and reported, and the next request is fetched.",
            fails="worked",
            answer=["a", "V"],
            symptom="You wrap everything in `handle` in a `try`, to keep the "
            "server alive.",
        ),
        Mistake(
            "A failed fetch expected to end the loop",
            "Ready is a rumour: between the knock and the fetching, a client "
            "may leave. An `OSError` there is passed over.",
            fails="worked",
            answer=["a", "V", "c"],
            symptom="You restart a server that has never ended.",
        ),
        Mistake(
            "SystemExit taken for a bad request",
            "Nobody asks for the end of the program by mistake. It is not "
            "reported, but raised again, to whoever called the loop.",
            fails="told",
            answer=["V", "Q"],
            symptom="You look for a report of `sys.exit` in the log.",
        ),
        Mistake(
            "A client that is gone expected in the log",
            "Nothing was fetched, so there is nothing to report on: no "
            "request, and no address.",
            fails="told",
            answer=["O", "V"],
            symptom="You expect a line in the log for each client that hung "
            "up too early.",
        ),
        Mistake(
            "A goodbye for good requests only",
            "Whoever was fetched is closed, however it went. Otherwise each "
            "error would cost a descriptor.",
            fails="let_go",
            answer=["a", "c"],
            symptom="You close connections in `handle_error`, and they are "
            "closed twice.",
        ),
        Mistake(
            "The end of the program swallowed",
            "A loop that returned here would go on with the line behind it, "
            "as after a `shutdown`. `SystemExit` has to get through.",
            fails="end",
            answer="returned",
            symptom="You expect that `sys.exit` in a handler ends the loop "
            "and no more.",
        ),
    ),
)


def answers(seen):
    return {
        "worked": seen.handled,
        "told": seen.reported,
        "let_go": seen.closed,
        "end": seen.ended,
        "rest": seen.unread,
    }
