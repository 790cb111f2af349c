"""One request, or a timeout

Write `handle_request`: it waits for one client, for `timeout` seconds at most,
and calls `handle_timeout` if none has come. A selector may come back early, so
an empty answer is not yet a timeout.
"""

import selectors
import sys

from companion.practise.format import Fill, Mistake
from tests.conformance.toolkit import bounded, postbox_class

EXERCISE = Fill(
    teaches="how to wait with a time limit, and for the rest of it",
    learned="A time limit is a deadline. Whoever is woken early waits for "
    "the rest, by a clock that nobody can set.",
    covers=("BaseServer.handle_timeout",),
    symbols=("BaseServer.handle_request",),
    difficulty=3,
    hints=(
        "There are two limits: the server's `timeout` and that of its "
        "socket, if it has a socket. The shorter one counts; None is none.",
        "Work out the deadline before you wait. After each empty answer, "
        "the rest is the deadline minus the time.",
        "Without a limit, an empty answer means: wait again. With one, it "
        "means: wait for the rest, and below zero call `handle_timeout`.",
    ),
    survives={
        "if timeout is None:": "a selector rarely wakes for nothing",
        "continue": "a selector rarely wakes for nothing",
    },
    mistakes=(
        Mistake(
            "A timeout that is never told",
            "Time is up, and nobody has come: there is a hook for that, and "
            "it is the only one who can tell the program.",
            fails="calls_the_hook",
            edit=("return self.handle_timeout()", "return"),
            symptom="`handle_request` returns, and `handle_timeout` was not "
            "called.",
        ),
        Mistake(
            "Woken early, given up",
            "A selector may come back early and empty: because of a signal, "
            "or a coarse clock. Only the deadline says that time is up.",
            fails="waits_for_the_rest",
            edit=("if timeout < 0:", "if True:"),
            symptom="Once in a while a timeout is reported long before its "
            "time.",
        ),
        Mistake(
            "The socket's own limit ignored",
            "Whoever has set a limit on the listener means it. The shorter "
            "of the two counts.",
            fails="keeps_the_socket_s_limit",
            edit=("timeout = limit\n", "timeout = timeout\n"),
            symptom="`socket.settimeout` has no effect on `handle_request`.",
        ),
        Mistake(
            "A client that is seen and not served",
            "To know that somebody knocks is not to serve them. The request "
            "has to go down the pipeline.",
            fails="serves_one",
            edit=("return self._handle_request_noblock()", "return"),
            symptom="`handle_request` returns as soon as a client is there, "
            "and the client gets nothing.",
        ),
    ),
)


def postbox(yours):
    """Return a server that needs no network and notes what happens."""

    class Postbox(postbox_class(yours)):
        def process_request(self, request, client_address):
            self.noted.append(request)

        def handle_timeout(self):
            self.noted.append("timeout")

    server = Postbox()
    server.noted = []
    return server


def promise_serves_one(yours):
    """One request is served, and the next is left."""
    with postbox(yours) as server:
        server.post(b"ab")
        bounded(server.handle_request)
        assert server.noted == ["letter a"], f"it noted {server.noted}"


def promise_calls_the_hook(yours):
    """When nobody comes, `handle_timeout` is called."""
    with postbox(yours) as server:
        server.timeout = 0.01
        bounded(server.handle_request)
        assert server.noted == ["timeout"], f"it noted {server.noted}"


def promise_keeps_the_socket_s_limit(yours):
    """The listener's own limit counts where it is shorter."""
    with postbox(yours) as server:
        for timeout in (None, 60):
            server.timeout, server.noted = timeout, []
            server.socket.settimeout(0.01)
            bounded(server.handle_request, promise="it waited on and on")
            assert server.noted == ["timeout"], f"it noted {server.noted}"


def promise_waits_for_the_rest(yours):
    """An empty answer that comes early is not yet a timeout."""
    with postbox(yours) as server:
        server.timeout = 10

        class Hasty(selectors.SelectSelector):
            answers = 0

            def select(self, timeout=None):
                Hasty.answers += 1
                if Hasty.answers < 3:
                    return []
                server.post(b"a")
                return super().select(timeout)

        base = sys.modules[f"{yours.__name__}.base"]
        base._ServerSelector = Hasty
        bounded(server.handle_request)
        assert server.noted == ["letter a"], f"it noted {server.noted}"
