"""Catch it: threaded by name only

Complete the test. `served` has a server serve one client, closes it, and
returns the threads that the handler ran in. The test shall fail for a server
that has swapped parents, or a wrong one, and for one that is not fully closed.
"""

import threading

from companion.practise.format import Catch, Mistake, Plant
from tests.conformance.toolkit import client, is_closed

EXERCISE = Catch(
    teaches="how to see from outside whether a mix-in does its work",
    learned="Swapped parents raise no error: all answers are right, only "
    "late. So ask what the mix-in promises, a thread of its own, of each "
    "class.",
    covers=("ThreadingMixIn.process_request", "ThreadingMixIn.server_close"),
    difficulty=3,
    hints=(
        "Two classes are threaded: one for TCP, one for UDP. Both belong into "
        "`classes`.",
        "The thread of the test is `threading.current_thread()`. It must not "
        "be among the threads of the handler.",
        "A list that is empty has nothing wrong in it. How many threads must "
        "there be, after one request?",
    ),
    plants=(
        Plant(
            "tcp_swapped",
            "ThreadingTCPServer",
            ("(ThreadingMixIn, TCPServer)", "(TCPServer, ThreadingMixIn)"),
            "that a TCP request has a thread of its own",
        ),
        Plant(
            "udp_swapped",
            "ThreadingUDPServer",
            ("(ThreadingMixIn, UDPServer)", "(UDPServer, ThreadingMixIn)"),
            "that a UDP request has a thread of its own",
        ),
        Plant(
            "never_handled",
            "ThreadingMixIn.process_request",
            ("thread.start()", "self._threads.clear()"),
            "that the handler runs",
        ),
        Plant(
            "listener_left_open",
            "ThreadingMixIn.server_close",
            ("super().server_close()", "pass"),
            "that closing goes on to the server behind the mix-in",
        ),
    ),
    mistakes=(
        Mistake(
            "The answer taken for the proof",
            "A server with swapped parents answers as well. Look at the "
            "thread that has answered.",
            fails="tcp_swapped",
            edit=("assert threading.current_thread() not in threads", "pass"),
            symptom="The test passes on a server that has no threads.",
        ),
        Mistake(
            "One pair tested, the other taken for granted",
            "Each class names its parents anew, and each can have them in the "
            "wrong order.",
            fails="udp_swapped",
            edit=(
                "classes = (lib.ThreadingTCPServer, lib.ThreadingUDPServer)",
                "classes = (lib.ThreadingTCPServer,)",
            ),
            symptom="TCP is tested, and the UDP server has swapped parents.",
        ),
        Mistake(
            "Nobody there, nothing wrong",
            "In an empty list no thread is the wrong one. Say how many there "
            "must be.",
            fails="never_handled",
            edit=("assert len(threads) == 1", "pass"),
            symptom="The test passes on a server that handles nothing.",
        ),
        Mistake(
            "The listener is not looked at",
            "A mix-in that forgets `super` cuts the line: what stands behind "
            "it is never closed.",
            fails="listener_left_open",
            edit=("assert is_closed(server.socket)", "pass"),
            symptom="The test passes on a server whose port stays taken.",
        ),
        Mistake(
            "A thread expected to outlive its request",
            "Each request has a thread, and each thread has one request. The "
            "server has waited for it before it was closed.",
            fails="reference",
            edit=(
                "assert len(threads) == 1",
                "assert threads[0].is_alive()",
            ),
            symptom="The test fails on every server, also on a good one.",
        ),
    ),
)


def served(cls):
    """Serve one client; return the closed server and the threads."""
    threads = []

    def handler(request, client_address, server):
        threads.append(threading.current_thread())

    with cls(("127.0.0.1", 0), handler) as server, client(server) as sock:
        sock.sendall(b"hello")
        server.handle_request()
    return server, threads


def test_each_request_has_a_thread(lib):
    # <<< Which classes shall be tested? A tuple; `lib` has them.
    classes = (lib.ThreadingTCPServer, lib.ThreadingUDPServer)
    # >>>
    for cls in classes:
        server, threads = served(cls)
        # <<< Which threads must be there, which not, and what is closed?
        assert len(threads) == 1
        assert threading.current_thread() not in threads
        assert is_closed(server.socket)
        # >>>
