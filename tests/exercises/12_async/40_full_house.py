"""Catch it: a full house

Complete the test. A server takes one client at a time, by `max_connections`.
While the first is inside, the second must wait; when the first has left, the
second must be let in. And a request that is asked for at the end may finish.
"""

import asyncio
import threading

from companion.practise.format import Catch, Mistake, Plant
from tests.conformance.toolkit import Background, bounded, client, wait_for

EXERCISE = Catch(
    teaches="what a limit promises: to keep out, and to let in again",
    learned="A limit has two sides. A test that asks for one of them passes "
    "on a server that has forgotten the other.",
    covers=("AsyncMixIn.serve", "AsyncMixIn.shutdown"),
    difficulty=4,
    hints=(
        "`inside` has the names of those that the server has let in, in "
        "their order, and `most` is how many there were at once.",
        "Let the first go by its event. The second is let in, if the server "
        "does what it promises: wait for its event `came`.",
        "After `shutdown`, look whether the last handler has come to its "
        "end: `left` has its name.",
    ),
    plants=(
        Plant(
            "everybody_at_once",
            "AsyncMixIn._room",
            ("if self.max_connections is None:", "if True:"),
            "that no more than `max_connections` are inside",
        ),
        Plant(
            "never_again",
            "AsyncMixIn._ignore",
            ("self._heard = -1", "pass"),
            "that there is room again when a client has left",
        ),
        Plant(
            "cut_off_at_the_end",
            "AsyncMixIn.see_off",
            (
                "if self._tasks:\n"
                "    await asyncio.wait(self._tasks, "
                "timeout=self.grace_period)",
                "pass",
            ),
            "that a request in progress may finish",
        ),
    ),
    mistakes=(
        Mistake(
            "The full house is not counted",
            "That each client is served in the end is true of a server "
            "without a limit as well.",
            fails="everybody_at_once",
            edit=("assert server.most == 1", "pass"),
            symptom="The test passes on a server that lets everybody in at "
            "once.",
        ),
        Mistake(
            "Only the first client counts",
            "To keep the second out is half of the promise. Wait for it to "
            "be let in.",
            fails="never_again",
            edit=(
                (
                    'wait_for(came["2"], "the second was not let in")',
                    "pass",
                ),
                ("assert server.left == [1, 2]", "assert server.left"),
            ),
            symptom="The test passes on a server that takes nobody any more "
            "once it was full.",
        ),
        Mistake(
            "Nobody asks how it ended",
            "`shutdown` returned: that is one promise. Another is what became "
            "of those who were inside.",
            fails="cut_off_at_the_end",
            edit=("assert server.left == [1, 2]", "assert 1 in server.left"),
            symptom="The test passes on a server that hangs up in the middle "
            "of an answer when it stops.",
        ),
    ),
)


def test_a_full_house_keeps_out_and_lets_in_again(lib):
    came = {"1": threading.Event(), "2": threading.Event()}
    go = {"1": threading.Event(), "2": threading.Event()}

    async def handler(request, client_address, server):
        name = str(len(server.left) + server.inside + 1)
        server.inside += 1
        server.most = max(server.most, server.inside)
        came[name].set()
        while not go[name].is_set():
            await asyncio.sleep(0.005)
        server.inside -= 1
        server.left.append(int(name))

    with lib.AsyncTCPServer(("127.0.0.1", 0), handler) as server:
        server.max_connections, server.inside, server.most = 1, 0, 0
        server.left = []
        loop = Background(server.serve_forever, 0.02)
        try:
            with client(server), client(server):
                wait_for(came["1"], "the first was not let in")
                came["2"].wait(0.1)
                # <<< How many are inside? And when the first has left?
                assert server.most == 1
                go["1"].set()
                wait_for(came["2"], "the second was not let in")
                # >>>
                go["1"].set()
                threading.Timer(0.05, go["2"].set).start()
                bounded(server.shutdown)
        finally:
            go["1"].set()
            go["2"].set()
        loop.result()
        # <<< Who has come to the end of the handler?
        assert server.left == [1, 2]
        # >>>
