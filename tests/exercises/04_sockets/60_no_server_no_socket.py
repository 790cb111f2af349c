"""Catch it: no server, no socket

Complete the test. When a constructor fails, its caller gets an error and no
server, so the constructor has to close the socket that it made. That holds for
an address that is taken, and for Ctrl-C in the middle. With
`bind_and_activate=False` nothing of all this happens.
"""

import pytest

from companion.practise.format import Catch, Mistake, Plant
from tests.conformance.toolkit import Alarm, is_closed, raising

EXERCISE = Catch(
    teaches="how to test a constructor that fails, and what it leaves behind",
    learned="Whoever opens something and then fails has to close it: nobody "
    "else knows of it. A test has to keep hold of it to see.",
    covers=("TCPServer.__init__", "TCPServer.server_close"),
    difficulty=4,
    hints=(
        "`kept` has the socket of each server whose `server_bind` was "
        "called: the last one is `kept[-1]`.",
        "`pytest.raises` is a block in which an error has to come out. "
        "`OSError` is what a taken address raises.",
        "`Interrupted` is a server whose `server_activate` raises Alarm, "
        "which is no Exception, as KeyboardInterrupt is none.",
        "A server that was not to bind has no port: `getsockname` of its "
        "socket says 0.",
    ),
    plants=(
        Plant(
            "left_open",
            "TCPServer.__init__",
            (
                "except BaseException:",
                "except OSError:\n    raise\nexcept BaseException:",
            ),
            "that a socket which could not be bound is closed",
        ),
        Plant(
            "no_error",
            "TCPServer.__init__",
            ("self.server_close()\nraise", "self.server_close()"),
            "that the caller is told of a taken address",
        ),
        Plant(
            "only_errors",
            "TCPServer.__init__",
            ("except BaseException:", "except Exception:"),
            "that an interrupted constructor closes its socket, too",
        ),
        Plant(
            "never_patient",
            "TCPServer.__init__",
            ("if not bind_and_activate:\n    return", "pass"),
            "that nothing is bound where nobody asked for it",
        ),
    ),
    mistakes=(
        Mistake(
            "The error is there, and the socket forgotten",
            "An error says that there is no server. It does not say that "
            "there is no socket: look at `kept`.",
            fails="left_open",
            edit=(
                (
                    'with pytest.raises(OSError, match="in use"):\n'
                    "    Noted(first.server_address, print)\n"
                    "assert is_closed(kept[-1])\n",
                    'with pytest.raises(OSError, match="in use"):\n'
                    "    Noted(first.server_address, print)\n",
                ),
                (
                    "with pytest.raises(Alarm):\n"
                    '    Interrupted(("127.0.0.1", 0), print)\n'
                    "assert is_closed(kept[-1])\n",
                    "with pytest.raises(Alarm):\n"
                    '    Interrupted(("127.0.0.1", 0), print)\n',
                ),
            ),
            symptom="The test passes on a server that loses a descriptor "
            "whenever it cannot start.",
        ),
        Mistake(
            "The socket is closed, and nobody asks for the error",
            "A constructor that swallows its error hands out a server that "
            "is closed. Demand the error, by `pytest.raises`.",
            fails="no_error",
            edit=(
                (
                    'with pytest.raises(OSError, match="in use"):\n'
                    "    Noted(first.server_address, print)",
                    "try:\n"
                    "    Noted(first.server_address, print)\n"
                    "except OSError:\n"
                    "    pass",
                ),
                (
                    "with pytest.raises(Alarm):\n"
                    '    Interrupted(("127.0.0.1", 0), print)',
                    "try:\n"
                    '    Interrupted(("127.0.0.1", 0), print)\n'
                    "except Alarm:\n"
                    "    pass",
                ),
            ),
            symptom="The test passes on a server that is made, and is dead.",
        ),
        Mistake(
            "Only errors are tried, no interrupt",
            "Ctrl-C can come at any moment, and it is no `Exception`. What "
            "cleans up for errors alone forgets it.",
            fails="only_errors",
            edit=(
                "with pytest.raises(Alarm):\n"
                '    Interrupted(("127.0.0.1", 0), print)\n'
                "assert is_closed(kept[-1])\n",
                "pass",
            ),
            symptom="The test passes on a server that leaves its socket open "
            "when it is interrupted.",
        ),
        Mistake(
            "A server that waits is made, and not looked at",
            "That the constructor did not fail says nothing. Ask the socket "
            "whether it has a port.",
            fails="never_patient",
            edit=("assert patient.socket.getsockname()[1] == 0", "pass"),
            symptom="The test passes on a server that binds although it was "
            "told to wait.",
        ),
        Mistake(
            "An error expected, and not caught",
            "An error that comes out of a test is a failed test, also where "
            "it is the right one. `pytest.raises` takes it, and demands it.",
            fails="reference",
            said="in use",
            edit=(
                'with pytest.raises(OSError, match="in use"):\n'
                "    Noted(first.server_address, print)\n",
                "Noted(first.server_address, print)\n",
            ),
            symptom="The test fails on a good server, with the very error "
            "that it was to wait for.",
        ),
        Mistake(
            "A closed socket asked for its name",
            "What is closed has no descriptor any more, and cannot be asked "
            "anything. `is_closed` looks at that.",
            fails="reference",
            said="Bad file descriptor",
            edit=(
                'with pytest.raises(OSError, match="in use"):\n'
                "    Noted(first.server_address, print)\n"
                "assert is_closed(kept[-1])\n",
                'with pytest.raises(OSError, match="in use"):\n'
                "    Noted(first.server_address, print)\n"
                "assert kept[-1].getsockname()[1] == 0\n",
            ),
            symptom="The test fails on a good server: bad file descriptor.",
        ),
    ),
)


def test_a_constructor_that_fails_leaves_nothing_open(lib):
    kept = []

    class Noted(lib.TCPServer):
        def server_bind(self):
            kept.append(self.socket)  # or Python would close it
            super().server_bind()

    class Interrupted(Noted):
        server_activate = raising(Alarm())

    with Noted(("127.0.0.1", 0), print) as first:
        # <<< A second Noted on first's address: the error, and the socket?
        with pytest.raises(OSError, match="in use"):
            Noted(first.server_address, print)
        assert is_closed(kept[-1])
        # >>>

    # <<< An Interrupted on a free address: what comes out, what is closed?
    with pytest.raises(Alarm):
        Interrupted(("127.0.0.1", 0), print)
    assert is_closed(kept[-1])
    # >>>

    free = ("127.0.0.1", 0)
    with lib.TCPServer(free, print, bind_and_activate=False) as patient:
        # <<< Which port has patient's socket?
        assert patient.socket.getsockname()[1] == 0
        # >>>
