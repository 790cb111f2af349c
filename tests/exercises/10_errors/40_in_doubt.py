"""Catch it: in doubt, nobody

Complete the test. A server's `verify_request` cannot decide and raises an
error. Then nobody is served, the client sees the end, the error comes out of
the loop, and the listener stays open: the owner may start again.
"""

from companion.practise.format import Catch, Mistake, Plant
from tests.conformance.toolkit import Background, bounded, client, wait_for

EXERCISE = Catch(
    teaches="what must still be true when a loop ends by an error",
    learned="An error that ends a loop is no excuse: who was let in by then "
    "is said goodbye to, and what the owner opened stays the owner's.",
    covers=("BaseServer.verify_request", "BaseServer.serve_forever"),
    difficulty=4,
    hints=(
        "A `Background` call notes what it raised: `loop.error`. It is None "
        "for as long as nothing was raised.",
        "Ask four: the loop about its error, the handler's list `served`, "
        "the client about the end, and the server about its descriptor.",
        "A socket that is closed has a `fileno` of -1. An open one has a "
        "number from 0 up.",
    ),
    plants=(
        Plant(
            "open_behind_it",
            "BaseServer._handle_request_noblock",
            (
                "except BaseException:\n    self.shutdown_request(request)\n"
                "    raise\nif not welcome:",
                "except BaseException:\n    raise\nif not welcome:",
            ),
            "that the client sees the end",
        ),
        Plant(
            "served_in_doubt",
            "BaseServer._handle_request_noblock",
            (
                "except BaseException:\n    self.shutdown_request(request)\n"
                "    raise\nif not welcome:",
                "except BaseException:\n"
                "    self.finish_request(request, client_address)\n"
                "    self.shutdown_request(request)\n"
                "    raise\nif not welcome:",
            ),
            "that nobody is served in doubt",
        ),
        Plant(
            "taken_for_a_no",
            "BaseServer._handle_request_noblock",
            (
                "except BaseException:\n    self.shutdown_request(request)\n"
                "    raise\nif not welcome:",
                "except BaseException:\n    welcome = False\nif not welcome:",
            ),
            "that the error comes out of the loop",
        ),
        Plant(
            "the_listener_closed",
            "BaseServer.serve_forever",
            (
                "self.__is_shut_down.set()",
                "self.__is_shut_down.set()\nself.server_close()",
            ),
            "that the listener stays open",
        ),
    ),
    mistakes=(
        Mistake(
            "The loop is asked, and not the client",
            "The error came out: that is the owner's side. Whether the "
            "connection was closed behind it, only the client can tell.",
            fails="open_behind_it",
            edit=('assert sock.recv(1) == b""', "pass"),
            symptom="The test passes on the original, which leaves the "
            "connection open.",
        ),
        Mistake(
            "Only the end is looked at",
            "A client that was served sees the end, too. Ask what the server "
            "has done before it, and what became of the error.",
            fails="served_in_doubt",
            edit=(
                ("assert not served", "pass"),
                ("assert isinstance(loop.error, Doubt)", "pass"),
            ),
            symptom="The test passes on a server that lets in whom it cannot "
            "judge.",
        ),
        Mistake(
            "The error is not asked for",
            "That nobody was served is what a plain no would look like. The "
            "error itself has to come out: look at `loop.error`.",
            fails="taken_for_a_no",
            edit=("assert isinstance(loop.error, Doubt)", "pass"),
            symptom="The test passes on a server that swallows a bug in its "
            "check and turns everybody away.",
        ),
        Mistake(
            "The listener is not asked",
            "An error ends the loop, not the server. Whoever catches it may "
            "want to go on with the same socket.",
            fails="the_listener_closed",
            edit=("assert server.fileno() >= 0", "pass"),
            symptom="The test passes on a server that cannot be started again "
            "after an error.",
        ),
        Mistake(
            "A report expected for each error",
            "`handle_error` is for what happens while a request is "
            "processed. This one has not come so far.",
            fails="reference",
            has="assert reports",
            edit=("assert not served", "assert reports"),
            symptom="The test waits for a report, and the error came out of "
            "`serve_forever`.",
        ),
    ),
)


def test_in_doubt_nobody_is_served(lib):
    served, reports = [], []

    class Doubt(Exception):
        pass

    class Doubtful(lib.TCPServer):
        def verify_request(self, request, client_address):
            self.kept = request  # or Python would close it when forgotten
            raise Doubt

        def handle_error(self, request, client_address):
            reports.append(client_address)

    def handler(request, client_address, server):
        served.append(client_address)

    with Doubtful(("127.0.0.1", 0), handler) as server:
        loop = Background(server.serve_forever, 0.02)
        with client(server) as sock:
            loop.done.wait(0.2)
            # <<< What has the loop raised, who was served, who sees the end?
            assert isinstance(loop.error, Doubt)
            assert not served
            assert sock.recv(1) == b""
            assert server.fileno() >= 0
            # >>>
        bounded(server.shutdown)
        wait_for(loop.done, "the loop did not end")
