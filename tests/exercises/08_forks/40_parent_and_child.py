"""Catch it: parent and child

Complete the test. A handler answers in a child process, and waits until the
client has said something. Meanwhile the parent shall have let go of its copy
of the connection, without a goodbye. Closing leaves no zombie behind: that is
a child that has ended, and that nobody has asked for its exit status.
"""

import os

import pytest

from companion.practise.format import Catch, Mistake, Plant
from tests.conformance.toolkit import client, is_closed, read_all

EXERCISE = Catch(
    teaches="how to see from outside what two processes do with one request",
    learned="Each process closes its own copy, the child alone says goodbye, "
    "and somebody takes its status. Each of these can be seen, at another "
    "place.",
    covers=(
        "ForkingMixIn.process_request",
        "ForkingMixIn.server_close",
        "ForkingMixIn.collect_children",
    ),
    difficulty=4,
    hints=(
        "`kept[1]` is the connection as the parent has it. `is_closed` says "
        "whether the parent has closed it.",
        "The child sends after the parent has gone on. If the parent has "
        "ended the connection, what does the client receive?",
        "`os.waitpid(pid, os.WNOHANG)` asks for a child's status. If it has "
        "been taken already, that is a ChildProcessError.",
        "A status is a number with several things in it. "
        "`os.waitstatus_to_exitcode` takes out the one that the child gave.",
    ),
    plants=(
        Plant(
            "copy_kept",
            "ForkingMixIn.process_request",
            ("self.close_request(request)", "pass"),
            "that the parent closes its copy",
        ),
        Plant(
            "goodbye_in_the_parent",
            "ForkingMixIn.process_request",
            ("self.close_request(request)", "self.shutdown_request(request)"),
            "that the child can answer after the parent has gone on",
        ),
        Plant(
            "always_well",
            "ForkingMixIn.__live_as_child",
            ("status = 1", "status = 0"),
            "that a child whose handler has left by an exception ends with 1",
        ),
        Plant(
            "zombie_left",
            "ForkingMixIn.server_close",
            ("self.collect_children(blocking=self.block_on_close)", "pass"),
            "that closing collects the children",
        ),
    ),
    mistakes=(
        Mistake(
            "The parent's copy is not looked at",
            "The client is content as soon as the child has said goodbye. "
            "The descriptor that is lost is the parent's.",
            fails="copy_kept",
            edit=("assert is_closed(kept[1])", "pass"),
            symptom="The test passes on a server that can open no more files "
            "after a thousand clients.",
        ),
        Mistake(
            "The answer is not read",
            "Whether the connection was ended too early shows when the child "
            "wants to use it. Let the client read to the end.",
            fails="goodbye_in_the_parent",
            edit=('assert read_all(sock) == b"hello"', "pass"),
            symptom="The test passes on a server whose children talk to "
            "nobody.",
        ),
        Mistake(
            "The status taken, and not looked at",
            "A status is the only thing that comes back from a child. Compare "
            "it with what it has to be.",
            fails="always_well",
            edit=("assert os.waitstatus_to_exitcode(status) == 1", "pass"),
            symptom="The test passes on a server whose children all end well, "
            "whatever happened.",
        ),
        Mistake(
            "Ended taken for collected",
            "A child that has ended is still in the kernel's table. Only "
            "asking for it tells whether its status was taken.",
            fails="zombie_left",
            edit=(
                "with pytest.raises(ChildProcessError):\n"
                "    os.waitpid(second, os.WNOHANG)",
                "pass",
            ),
            symptom="The test passes on a server that leaves a zombie for "
            "each client.",
        ),
        Mistake(
            "One connection expected for both processes",
            "After a fork there are two descriptors. The parent's is closed "
            "at once, the child's when the work is done.",
            fails="reference",
            has=r"assert not is_closed\(kept\[1\]\)",
            edit=(
                "assert is_closed(kept[1])",
                "assert not is_closed(kept[1])",
            ),
            symptom="The test fails on every forking server.",
        ),
    ),
)


def test_parent_and_child_each_do_their_part(lib):
    kept = []

    class Kept(lib.ForkingTCPServer):
        def process_request(self, request, client_address):
            kept.append(request)
            super().process_request(request, client_address)

    def handler(request, client_address, server):
        if request.recv(10) == b"leave":
            raise SystemExit
        request.sendall(b"hello")

    with Kept(("127.0.0.1", 0), handler) as server:
        with client(server) as sock:
            sock.sendall(b"leave")
            server.handle_request()
            (first,) = server.active_children
            _, status = os.waitpid(first, 0)
            # <<< The handler has left by an exception. What is the status?
            assert os.waitstatus_to_exitcode(status) == 1
            # >>>
        with client(server) as sock:
            sock.settimeout(3)  # a child may be slow on a busy machine
            server.handle_request()
            (second,) = server.active_children
            sock.sendall(b"stay")  # until here, the child waits
            # <<< What does `sock` receive, and who has closed kept[1]?
            assert read_all(sock) == b"hello"
            assert is_closed(kept[1])
            # >>>
    # <<< The server is closed. Is the status of `second` still to be had?
    with pytest.raises(ChildProcessError):
        os.waitpid(second, os.WNOHANG)
    # >>>
