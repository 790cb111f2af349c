"""Catch it: the wish to end

Complete the test. A client queues, and `shutdown` is called before any loop
runs. The loop that is started then ends at once and serves nobody. The client
is left in the queue, and a second loop finds it there.
"""

from companion.practise.format import Catch, Mistake, Plant
from tests.conformance.toolkit import (
    Background,
    bounded,
    client,
    read_all,
    wait_for,
    waits_in_shutdown,
)

EXERCISE = Catch(
    teaches="what a wish to end promises to those who are in the queue",
    learned="A wish is never lost. Once it is there, nobody is taken any more "
    "(bpo-35017). The listener is left as it was, and so is its queue.",
    covers=("BaseServer.shutdown", "BaseServer.serve_forever"),
    difficulty=4,
    hints=(
        "There are three things to ask: whether the first loop is over, "
        "whom it has served, and what the client gets from the second loop.",
        "`loop.done` is an event: `is_set()` says whether the call has come "
        "back. It has had its time.",
        "`read_all(sock)` reads what a client gets, up to the end.",
    ),
    plants=(
        Plant(
            "the_wish_is_lost",
            "BaseServer.serve_forever",
            (
                "self.__is_shut_down.clear()",
                "self.__is_shut_down.clear()\nself.__shutdown_request = False",
            ),
            "that a wish before the start is kept",
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
            "the_wish_is_half_heard",
            "BaseServer.__listen_and_hear",
            (
                "while not self.__shutdown_request:",
                "if self.__shutdown_request:\n"
                "    self.__shutdown_request = False\n"
                "    while not self.__shutdown_request:\n"
                "        selector.select(poll_interval)\n"
                "while not self.__shutdown_request:",
            ),
            "that a wish before the start ends the loop",
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
    ),
    mistakes=(
        Mistake(
            "Only the last loop is looked at",
            "That the client is served in the end is true of many servers. "
            "By which loop it was, the first one has to tell.",
            fails="the_wish_is_lost",
            edit=(
                ("assert loop.done.is_set()", "pass"),
                ("assert not served", "pass"),
            ),
            symptom="The test passes on a server that forgets a `shutdown` "
            "that comes too early.",
        ),
        Mistake(
            "Ended, and nobody asks how",
            "The loop is over, but what has it done before it was? Look at "
            "`served`.",
            fails="the_queue_is_emptied",
            edit=("assert not served", "pass"),
            symptom="The test passes on a server that goes on serving while "
            "clients queue.",
        ),
        Mistake(
            "The second loop is not put to use",
            "To start a loop is not yet to be served by it. The client in the "
            "queue can tell: let it read.",
            fails="closed_as_well",
            edit=('assert read_all(sock) == b"served"', "pass"),
            symptom="The test passes on a server whose second loop serves "
            "nobody.",
        ),
        Mistake(
            "The whole queue expected to be served",
            "A client in the kernel's queue was never accepted. A loop that "
            "shall end takes nobody any more.",
            fails="reference",
            has=r"assert served\b",
            edit=("assert not served", "assert served"),
            symptom="The test waits for a server to serve those who came "
            "too late.",
        ),
    ),
)


def test_a_wish_to_end_is_kept_and_granted(lib):
    served = []

    def handler(request, client_address, server):
        served.append(client_address)
        request.sendall(b"served")

    address = ("127.0.0.1", 0)
    with lib.TCPServer(address, handler) as server, client(server) as sock:
        waiting = waits_in_shutdown(server)
        stopping = Background(server.shutdown)
        wait_for(waiting, "shutdown() does not wait")
        loop = Background(server.serve_forever, 0.02)
        loop.done.wait(0.2)
        # <<< The wish came first. What has the loop done?
        assert loop.done.is_set()
        assert not served
        # >>>
        if not loop.done.is_set():
            bounded(server.shutdown)
        stopping.result()
        again = Background(server.serve_forever, 0.02)
        # <<< What does the client get from the second loop?
        assert read_all(sock) == b"served"
        # >>>
        bounded(server.shutdown)
        wait_for(again.done, "the second loop did not end")
