"""Before anybody accepts

Two clients connect to a server whose loop does not run. The second is quicker
to send. Then the server handles one request. Say who is served, and what the
two clients receive.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="what the kernel does for a client while the server does nothing",
    learned="Connected is not accepted, and sent is not read. In between "
    "stands the kernel, with a queue for clients and a store for bytes.",
    covers=("BaseServer.handle_request", "TCPServer.server_activate"),
    difficulty=1,
    hints=(
        "The kernel completes a connection as soon as a client asks for it, "
        "and puts it into a queue. `get_request` takes the one in front.",
        "When the handler is done, the server closes the connection. How "
        "does a socket say that nothing more will come?",
        "Nobody has turned the second client away. It stands in the queue "
        "still, and does not know that it does.",
    ),
    program="""
        import socket

        from minisocketserver import BaseRequestHandler, TCPServer

        served = []


        class Shout(BaseRequestHandler):
            def handle(self):
                data = self.request.recv(100)
                served.append(data)
                self.request.sendall(data.upper())


        with TCPServer(("127.0.0.1", 0), Shout) as server:
            first = socket.create_connection(server.server_address)
            second = socket.create_connection(server.server_address)
            second.sendall(b"me first")
            first.sendall(b"hello")

            server.handle_request()
            answer = first.recv(100)
            more = first.recv(100)

            second.settimeout(0.05)
            try:
                second.recv(100)
                patience = "ended"
            except TimeoutError:
                patience = "waits"
            except ConnectionError:
                patience = "refused"

            first.close()
            second.close()
    """,
    questions=(
        Question("who", "What is in `served` at the end? A list of bytes."),
        Question("reply", "What is `answer`? Bytes, as in b'...'."),
        Question("again", "What is `more`, the second thing that came?"),
        Question(
            "other",
            "What is `patience`, the word on the second client?",
            choices=("ended", "waits", "refused"),
        ),
    ),
    mistakes=(
        Mistake(
            "Served in the order of sending",
            "The queue is of connections, not of messages. Who connected "
            "first is accepted first, also if others have more to say.",
            fails="who",
            answer=[b"me first"],
            symptom="You expect that a silent client lets the others pass.",
        ),
        Mistake(
            "One request taken for all that wait",
            "`handle_request` is for a single request. `serve_forever` is "
            "the one that goes on.",
            fails="who",
            answer=[b"hello", b"me first"],
            symptom="A program calls `handle_request` once, and serves its "
            "first client only.",
        ),
        Mistake(
            "The end taken for a missing value",
            "`recv` always gives bytes. At the end of a stream there are "
            "none of them, and that is b'', not None.",
            fails="again",
            answer=None,
            symptom="A loop asks `is None` to find the end, and never ends.",
        ),
        Mistake(
            "A client in the queue taken for one turned away",
            "Its connection stands, and its bytes are stored. It waits for "
            "an answer, and cannot tell how long the queue is.",
            fails="other",
            answer="refused",
            symptom="You expect that a busy server refuses its clients. They "
            "hang.",
        ),
    ),
)


def answers(seen):
    return {
        "who": seen.served,
        "again": seen.more,
        "other": seen.patience,
        "reply": seen.answer,
    }
