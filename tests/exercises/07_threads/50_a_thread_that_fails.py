"""Catch it: a thread that fails

Complete the test. A handler works in a thread, and then it fails. Closing the
server shall wait for it. The error shall be reported while the client is still
there, and after that the client shall see the end.
"""

import threading

from companion.practise.format import Catch, Mistake, Plant
from tests.conformance.toolkit import Background, client, is_closed

EXERCISE = Catch(
    teaches="what a thread owes to client and server when its handler fails",
    learned="No caller is left who could put things right. The thread "
    "reports, then it says goodbye, and the server waits for both.",
    covers=(
        "ThreadingMixIn.process_request_thread",
        "ThreadingMixIn.server_close",
        "BaseServer.handle_error",
    ),
    difficulty=4,
    hints=(
        "`closing` is a `server_close` that runs in the background. Its "
        "`done` is an event: `closing.done.wait(0.1)` says after a tenth of a "
        "second whether it has come back.",
        "The server tells in `reported` how each error was reported: the "
        "connection was `open` by then, or it was `closed`.",
        "The client has a time limit. A `recv` fails if the end does not "
        "come, and returns nothing if it does.",
    ),
    plants=(
        Plant(
            "not_waited_for",
            "ThreadingMixIn.server_close",
            ("self._threads.join()", "pass"),
            "that closing waits for the handler",
        ),
        Plant(
            "client_left_hanging",
            "ThreadingMixIn.process_request_thread",
            ("finally:", "else:"),
            "that the client sees the end after an error",
        ),
        Plant(
            "never_reported",
            "ThreadingMixIn.process_request_thread",
            ("self.handle_error(request, client_address)", "pass"),
            "that the error is reported",
        ),
        Plant(
            "reported_too_late",
            "ThreadingMixIn.process_request_thread",
            (
                "self.handle_error(request, client_address)",
                "self.shutdown_request(request)\n"
                "self.handle_error(request, client_address)",
            ),
            "that the report comes before the client leaves",
        ),
    ),
    mistakes=(
        Mistake(
            "Asked after the handler has left",
            "Whether somebody waits shows as long as there is something to "
            "wait for. Ask while the handler works.",
            fails="not_waited_for",
            edit=("assert not closing.done.wait(0.1)", "pass"),
            symptom="The test passes on a server that leaves its handlers "
            "behind.",
        ),
        Mistake(
            "The server believed about its client",
            "A connection that nobody closes looks well from the server's "
            "side. The client waits. Let it `recv`.",
            fails="client_left_hanging",
            edit=('assert sock.recv(100) == b""', "pass"),
            symptom="The test passes on a server whose clients wait for ever "
            "after an error.",
        ),
        Mistake(
            "An error that nobody misses",
            "An error in a thread has no caller to reach. If nobody looks "
            "for the report, nobody notices that there is none.",
            fails="never_reported",
            edit=('assert reported == ["open"]', "pass"),
            symptom="The test passes on a server that swallows all errors.",
        ),
        Mistake(
            "The reports counted, not read",
            "That there is one report says nothing about when. Look at what "
            "it says about the connection.",
            fails="reported_too_late",
            edit=('assert reported == ["open"]', "assert len(reported) == 1"),
            symptom="The test passes on a server whose `handle_error` can no "
            "longer tell the client anything.",
        ),
        Mistake(
            "The error expected at the client's end",
            "An error of the handler is reported at the server. The client "
            "gets what was written, and that is nothing.",
            fails="reference",
            has=r"recv\(\d+\) == b'[^']",
            edit=(
                'assert sock.recv(100) == b""',
                'assert sock.recv(100) == b"no"',
            ),
            symptom="The test waits for the text of an error that is never "
            "sent.",
        ),
    ),
)


def test_a_thread_that_fails_is_reported_and_waited_for(lib):
    kept, reported = [], []
    leave = threading.Event()

    class Told(lib.ThreadingTCPServer):
        def handle_error(self, request, client_address):
            reported.append("closed" if is_closed(request) else "open")

    def handler(request, client_address, server):
        kept.append(request)  # or Python would close it when forgotten
        leave.wait()
        raise ValueError("no")

    server = Told(("127.0.0.1", 0), handler)
    with client(server) as sock:
        server.handle_request()
        closing = Background(server.server_close)
        try:
            # <<< The handler works. Has `server_close` come back?
            assert not closing.done.wait(0.1)
            # >>>
        finally:
            leave.set()
        # <<< The handler has failed. What does `sock` receive?
        assert sock.recv(100) == b""
        # >>>
        closing.result()
        # <<< What has been reported?
        assert reported == ["open"]
        # >>>
