"""Catch it: threaded by name only

Complete the test. A server is mixed of ThreadingMixIn and TCPServer. Swapped
parents give no error, so a test has to tell: that a second client is served
while the first is inside, and that the end waits for both.
"""

import threading

from companion.practise.format import Catch, Mistake, Plant
from tests.conformance.toolkit import Background, client, wait_for

EXERCISE = Catch(
    teaches="how to see from outside whether a mix-in has any effect",
    learned="Whether a mix-in works is seen by what it promises: two clients "
    "at once, in threads of their own, and an end that waits.",
    covers=("ThreadingMixIn.process_request", "ThreadingMixIn.server_close"),
    difficulty=3,
    hints=(
        "`came` has an event for each client. While the first handler waits "
        "for `leave`, the second can come only if there are threads.",
        "The threads of both handlers are in `threads`. Is one of them the "
        "one that runs the loop?",
        "`closing` is a call of `server_close` that runs already: "
        "`closing.done` says whether it has come back.",
    ),
    plants=(
        Plant(
            "swapped",
            "ThreadingTCPServer",
            (
                "class ThreadingTCPServer(ThreadingMixIn, TCPServer):",
                "class ThreadingTCPServer(TCPServer, ThreadingMixIn):",
            ),
            "that two clients are served at once",
        ),
        Plant(
            "always_daemons",
            "ThreadingMixIn.process_request",
            (
                "self._threads.append(thread)",
                "self._threads.append(thread)\nthread.daemon = True",
            ),
            "that handlers are no daemons unless somebody wants it",
        ),
        Plant(
            "not_waiting",
            "ThreadingMixIn.server_close",
            ("self._threads.join()", "pass"),
            "that the end waits for the handlers",
        ),
    ),
    mistakes=(
        Mistake(
            "One client proves nothing",
            "Every server serves one client. Only the second one tells "
            "whether somebody has to wait.",
            fails="swapped",
            edit=(
                (
                    'wait_for(came["2"], "the second client had to wait")',
                    "leave.set()",
                ),
                ("assert not any(each.daemon for each in threads)", "pass"),
                ("assert not closing.done.wait(0.1)", "pass"),
            ),
            symptom="The test of a threaded server passes, and in daily use "
            "clients wait for each other.",
        ),
        Mistake(
            "The end is not looked at",
            "That the server was threaded says nothing about who waits for "
            "the threads.",
            fails="not_waiting",
            edit=("assert not closing.done.wait(0.1)", "pass"),
            symptom="The test passes on a server that leaves its threads "
            "behind.",
        ),
        Mistake(
            "A thread taken for a thread",
            "A daemon is cut off at the end of the program, and nobody waits "
            "for it. Ask the threads what they are.",
            fails="always_daemons",
            edit=(
                (
                    "assert not any(each.daemon for each in threads)",
                    "pass",
                ),
                ("assert not closing.done.wait(0.1)", "leave.set()"),
            ),
            symptom="The test passes on a server whose handlers are cut off "
            "when the program ends.",
        ),
    ),
)


def test_a_threaded_server_serves_two_at_once_and_waits(lib):
    came = {"1": threading.Event(), "2": threading.Event()}
    leave, threads = threading.Event(), []

    def handler(request, client_address, server):
        threads.append(threading.current_thread())
        came[request.recv(1).decode()].set()
        leave.wait()

    server = lib.ThreadingTCPServer(("127.0.0.1", 0), handler)
    with client(server) as first, client(server) as second:
        try:
            loop = Background(server.serve_forever, 0.01)
            first.sendall(b"1")
            second.sendall(b"2")
            wait_for(came["1"], "the first client was not served")
            # <<< Is the second one served, and what are its threads like?
            wait_for(came["2"], "the second client had to wait")
            assert not any(each.daemon for each in threads)
            # >>>
            server.shutdown()
            closing = Background(server.server_close)
            # <<< Does the end wait?
            assert not closing.done.wait(0.1)
            # >>>
        finally:
            leave.set()
        closing.result()
        loop.result()
