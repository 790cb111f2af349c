"""Catch it: after the error

Complete the test. A handler fails. The error is reported once, the client sees
the end of its connection, and the next client is served as if nothing had
happened. A Ctrl-C is another matter: it comes out.
"""

from companion.practise.format import Catch, Mistake, Plant
from tests.conformance.toolkit import bounded, client

EXERCISE = Catch(
    teaches="what is left to be done when something has gone wrong",
    learned="An error has three readers: the log, the client who waits, and "
    "the next client. A test that asks one of them knows a third.",
    covers=("BaseServer.handle_error", "BaseServer.process_request"),
    difficulty=4,
    hints=(
        "`reported` has an entry for each call of `handle_error`. How many "
        "should there be?",
        "The client whose request failed is still there: what does it "
        "receive?",
        "`interrupted` says whether KeyboardInterrupt came out of "
        "`handle_request`.",
    ),
    plants=(
        Plant(
            "silent",
            "BaseServer._handle_request_noblock",
            ("self.handle_error(request, client_address)", "pass"),
            "that an error is reported",
        ),
        Plant(
            "left_hanging",
            "BaseServer._handle_request_noblock",
            (
                "self.handle_error(request, client_address)\n"
                "self.shutdown_request(request)",
                "self.handle_error(request, client_address)",
            ),
            "that the client of a failed request sees the end",
        ),
        Plant(
            "swallows_everything",
            "BaseServer._handle_request_noblock",
            ("except Exception:", "except BaseException:"),
            "that a Ctrl-C comes out",
        ),
    ),
    mistakes=(
        Mistake(
            "The log is not read",
            "An error that nobody reports is an error that nobody mends. "
            "Count the reports.",
            fails="silent",
            edit=("assert len(reported) == 1", "pass"),
            symptom="The test passes on a server that hides its errors.",
        ),
        Mistake(
            "The client of a failed request is forgotten",
            "It has got no answer. It should at least get an end.",
            fails="left_hanging",
            edit=('assert sock.recv(1) == b""', "pass"),
            symptom="The test passes on a server whose clients wait for ever "
            "after an error.",
        ),
        Mistake(
            "All exceptions taken for one",
            "KeyboardInterrupt is no Exception. A server that reports it and "
            "goes on cannot be stopped.",
            fails="swallows_everything",
            edit=("assert interrupted", "pass"),
            symptom="The test passes on a server that Ctrl-C does not end.",
        ),
    ),
)


def test_a_failed_request_is_reported_and_over(lib):
    kept, reported, errors = [], [], [ValueError("no"), KeyboardInterrupt()]

    def handler(request, client_address, server):
        kept.append(request)  # or Python itself would close it
        raise errors.pop(0)

    class Server(lib.TCPServer):
        def handle_error(self, request, client_address):
            reported.append(client_address)

    with Server(("127.0.0.1", 0), handler) as server:
        with client(server) as sock:
            bounded(server.handle_request)
            # <<< What was reported, and what does the client see?
            assert len(reported) == 1
            assert sock.recv(1) == b""
            # >>>
        with client(server):
            interrupted = False
            try:
                bounded(server.handle_request)
            except KeyboardInterrupt:
                interrupted = True
            # <<< And the second error?
            assert interrupted
            # >>>
