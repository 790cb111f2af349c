"""Catch it: the wish to end

Complete the test. One client is being served and a second one queues, when
another thread calls `shutdown`. That call waits for the loop. The second
client is left in the queue, and a second loop finds it there.
"""

import threading

from companion.practise.format import Catch, Mistake, Plant
from tests.conformance.toolkit import (
    Background,
    bounded,
    client,
    read_all,
    stays,
    wait_for,
    waits_in_shutdown,
)

EXERCISE = Catch(
    teaches="what `shutdown` promises to its caller, and to those who queue",
    learned="When `shutdown` is back, the loop is over and nobody is taken "
    "any more (bpo-35017). The listener is as it was, and so is its queue.",
    covers=("BaseServer.shutdown", "BaseServer.serve_forever"),
    difficulty=4,
    hints=(
        "`stays(background)` says whether a call is still waiting. While the "
        "first client is inside, the loop cannot end.",
        "`served` has the addresses of those who were served; a client's own "
        "is `sock.getsockname()`.",
        "`read_all(sock)` reads what a client gets, up to the end. With a "
        "second loop running, the second client is served at last.",
    ),
    plants=(
        Plant(
            "back_too_early",
            "BaseServer.shutdown",
            ("self.__is_shut_down.wait()", "pass"),
            "that `shutdown` comes back after the loop has ended",
        ),
        Plant(
            "the_queue_is_emptied",
            "BaseServer.__listen_and_hear",
            (
                ("while not self.__shutdown_request:", "while True:"),
                (
                    "if self.__shutdown_request:",
                    "if self.__shutdown_request and not ready:",
                ),
            ),
            "that nobody is taken once the end was wished for",
        ),
        Plant(
            "closed_as_well",
            "BaseServer.shutdown",
            (
                "self.__is_shut_down.wait()",
                "self.__is_shut_down.wait()\nself.server_close()",
            ),
            "that `shutdown` leaves the listener open",
        ),
        Plant(
            "an_old_wish",
            "BaseServer.serve_forever",
            ("self.__shutdown_request = False", "pass"),
            "that a loop forgets the wish that has ended it",
        ),
    ),
    mistakes=(
        Mistake(
            "Nobody looks while the loop is busy",
            "That `shutdown` comes back in the end is true of one that never "
            "waits, too. Look while the first client is still inside.",
            fails="back_too_early",
            edit=("assert stays(stopping)", "pass"),
            symptom="The test passes on a server whose `shutdown` returns "
            "while the loop still runs.",
        ),
        Mistake(
            "Only the first is looked for",
            "That the first client was served says nothing about the second. "
            "Ask for all that were served, and compare the whole list.",
            fails="the_queue_is_emptied",
            edit=(
                (
                    "assert served == [first.getsockname()]",
                    "assert first.getsockname() in served",
                ),
            ),
            symptom="The test passes on a server that goes on serving while "
            "clients queue.",
        ),
        Mistake(
            "The second loop is not put to use",
            "To start a loop is not yet to be served by it. The client in the "
            "queue can tell: let it read.",
            fails="closed_as_well",
            edit=('assert read_all(second) == b"served"', "pass"),
            symptom="The test passes on a server whose second loop serves "
            "nobody.",
        ),
        Mistake(
            "shutdown() expected back at once",
            "It waits for the loop, and the loop waits for its handler. With "
            "a plain server that takes as long as the request does.",
            fails="reference",
            has="not stays",
            edit=("assert stays(stopping)", "assert not stays(stopping)"),
            symptom="The test fails on a good server: its `shutdown` waits "
            "for a slow client.",
        ),
        Mistake(
            "The whole queue expected to be served",
            "A client in the kernel's queue was never accepted. A loop that "
            "shall end takes nobody any more.",
            fails="reference",
            has=r"second\.getsockname",
            edit=(
                "assert served == [first.getsockname()]",
                "assert served == [first.getsockname(), second.getsockname()]",
            ),
            symptom="The test waits for a server to serve those who came "
            "too late.",
        ),
    ),
)


def test_a_wish_to_end_is_granted_and_forgotten(lib):
    served, inside, go = [], threading.Event(), threading.Event()

    def handler(request, client_address, server):
        served.append(client_address)
        inside.set()
        wait_for(go, "the test must let the handler go")
        request.sendall(b"served")

    with lib.TCPServer(("127.0.0.1", 0), handler) as server:
        loop = Background(server.serve_forever)
        with client(server) as first, client(server) as second:
            wait_for(inside, "the first was not served")
            waiting = waits_in_shutdown(server)
            stopping = Background(server.shutdown)
            waiting.wait(0.2)
            # <<< The first is still inside. Has `shutdown` come back?
            assert stays(stopping)
            # >>>
            go.set()
            stopping.result()
            wait_for(loop.done, "the loop did not end")
            # <<< Who was served?
            assert served == [first.getsockname()]
            # >>>
            again = Background(server.serve_forever)
            # <<< What does the second client get from the second loop?
            assert read_all(second) == b"served"
            # >>>
            bounded(server.shutdown)
            wait_for(again.done, "the second loop did not end")
