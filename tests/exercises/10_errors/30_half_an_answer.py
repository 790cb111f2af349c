"""Catch it: half an answer

Complete the test. Three handlers have a buffer for what they write. The first
fails in the middle: its client gets what was written. The second fails in its
`setup`: its `finish` must not run. The third has a client that has gone before
the answer: that is no error of the server.
"""

import socket
import struct

from companion.practise.format import Catch, Mistake, Plant
from tests.conformance.toolkit import bounded, client, read_all

EXERCISE = Catch(
    teaches="what a handler still does when something has gone wrong",
    learned="What is set up is finished, whatever happens in between. What "
    "was never set up is not. And a client may go: it is its right.",
    covers=(
        "BaseRequestHandler.finish",
        "StreamRequestHandler.setup",
        "StreamRequestHandler.finish",
    ),
    difficulty=4,
    hints=(
        "`read_all(sock)` reads what a client gets, up to the end.",
        "`steps` has the names of the methods that were called. Which of "
        "them must not be there, after a `setup` that failed?",
        "`reports` has the error of each call of `handle_error`. How many "
        "should there be after the third client?",
    ),
    plants=(
        Plant(
            "the_half_is_lost",
            "BaseRequestHandler.__init__",
            (
                "try:\n    self.handle()\nfinally:\n    self.finish()",
                "self.handle()\nself.finish()",
            ),
            "that what was written before an error is sent",
        ),
        Plant(
            "finished_without_a_beginning",
            "BaseRequestHandler.__init__",
            (
                "self.setup()\n"
                "try:\n    self.handle()\nfinally:\n    self.finish()",
                "try:\n    self.setup()\n    self.handle()\n"
                "finally:\n    self.finish()",
            ),
            "that nothing is finished which was not set up",
        ),
        Plant(
            "a_client_must_not_go",
            "StreamRequestHandler.finish",
            (
                "try:\n    self.wfile.flush()\nexcept OSError:\n    pass",
                "self.wfile.flush()",
            ),
            "that a client may go before it has its answer",
        ),
    ),
    mistakes=(
        Mistake(
            "The end read, and the rest not",
            "The client sees the end in any case. What came before it is the "
            "promise: compare it.",
            fails="the_half_is_lost",
            edit=('assert read_all(sock) == b"half"', "read_all(sock)"),
            symptom="The test passes on a server that throws away what was "
            "written before an error.",
        ),
        Mistake(
            "The report taken for the whole story",
            "The last error is reported whichever it is. What was called on "
            "the way, only the steps tell.",
            fails="finished_without_a_beginning",
            edit=(
                'assert steps == ["setup"]',
                "assert reports",
            ),
            symptom="The test passes on a handler that clears away what it "
            "never made.",
        ),
        Mistake(
            "A client that went is not asked for",
            "Clients go all day. If each of them made a report, nobody would "
            "read the reports any more.",
            fails="a_client_must_not_go",
            edit=("assert not reports", "pass"),
            symptom="The test passes on a server whose log is full of broken "
            "pipes.",
        ),
        Mistake(
            "An error expected to take everything back",
            "What the handler has written before the error is written. "
            "`finish` runs after it, and sends it.",
            fails="reference",
            has="== b''",
            edit=(
                'assert read_all(sock) == b"half"',
                'assert read_all(sock) == b""',
            ),
            symptom="The test expects that a client gets all or nothing.",
        ),
    ),
)


def test_what_is_set_up_is_finished(lib):
    reports, steps, kept = [], [], []

    class Server(lib.TCPServer):
        def handle_error(self, request, client_address):
            reports.append(client_address)

    class Half(lib.StreamRequestHandler):
        wbufsize = 100

        def handle(self):
            self.wfile.write(b"half")
            kept.append(self.wfile)  # or Python would flush it
            raise ValueError("and the rest?")

    class Unready(lib.StreamRequestHandler):
        def setup(self):
            steps.append("setup")
            raise ValueError("not ready")

        def finish(self):
            steps.append("finish")

    class Whole(lib.StreamRequestHandler):
        wbufsize = 100

        def handle(self):
            self.wfile.write(b"the whole answer")

    with Server(("127.0.0.1", 0), Half) as server:
        with client(server) as sock:
            bounded(server.handle_request)
            # <<< What does the client of `Half` get?
            assert read_all(sock) == b"half"
            # >>>
        server.RequestHandlerClass = Unready
        with client(server):
            bounded(server.handle_request)
            # <<< What has `Unready` done?
            assert steps == ["setup"]
            # >>>
        server.RequestHandlerClass = Whole
        with client(server) as sock:  # it slams the door
            at_once = struct.pack("ii", 1, 0)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        reports.clear()
        bounded(server.handle_request)
        # <<< Is there a report about the client that has gone?
        assert not reports
        # >>>
