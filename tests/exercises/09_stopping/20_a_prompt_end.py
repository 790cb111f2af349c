"""Catch it: a prompt end

Complete the test. `shutdown` ends a loop that sleeps, at once and not when its
poll interval is over; it returns when the loop has ended; and a server that
was shut down can be started again.
"""

import threading

from companion.practise.format import Catch, Mistake, Plant
from tests.conformance.toolkit import Background, bounded, client, wait_for

EXERCISE = Catch(
    teaches="three promises in one short method, and a test for each",
    learned="That a call returns is one promise. When it returns, and what "
    "is true by then, are two more.",
    covers=("BaseServer.serve_forever", "BaseServer.shutdown"),
    difficulty=4,
    hints=(
        "The first loop sleeps for a minute. A call that is bounded fails "
        "your test when it does not come back in a second.",
        "The second loop has a client inside, whose handler waits for "
        "`leave`. As long as it does, the loop cannot end.",
        "Call `shutdown` in the background then, and ask whether it is "
        "`done`, for a tenth of a second.",
    ),
    plants=(
        Plant(
            "sleeps_on",
            "BaseServer.shutdown",
            ("bell.ring()", "pass"),
            "that a sleeping loop is woken",
        ),
        Plant(
            "once_and_never_again",
            "BaseServer.serve_forever",
            ("self.__shutdown_request = False", "pass"),
            "that a server can be started again",
        ),
        Plant(
            "returns_too_early",
            "BaseServer.shutdown",
            ("self.__is_shut_down.wait()", "pass"),
            "that the loop has ended when shutdown returns",
        ),
    ),
    mistakes=(
        Mistake(
            "A loop that is awake anyway",
            "With a short poll interval, any loop hears the wish soon. A loop "
            "that sleeps for long has to be woken.",
            fails="sleeps_on",
            edit=("bounded(server.shutdown)", "Background(server.shutdown)"),
            symptom="The test passes, and in daily use `shutdown` takes half "
            "a second.",
        ),
        Mistake(
            "One life is enough",
            "The second start is where the first one's leftovers show.",
            fails="once_and_never_again",
            edit=(
                (
                    'wait_for(came, "the second loop serves nobody")',
                    "pass",
                ),
                ("assert not stopping.done.wait(0.1)", "pass"),
            ),
            symptom="The test passes on a server that cannot be started "
            "twice.",
        ),
        Mistake(
            "The end taken on trust",
            "That `shutdown` returns is one promise. Another is that it does "
            "not return before the loop has ended.",
            fails="returns_too_early",
            edit=("assert not stopping.done.wait(0.1)", "pass"),
            symptom="The test passes on a server that serves one more client "
            "after `shutdown`.",
        ),
    ),
)


def test_shutdown_is_prompt_and_leaves_the_server_usable(lib):
    came, leave = threading.Event(), threading.Event()

    def handler(request, client_address, server):
        came.set()
        leave.wait()

    with lib.TCPServer(("127.0.0.1", 0), handler) as server:
        loop = Background(server.serve_forever, 60)
        loop.done.wait(0.05)  # it falls asleep
        # <<< The first loop sleeps for a minute: end it.
        bounded(server.shutdown)
        # >>>
        if not loop.done.is_set():
            server._BaseServer__shutdown_request = True
            server._BaseServer__doorbell.ring()
        loop.result()

        loop = Background(server.serve_forever, 0.01)
        with client(server):
            # <<< The second loop: does it serve, and does shutdown wait?
            wait_for(came, "the second loop serves nobody")
            stopping = Background(server.shutdown)
            assert not stopping.done.wait(0.1)
            # >>>
            leave.set()
        server._BaseServer__shutdown_request = True
        loop.result()
