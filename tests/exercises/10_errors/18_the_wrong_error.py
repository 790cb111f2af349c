"""The error that hides another

A report shows the error that came last, and silence looks like success. This
program makes three mistakes that are old friends. Say what comes of them.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="how to read a report, a silence and an empty answer",
    learned="Read a traceback to its top: the first error stands there. An "
    "empty read is the end, and an empty datagram is an answer.",
    covers=(
        "BaseServer.handle_error",
        "StreamRequestHandler.setup",
        "StreamRequestHandler.finish",
        "DatagramRequestHandler.setup",
        "DatagramRequestHandler.finish",
    ),
    difficulty=3,
    hints=(
        "`finish` runs in any case. What does `StreamRequestHandler.finish` "
        "need that only `StreamRequestHandler.setup` makes?",
        "An error that is raised while another one is being handled keeps "
        "that one as its `__context__`.",
        "A stream that has come to its end gives an empty read, at once. It "
        "is no error, and nobody waits.",
    ),
    program="""
        import socket
        import sys

        from minisocketserver import (
            DatagramRequestHandler,
            StreamRequestHandler,
            TCPServer,
            UDPServer,
        )

        errors, lines = [], []


        class Forgetful(StreamRequestHandler):
            def setup(self):  # and no super().setup()
                self.count = 0

            def handle(self):
                self.count += self.request  # a socket is no number


        class Listener(StreamRequestHandler):
            def handle(self):
                lines.append(self.rfile.readline())


        class Silent(DatagramRequestHandler):
            def handle(self):
                raise ValueError("not a word")


        class Noting:
            def handle_error(self, request, client_address):
                errors.append(sys.exc_info()[1])


        class Streams(Noting, TCPServer):
            pass


        class Datagrams(Noting, UDPServer):
            pass


        with Streams(("127.0.0.1", 0), Forgetful) as server:
            with socket.create_connection(server.server_address):
                server.handle_request()
        last = type(errors[0]).__name__
        first = type(errors[0].__context__).__name__

        with Streams(("127.0.0.1", 0), Listener) as server:
            socket.create_connection(server.server_address).close()
            server.handle_request()

        with Datagrams(("127.0.0.1", 0), Silent) as server:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.settimeout(0.1)
                client.sendto(b"hello?", server.server_address)
                server.handle_request()
                try:
                    answer = client.recv(100)
                except TimeoutError:
                    answer = "none"
    """,
    questions=(
        Question(
            "last",
            "Which error does the report of `Forgetful` end with: what is "
            "`last`?",
            choices=("TypeError", "AttributeError", "ValueError"),
        ),
        Question("first", "What is `first`?"),
        Question(
            "line",
            "A client hangs up without a word. What does `readline` give? "
            "Bytes, or the name of an error.",
        ),
        Question(
            "answer",
            "A handler of datagrams fails before it has written anything. "
            "What is `answer`?",
            choices=("none", b"", b"not a word"),
        ),
    ),
    mistakes=(
        Mistake(
            "A setup without super().setup()",
            "`handle` has failed, and `finish` runs all the same. It looks "
            "for `wfile`, which nobody has made. That error comes last.",
            fails="last",
            answer="TypeError",
            symptom="AttributeError: wfile, in a line of the library.",
        ),
        Mistake(
            "The last error taken for the only one",
            "Python keeps the error that was being handled, and prints it "
            "above: *During handling of the above exception* ...",
            fails="first",
            answer="AttributeError",
            symptom="You mend what the report ends with, and the program "
            "fails as before.",
        ),
        Mistake(
            "A client that leaves, expected to be an error",
            "A polite goodbye is the end of the stream, and a read at the end "
            "is empty. Ask for it, or you loop for ever.",
            fails="line",
            answer="ConnectionResetError",
            symptom="A handler reads in a loop, the client has left, and a "
            "processor is at 100 %.",
        ),
        Mistake(
            "Silence expected from a handler that failed",
            "`finish` sends what was written, even nothing, also after an "
            "error. An empty datagram is a datagram.",
            fails="answer",
            answer="none",
            symptom="A server answers what it should ignore, with nothing in "
            "the answer.",
        ),
    ),
)


def answers(seen):
    (line,) = seen.lines
    return {
        "last": seen.last,
        "first": seen.first,
        "line": line,
        "answer": seen.answer,
    }
