"""A pipe for clients

This server has no socket. It reads bytes out of a pipe, a line within one
machine with two ends: what is written into one end is read from the other.
Each byte is a request. Say what the loop of `BaseServer` makes of it.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="what a loop needs to know of what it waits for: two methods",
    learned="A number to wait for and a method to fetch by: that is all the "
    "socket there is in BaseServer. Everything else is a hook.",
    covers=(
        "BaseServer.handle_request",
        "BaseServer.handle_timeout",
        "BaseServer.verify_request",
        "BaseServer.server_activate",
    ),
    difficulty=2,
    hints=(
        "`get_request` reads one byte at a time. What is left in the pipe "
        "makes the pipe ready again.",
        "Two hooks are replaced here: one that decides who may come in, and "
        "one that is called when nobody has come in time.",
        "`BaseServer` promises `fileno` and does not write it. No rule "
        "checks the class; the selector is the first who asks for it.",
    ),
    program="""
        import os

        from minisocketserver import BaseServer

        calls = []


        def note(request, client_address, server):
            calls.append(request)


        class PipeServer(BaseServer):
            timeout = 0
            active = False

            def __init__(self):
                super().__init__("a pipe", note)
                self.out, self.into = os.pipe()

            def server_activate(self):
                self.active = True

            def fileno(self):
                return self.out

            def get_request(self):
                return os.read(self.out, 1), "somebody"

            def verify_request(self, request, client_address):
                return request != b"b"

            def handle_timeout(self):
                calls.append("timeout")

            def server_close(self):
                os.close(self.out)
                os.close(self.into)


        with PipeServer() as server:
            os.write(server.into, b"abc")
            for _ in range(4):
                server.handle_request()
            known = server.server_address
            called = server.active
    """,
    questions=(
        Question(
            "noted",
            "What is in `calls` at the end? A list; bytes as in b'...'.",
        ),
        Question("address", "What is `known`?"),
        Question("active", "Is `called` True or False?"),
        Question(
            "lacking",
            "A child of BaseServer has no `fileno`. When is there an error: "
            "when a server is `made`, when it is to `wait`, or `never`?",
            choices=("made", "wait", "never"),
        ),
    ),
    mistakes=(
        Mistake(
            "All that is there taken for one request",
            "What a request is, `get_request` decides. This one reads a "
            "single byte, and leaves the rest for the next turn.",
            fails="noted",
            answer=[b"abc", "timeout", "timeout", "timeout"],
            symptom="You expect that three bytes that came together are "
            "handled together.",
        ),
        Mistake(
            "Asked, and the no not heeded",
            "`verify_request` says no to one of the bytes. It is fetched, "
            "and no handler is made for it.",
            fails="noted",
            answer=[b"a", b"b", b"c", "timeout"],
            symptom="You expect to see a request in the handler although it "
            "was turned away.",
        ),
        Mistake(
            "Who is turned away counted as a timeout",
            "Somebody came in time, and was turned away. The hook for "
            "timeouts is for the case that nobody came.",
            fails="noted",
            answer=[b"a", "timeout", b"c", "timeout"],
            symptom="You use `handle_timeout` to learn of clients that were "
            "turned away.",
        ),
        Mistake(
            "An address expected to be understood",
            "`BaseServer` keeps the address as it is and never looks inside. "
            "What an address is, only a child knows.",
            fails="address",
            answer=None,
            symptom="You expect that a server checks its address in the "
            "constructor of BaseServer.",
        ),
        Mistake(
            "A hook expected to be called for whoever has it",
            "The constructor of BaseServer opens nothing, so it has nothing "
            "to activate. It is the one of TCPServer that calls this hook.",
            fails="active",
            answer=True,
            symptom="You put the preparations of a server without a socket "
            "into `server_activate`, and they never happen.",
        ),
        Mistake(
            "A check of the class expected",
            "Only a class with `abc` refuses to be made while a method is "
            "missing. This one promises the two in words.",
            fails="lacking",
            answer="made",
            symptom="The server is made without complaint, and fails when "
            "the loop starts.",
        ),
    ),
)


def answers(seen):
    return {
        "noted": seen.calls,
        "address": seen.known,
        "active": seen.called,
        "lacking": made_or_wait(seen),
    }


def made_or_wait(seen):
    """Make a server that lacks `fileno`, then have it wait."""

    class Lacking(seen.BaseServer):
        def get_request(self):
            return "a request", "somebody"

    try:
        server = Lacking("nowhere", seen.note)
    except (TypeError, ValueError):
        return "made"
    try:
        server.handle_request()
    except (TypeError, ValueError):
        return "wait"
    return "never"
