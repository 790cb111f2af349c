"""Catch it: nothing left open

Complete the test. Whatever becomes of a request, the server lets go of it:
when it was handled, when the handler failed, when the server could not say
whether it may come in. And an error that ought to come out, comes out.
"""

import pytest

from companion.practise.format import Catch, Mistake, Plant
from tests.conformance.toolkit import Alarm, bounded, postbox_class, raising

EXERCISE = Catch(
    teaches="how to test what must happen on every way out",
    learned="Each way out is a test of its own: the good one, the reported "
    "one, and the one that goes up through everything.",
    covers=("BaseServer.verify_request", "BaseServer.close_request"),
    difficulty=3,
    hints=(
        "Three requests, three ways out. After each, `server.closed` has the "
        "requests that the server has let go of.",
        "`pytest.raises` is a block in which an error has to come out; the "
        "test fails if none does. Which of the three raise?",
        "An `Exception` of the handler does not come out: it is told to "
        "`handle_error`, which here writes into `server.reported`.",
        "`Alarm` stands for KeyboardInterrupt: it is no Exception, and comes "
        "out of `handle_request`.",
    ),
    plants=(
        Plant(
            "failed_and_left_open",
            "BaseServer._handle_request_noblock",
            (
                "self.handle_error(request, client_address)\n"
                "self.shutdown_request(request)",
                "self.handle_error(request, client_address)",
            ),
            "that a request whose handler failed is closed",
        ),
        Plant(
            "failed_and_not_told",
            "BaseServer._handle_request_noblock",
            ("self.handle_error(request, client_address)", "pass"),
            "that an error is reported",
        ),
        Plant(
            "alarm_swallowed",
            "BaseServer._handle_request_noblock",
            (
                "except BaseException:\n"
                "    self.shutdown_request(request)\n"
                "    raise\n"
                "if not welcome:",
                "except Exception:\n"
                "    self.shutdown_request(request)\n"
                "    raise\n"
                "except BaseException:\n"
                "    self.shutdown_request(request)\n"
                "    return\n"
                "if not welcome:",
            ),
            "that an alarm comes out",
        ),
        Plant(
            "unsure_and_left_open",
            "BaseServer._handle_request_noblock",
            (
                "except BaseException:\n"
                "    self.shutdown_request(request)\n"
                "    raise\n"
                "if not welcome:",
                "except BaseException:\n    raise\nif not welcome:",
            ),
            "that a request is closed when `verify_request` fails",
        ),
    ),
    mistakes=(
        Mistake(
            "Reported, so it is thought to be over",
            "The report is for people, the goodbye for the kernel. Each is a "
            "promise of its own.",
            fails="failed_and_left_open",
            edit=('assert server.closed == ["letter a"]', "pass"),
            symptom="The test passes on a server that loses a descriptor "
            "with each error.",
        ),
        Mistake(
            "Closed, so it is thought to be told",
            "An error that nobody hears of is the worst of all. Look into "
            "`server.reported`, too.",
            fails="failed_and_not_told",
            edit=('assert server.reported == ["letter a"]', "pass"),
            symptom="The test passes on a server that keeps its errors to "
            "itself.",
        ),
        Mistake(
            "An error that may come, or not",
            "`try` and `except` let an error by that does not come. What has "
            "to come out belongs into `pytest.raises`.",
            fails="alarm_swallowed",
            edit=(
                "with pytest.raises(Alarm):\n"
                "    bounded(server.handle_request)\n",
                "try:\n"
                "    bounded(server.handle_request)\n"
                "except Alarm:\n"
                "    pass",
            ),
            symptom="The test passes on a server that cannot be ended by "
            "Ctrl-C.",
        ),
        Mistake(
            "The error came out, and nobody looked behind it",
            "That it came out says nothing about what was done on the way. "
            "Look at `server.closed` once more.",
            fails="unsure_and_left_open",
            edit=('assert server.closed == ["letter b"]', "pass"),
            symptom="The test passes on a server that leaves a connection "
            "open whenever it is unsure.",
        ),
        Mistake(
            "A handler's error expected to come out",
            "The pipeline catches it, because the loop serves others, too. "
            "It is told to `handle_error`.",
            fails="reference",
            said="DID NOT RAISE",
            edit=(
                "bounded(server.handle_request)\n"
                'assert server.reported == ["letter a"]',
                "with pytest.raises(ValueError):\n"
                "    bounded(server.handle_request)\n"
                'assert server.reported == ["letter a"]',
            ),
            symptom="The test fails on a good server: no error came.",
        ),
    ),
)


def test_whatever_happens_a_request_is_let_go_of(lib):
    class Postbox(postbox_class(lib)):
        def close_request(self, request):
            self.closed.append(request)

        def handle_error(self, request, client_address):
            self.reported.append(request)

    with Postbox(raising(ValueError("a bad request"))) as server:
        server.closed, server.reported = [], []
        server.post(b"ab")

        # <<< Handle a: its handler fails. What is reported, what closed?
        bounded(server.handle_request)
        assert server.reported == ["letter a"]
        assert server.closed == ["letter a"]
        # >>>

        server.closed.clear()
        server.verify_request = raising(Alarm())
        # <<< Handle b: an alarm comes out. What is closed by then?
        with pytest.raises(Alarm):
            bounded(server.handle_request)
        assert server.closed == ["letter b"]
        # >>>
