"""Catch it: half an answer

Complete the test. A handler writes half of its answer and fails. It has a
buffer for what it writes, so the half is still there when the error comes. The
client gets the half and the end, the owner gets a report, and the next client
is served.
"""

from companion.practise.format import Catch, Mistake, Plant
from tests.conformance.toolkit import (
    Background,
    bounded,
    client,
    read_all,
    wait_for,
)

EXERCISE = Catch(
    teaches="what is owed to a client, to the owner, and to the next client",
    learned="After an error, four things still happen: what was written is "
    "sent, the client sees the end, a report is made, and the loop goes on.",
    covers=(
        "BaseRequestHandler.finish",
        "StreamRequestHandler.finish",
        "BaseServer.handle_error",
    ),
    difficulty=4,
    hints=(
        "Three parties can tell: the client that was served by halves, "
        "`reports`, and a client that comes afterwards.",
        "`read_all(sock)` reads until the other side has closed. On a server "
        "that never closes it fails, because the client's time runs out.",
        "Whether the loop still runs, nobody tells you. Be the next client: "
        "`client(server)` once more, and read what it gets.",
    ),
    plants=(
        Plant(
            "left_hanging",
            "BaseServer._handle_request_noblock",
            (
                "self.handle_error(request, client_address)\n"
                "self.shutdown_request(request)",
                "self.handle_error(request, client_address)",
            ),
            "that the client sees the end",
        ),
        Plant(
            "the_half_is_lost",
            "BaseRequestHandler.__init__",
            (
                "try:\n    self.handle()\nfinally:\n    self.finish()",
                "self.handle()\nself.finish()",
            ),
            "that what was written is sent",
        ),
        Plant(
            "nobody_is_told",
            "BaseServer._handle_request_noblock",
            ("self.handle_error(request, client_address)", "pass"),
            "that the owner hears of an error",
        ),
        Plant(
            "the_loop_ends",
            "BaseServer._handle_request_noblock",
            (
                "self.handle_error(request, client_address)\n"
                "self.shutdown_request(request)",
                "self.handle_error(request, client_address)\n"
                "self.shutdown_request(request)\nraise",
            ),
            "that one bad request does not end the loop",
        ),
    ),
    mistakes=(
        Mistake(
            "A recv in place of the end",
            "One `recv` gives what has come so far. Whether more will come, "
            "only the end of the stream tells.",
            fails="left_hanging",
            edit=(
                (
                    'assert read_all(first) == b"half"',
                    'assert first.recv(100) == b"half"',
                ),
                (
                    'assert read_all(second) == b"half"',
                    'assert second.recv(100) == b"half"',
                ),
            ),
            symptom="The test passes on a server that never hangs up.",
        ),
        Mistake(
            "What was read is not compared",
            "To read to the end shows that there is one. What came before it "
            "may be anything, also nothing.",
            fails="the_half_is_lost",
            edit=(
                ('assert read_all(first) == b"half"', "read_all(first)"),
                ('assert read_all(second) == b"half"', "read_all(second)"),
            ),
            symptom="The test passes on a server that throws away what was "
            "written before an error.",
        ),
        Mistake(
            "The report is not asked for",
            "A server that swallows errors is quiet, and quiet looks like "
            "good. Look into `reports`.",
            fails="nobody_is_told",
            edit=("assert len(reports) == 2", "pass"),
            symptom="The test passes on a server that says nothing when a "
            "handler fails.",
        ),
        Mistake(
            "The next client is forgotten",
            "A loop that has ended keeps its listener open, so clients still "
            "connect. Only one that is served shows that the loop lives.",
            fails="the_loop_ends",
            edit=(
                (
                    'assert read_all(second) == b"half"',
                    "assert second.getpeername()",
                ),
                ("assert len(reports) == 2", "assert reports"),
            ),
            symptom="The test passes on a server that the first bad request "
            "ends.",
        ),
        Mistake(
            "An error expected to take everything back",
            "What the handler has written before the error is written. "
            "`finish` runs in any case, and sends it.",
            fails="reference",
            edit=(
                'assert read_all(first) == b"half"',
                'assert read_all(first) == b""',
            ),
            symptom="The test expects that a client gets all or nothing.",
        ),
    ),
)


def test_a_handler_that_fails_in_the_middle(lib):
    reports, kept = [], []

    class Server(lib.TCPServer):
        def finish_request(self, request, client_address):
            kept.append(request)  # or Python would close it when forgotten
            super().finish_request(request, client_address)

        def handle_error(self, request, client_address):
            reports.append(client_address)

    class Clumsy(lib.StreamRequestHandler):
        wbufsize = 100

        def handle(self):
            self.wfile.write(b"half")
            kept.append(self.wfile)
            raise ValueError("and now?")

    with Server(("127.0.0.1", 0), Clumsy) as server:
        loop = Background(server.serve_forever, 0.02)
        try:
            with client(server) as first:
                # <<< What does the client get?
                assert read_all(first) == b"half"
                # >>>
            with client(server) as second:
                # <<< Is the next client served?
                assert read_all(second) == b"half"
                # >>>
        finally:
            bounded(server.shutdown)
            wait_for(loop.done, "the loop did not end")
        # <<< What has the owner heard?
        assert len(reports) == 2
        # >>>
