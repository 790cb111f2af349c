"""Catch it: cleared away, and no more than that

Complete the test. A handler writes an answer into a buffer and fails. What was
written shall be sent, both files closed, the connection left open. Another one
fails in `setup`: its error shall come out, and not one that hides it.
"""

import socket

import pytest

from companion.practise.format import Catch, Mistake, Plant
from tests.conformance.toolkit import is_closed

EXERCISE = Catch(
    teaches="what a handler clears away, and what it has to leave alone",
    learned="`finish` runs after each `setup` that came through: it sends, "
    "and closes the files. The connection is not its own.",
    covers=("BaseRequestHandler.__init__", "StreamRequestHandler.finish"),
    difficulty=3,
    hints=(
        "The client's end is `ours`: it can tell what was sent. The handler "
        "is in `made`, and `theirs` is the connection.",
        "A file knows whether it is `closed`. Of a socket, `is_closed` of the "
        "toolkit tells.",
        "`pytest.raises` wants the error that is promised and fails on every "
        "other. Which one did `setup` raise?",
    ),
    plants=(
        Plant(
            "not_sent",
            "StreamRequestHandler.finish",
            ("self.wfile.flush()", "self.wfile.raw.close()"),
            "that what was written is sent although `handle` has failed",
        ),
        Plant(
            "connection_closed",
            "StreamRequestHandler.finish",
            (
                "self.rfile.close()",
                "self.rfile.close()\nself.connection.close()",
            ),
            "that the connection is left to the server",
        ),
        Plant(
            "file_left_open",
            "StreamRequestHandler.finish",
            ("self.rfile.close()", "pass"),
            "that both files are closed",
        ),
        Plant(
            "writer_left_open",
            "StreamRequestHandler.finish",
            ("self.wfile.close()", "pass"),
            "that the file which was written is closed, too",
        ),
        Plant(
            "not_finished",
            "BaseRequestHandler.__init__",
            (
                "try:\n    self.handle()\nfinally:\n    self.finish()",
                "self.handle()\nself.finish()",
            ),
            "that `finish` runs although `handle` has failed",
        ),
        Plant(
            "true_error_hidden",
            "BaseRequestHandler.__init__",
            ("self.setup()\ntry:", "try:\n    self.setup()"),
            "that an error in `setup` comes out",
        ),
    ),
    mistakes=(
        Mistake(
            "Nobody reads the answer",
            "Whether something was sent is seen at the other end alone. Let "
            "`ours` receive.",
            fails="not_sent",
            edit=('assert ours.recv(100) == b"sorry"', "pass"),
            symptom="The test passes on handlers that keep their answer when "
            "they fail.",
        ),
        Mistake(
            "The connection is not looked at",
            "Too much cleared away is as wrong as too little. Ask whether "
            "`theirs` is still open.",
            fails="connection_closed",
            edit=("assert not is_closed(theirs)", "pass"),
            symptom="The test passes on handlers that close what is the "
            "server's.",
        ),
        Mistake(
            "One file looked at, two made",
            "There are two files, and each keeps the connection open. Assert "
            "on `rfile`, too.",
            fails="file_left_open",
            edit=("assert made[0].rfile.closed", "pass"),
            symptom="The test passes on handlers whose connections never "
            "close.",
        ),
        Mistake(
            "Any error will do",
            "`finish` fails as well, where `setup` has made nothing. A test "
            "that takes every exception cannot tell the two apart.",
            fails="true_error_hidden",
            edit=("pytest.raises(KeyError)", "pytest.raises(Exception)"),
            symptom="The test passes where the true error is hidden behind "
            "an AttributeError.",
        ),
        Mistake(
            "The connection expected to be closed",
            "The handler did not make it. Its `finish` leaves it to the "
            "server, which says goodbye after that.",
            fails="reference",
            has=r"assert is_closed\(theirs\)",
            edit=("assert not is_closed(theirs)", "assert is_closed(theirs)"),
            symptom="The test fails on every handler, also on a good one.",
        ),
    ),
)


def test_a_handler_clears_away_what_it_made(lib):
    made = []

    class Failing(lib.StreamRequestHandler):
        wbufsize = 100  # what is written waits in a buffer

        def setup(self):
            super().setup()
            made.append(self)

        def handle(self):
            self.wfile.write(b"sorry")
            raise ValueError("no")

    class Unprepared(lib.StreamRequestHandler):
        def setup(self):
            raise KeyError("settings")

    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(0.2)
        with pytest.raises(ValueError, match="no"):
            Failing(theirs, "", None)
        # <<< What does ours receive, what is closed, and what is not?
        assert ours.recv(100) == b"sorry"
        assert not is_closed(theirs)
        assert made[0].rfile.closed
        assert made[0].wfile.closed
        # >>>
        # <<< Make an Unprepared(theirs, "", None). What does it raise?
        with pytest.raises(KeyError):
            Unprepared(theirs, "", None)
        # >>>
