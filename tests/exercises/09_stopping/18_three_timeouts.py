"""Three times that sound alike

A server has a `timeout`, a handler has a `timeout`, and the loop has its
`poll_interval`. The program tries them one after the other. Say what is called
when, and what is raised. In Python a method can be given to one object alone:
the last part does so.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="which wait each of the three settings bounds",
    learned="The server's `timeout` bounds the wait of `handle_request` for "
    "a client. The handler's bounds each read. `poll_interval` bounds "
    "nothing: it is the pulse of `serve_forever`.",
    covers=(
        "BaseServer.handle_request",
        "BaseServer.handle_timeout",
        "BaseServer.service_actions",
        "StreamRequestHandler.setup",
    ),
    difficulty=3,
    hints=(
        "Read `BaseServer.handle_request` down to the call of "
        "`handle_timeout`. Who else calls that hook? Look for it.",
        "`serve_forever` calls `service_actions` on each turn, also when "
        "nobody has come. It knows nothing of `timeout`.",
        "A socket with a time limit raises an error when the time is over. "
        "In a handler, an error is reported by `handle_error`.",
        "There may be two limits for one wait: the server's `timeout`, and "
        "that of the listener. The shorter one counts.",
    ),
    program="""
        import socket
        import sys

        from minisocketserver import StreamRequestHandler, TCPServer

        notes = []


        class Impatient(StreamRequestHandler):
            timeout = 0.02

            def handle(self):
                notes.append(self.rfile.readline())


        class Noting(TCPServer):
            timeout = 0.02

            def handle_timeout(self):
                notes.append("handle_timeout")

            def handle_error(self, request, client_address):
                notes.append(type(sys.exc_info()[1]).__name__)

            def service_actions(self):
                notes.append("service_actions")
                if len(notes) == 3:
                    raise StopIteration  # ends the loop


        with Noting(("127.0.0.1", 0), Impatient) as server:
            server.handle_request()  # nobody comes
            alone, notes = notes, []

            try:
                server.serve_forever(poll_interval=0.03)
            except StopIteration:
                loop, notes = notes, []

            with socket.create_connection(server.server_address):
                server.handle_request()  # the client says nothing
            silent, notes = notes, []

            server.timeout = None
            server.socket.settimeout(0.02)
            server.handle_request()  # nobody comes
            listener = notes
    """,
    questions=(
        Question("alone", "What is in `alone`? A list of strings."),
        Question("loop", "What is in `loop`?"),
        Question("silent", "What is in `silent`?"),
        Question("listener", "What is in `listener`?"),
    ),
    mistakes=(
        Mistake(
            "An error expected where a hook is called",
            "That nobody came is no error for a server. `handle_request` "
            "calls `handle_timeout` and returns.",
            fails="alone",
            answer=["TimeoutError"],
            symptom="You put `try` around `handle_request`, and the `except` "
            "is never reached.",
        ),
        Mistake(
            "A loop believed to run out of patience",
            "`serve_forever` does not look at `timeout`. It waits for ever, "
            "and calls `service_actions` on each turn.",
            fails="loop",
            answer=["handle_timeout", "handle_timeout", "handle_timeout"],
            symptom="A server has a `timeout`, and its `handle_timeout` is "
            "never called.",
        ),
        Mistake(
            "A client that is silent taken for one that is gone",
            "An empty line means the end, and this client is still there. "
            "The read waits, until its time is over and it raises.",
            fails="silent",
            answer=[b""],
            symptom="You wait for an empty line from a client that says "
            "nothing, and it never comes.",
        ),
        Mistake(
            "The server's timeout taken for the client's",
            "A client has come, so the wait that the server's `timeout` "
            "bounds is over. From here on, the handler's counts.",
            fails="silent",
            answer=["handle_timeout"],
            symptom="One silent client keeps a server for ever, in spite of "
            "its `timeout` (gh-102156).",
        ),
        Mistake(
            "A limit on the listener, overlooked",
            "`handle_request` asks the listener for its own time limit, too. "
            "The shorter of the two counts, and None is no limit.",
            fails="listener",
            answer=[],
            symptom="`handle_request` gives up although the server's "
            "`timeout` is None.",
        ),
    ),
)


def answers(seen):
    return {
        "alone": seen.alone,
        "loop": seen.loop,
        "silent": seen.silent,
        "listener": seen.listener,
    }
