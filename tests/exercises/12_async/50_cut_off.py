"""Catch it: cut off

Complete the test. A handler waits for a client that says nothing, and the
server is told to stop. After its `grace_period` the handler is cancelled: an
exception comes out of its `await`. It may say a last word, and then its client
sees the end.
"""

import asyncio
import threading

from companion.practise.format import Catch, Mistake, Plant
from tests.conformance.toolkit import (
    Background,
    bounded,
    client,
    read_all,
    wait_for,
)

EXERCISE = Catch(
    teaches="what is owed to a client whose handler is cut off",
    learned="A cancellation is an exception, and the same things hold: what "
    "was written is sent, and whoever did the work says goodbye.",
    covers=(
        "AsyncMixIn.serve",
        "AsyncMixIn.shutdown",
        "AsyncStreamRequestHandler.finish",
    ),
    difficulty=5,
    hints=(
        "`shutdown` comes back when the handler has ended. A call that is "
        "`bounded` fails your test where it never comes back.",
        "The client can tell two things: what it got, and that there will be "
        "no more. `read_all(sock)` asks for both.",
        "`kept` has the connection, so that Python does not close it by "
        "itself. Only the server can.",
    ),
    plants=(
        Plant(
            "nobody_is_cancelled",
            "AsyncMixIn._cut_off",
            ("task.cancel()", "pass"),
            "that the grace period has an end",
        ),
        Plant(
            "left_hanging",
            "AsyncMixIn.process_request_task",
            ("finally:", "else:"),
            "that the client of a cancelled handler sees the end",
        ),
        Plant(
            "the_last_word_is_lost",
            "AsyncStreamRequestHandler.finish",
            (
                "self.wfile.flush()\nif not self.cancelled:",
                "if not self.cancelled:",
            ),
            "that a last word is sent",
        ),
    ),
    mistakes=(
        Mistake(
            "A stop that nobody waits for",
            "To ask a server to stop is one thing. That it stops, in spite "
            "of a silent client, is the promise.",
            fails="nobody_is_cancelled",
            edit=(
                ("bounded(server.shutdown)", "Background(server.shutdown)"),
                ('assert read_all(sock) == b"sorry"', "pass"),
            ),
            symptom="The test passes on a server that one silent client "
            "keeps from its end.",
        ),
        Mistake(
            "The last word taken for the end",
            "After what was read, there may be more, or nothing for ever. "
            "Only the end of the stream is the end.",
            fails="left_hanging",
            edit=(
                'assert read_all(sock) == b"sorry"',
                'assert sock.recv(100) == b"sorry"',
            ),
            symptom="The test passes on a server that stops and leaves its "
            "clients connected.",
        ),
        Mistake(
            "The end taken for the last word",
            "That the connection was closed says nothing about what came "
            "before.",
            fails="the_last_word_is_lost",
            edit=('assert read_all(sock) == b"sorry"', "read_all(sock)"),
            symptom="The test passes on a server that hangs up without the "
            "word that was written.",
        ),
        Mistake(
            "Cut off taken for silenced",
            "The handler learns of it by an exception, in the middle of its "
            "`await`. What it does then is its own business.",
            fails="reference",
            has=r"== b''",
            edit=(
                'assert read_all(sock) == b"sorry"',
                'assert read_all(sock) == b""',
            ),
            symptom="The test expects that a cancelled handler can say "
            "nothing any more.",
        ),
    ),
)


def test_a_handler_that_is_cut_off_says_goodbye(lib):
    kept, waits = [], threading.Event()

    class Patient(lib.AsyncStreamRequestHandler):
        async def handle(self):
            kept.append(self.request)  # or Python itself would close it
            waits.set()
            try:
                await self.rfile.readline()
            except asyncio.CancelledError:
                self.wfile.write(b"sorry")
                raise

    with lib.AsyncTCPServer(("127.0.0.1", 0), Patient) as server:
        server.grace_period = 0.02
        Background(server.serve_forever, 0.02)
        with client(server) as sock:
            wait_for(waits, "the handler has not begun")
            # <<< Stop the server. What does the client get, and then?
            bounded(server.shutdown)
            assert read_all(sock) == b"sorry"
            # >>>
