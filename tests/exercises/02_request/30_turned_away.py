"""Catch it: turned away, but told

Complete the test. A server turns a client away, by a `verify_request` that
says no. The test shall pass on the text and fail where a promise about it is
broken: that the handler does not run, and that the client sees the end.
"""

from companion.practise.format import Catch, Mistake, Plant
from tests.conformance.toolkit import bounded, client

EXERCISE = Catch(
    teaches="what a server owes to a client that it turns away",
    learned="Turned away is not forgotten: the connection exists and has to "
    "be closed, or the client waits for ever.",
    covers=("BaseServer.verify_request",),
    difficulty=2,
    hints=(
        "Two things are to be asserted after `handle_request`: what the "
        "handler has seen, and what the client receives.",
        "A stream that has ended gives an empty `recv`.",
        "The client's socket has a time limit: a `recv` that waits for ever "
        "becomes an error, and so fails your test. Call it.",
    ),
    plants=(
        Plant(
            "nobody_verifies",
            "BaseServer._handle_request_noblock",
            ("if not welcome:", "if False:"),
            "that nobody is served who was turned away",
        ),
        Plant(
            "left_hanging",
            "BaseServer._handle_request_noblock",
            (
                "if not welcome:\n    self.shutdown_request(request)",
                "if not welcome:\n    pass",
            ),
            "that the client sees the end",
        ),
        Plant(
            "another_address",
            "BaseServer._handle_request_noblock",
            (
                "welcome = self.verify_request(request, client_address)",
                "welcome = self.verify_request(request, self.server_address)",
            ),
            "that the hook is told the client's address",
        ),
    ),
    mistakes=(
        Mistake(
            "The handler is not looked at",
            "That the client saw the end says nothing about what was done "
            "before. Assert on `served`, too.",
            fails="nobody_verifies",
            edit=("assert not served", "pass"),
            symptom="The test passes on a server that lets everybody in.",
        ),
        Mistake(
            "The client is not asked",
            "A connection that stays open looks the same to the server. Only "
            "the client can tell: let it `recv`.",
            fails="left_hanging",
            edit=('assert sock.recv(1) == b""', "pass"),
            symptom="The test passes on a server that never hangs up.",
        ),
        Mistake(
            "The hook's arguments are not looked at",
            "A hook that ignores its arguments cannot tell whether they are "
            "the right ones. Assert on `asked`.",
            fails="another_address",
            edit=("assert asked == [sock.getsockname()]", "pass"),
            symptom="The test passes on a server that gives the hook its own "
            "address in place of the client's.",
        ),
        Mistake(
            "An answer expected from a server that says no",
            "Nothing was sent: what the client receives is the end, and that "
            "is empty.",
            fails="reference",
            has=r"recv\(\d+\) == b'[^']",
            edit=(
                'assert sock.recv(1) == b""',
                'assert sock.recv(1) == b"n"',
            ),
            symptom="The test fails on every server, also on a good one.",
        ),
    ),
)


def test_who_is_turned_away_sees_the_end(lib):
    asked, served = [], []

    class Closed(lib.TCPServer):
        def verify_request(self, request, client_address):
            asked.append(client_address)
            self.kept = request  # or Python would close it when forgotten
            return False

    def handler(request, client_address, server):
        served.append(client_address)

    with Closed(("127.0.0.1", 0), handler) as server, client(server) as sock:
        bounded(server.handle_request)
        # <<< What was the hook asked, who was served, what does sock receive?
        assert asked == [sock.getsockname()]
        assert not served
        assert sock.recv(1) == b""
        # >>>
