"""Collecting children

Write how a forking server takes the exit status of its children:
`collect_children`, and the three moments at which it is called. The two small
functions that ask the kernel are there: `_wait_for`, `_some_child_has_ended`.
"""

import contextlib
import os
import subprocess

from companion.practise.format import Fill, Mistake
from tests.conformance.toolkit import Background, bounded, is_closed

EXERCISE = Fill(
    teaches="who asks for the exit status of a child, when, and whose",
    learned="A child that has ended stays as a zombie until its parent asks. "
    "Ask without waiting, ask often, and ask for your own children only.",
    covers=("ForkingMixIn.service_actions",),
    symbols=(
        "ForkingMixIn.server_close",
        "ForkingMixIn.handle_timeout",
        "ForkingMixIn.service_actions",
        "ForkingMixIn.collect_children",
    ),
    difficulty=4,
    hints=(
        "`_wait_for` returns 0 for a child that still runs, and no child has "
        "that number. `discard` takes out of a set what may not be in it.",
        "At `max_children`, the server may wait for any child: there is no "
        "way to wait for one of a few. Below it, only for its own.",
        "`server_close` closes first, and waits then if `block_on_close` "
        "says so. The other two collect without waiting.",
    ),
    survives={
        "children.clear()": "somebody has to be quicker between two questions",
    },
    mistakes=(
        Mistake(
            "Waiting although nobody asked to",
            "`blocking` is the caller's wish, and the loop does not have it. "
            "If it waited for a child, one slow client would hold up all.",
            fails="does_not_wait",
            edit=("_wait_for(pid, blocking)", "_wait_for(pid, True)"),
            symptom="A forking server stops serving as soon as one client is "
            "slow.",
        ),
        Mistake(
            "A set changed while it is walked through",
            "A loop over a set does not allow that something is taken out "
            "meanwhile. Walk through a copy.",
            fails="collects_who_has_ended",
            said="^RuntimeError: Set changed",
            edit=("for pid in children.copy():", "for pid in children:"),
            symptom="RuntimeError: Set changed size during iteration.",
        ),
        Mistake(
            "Strangers' children collected",
            "`waitpid(-1)` takes the status of any child, that of a "
            "`subprocess` as well. Whoever started it never learns it.",
            fails="leaves_strangers_alone",
            edit=(
                "children.discard(_wait_for(pid, blocking))",
                "children.discard(os.waitpid(-1, os.WNOHANG)[0])",
            ),
            symptom="In a program with a forking server, `subprocess.run` "
            "reports that everything has ended with 0.",
        ),
        Mistake(
            "The end does not wait",
            "`block_on_close` is a promise: when `server_close` returns, the "
            "handlers are done.",
            fails="waits_at_the_end",
            edit=("blocking=self.block_on_close", "blocking=False"),
            symptom="`server_close` returns while forked handlers still "
            "write.",
        ),
        Mistake(
            "Nobody collects between two clients",
            "Each turn of the loop is an occasion. Without it, children lie "
            "about until the next client comes.",
            fails="collects_on_each_turn",
            edit=(
                "def service_actions(self) -> None:\n"
                "    self.collect_children()",
                "def service_actions(self) -> None:\n    pass",
            ),
            symptom="A quiet server has a row of zombies.",
        ),
        Mistake(
            "As many processes as clients",
            "At `max_children` the server has to wait until there are fewer. "
            "Whoever only looks has as many children as clients.",
            fails="keeps_the_limit",
            edit=(
                (
                    "full = len(children) >= self.max_children",
                    "full = False",
                ),
                (
                    "while children and len(children) >= self.max_children:",
                    "while False:",
                ),
            ),
            symptom="A thousand clients come, and the machine has a thousand "
            "processes more.",
        ),
    ),
)


def child(gate=None):
    """Fork a child that ends at once, or when `gate` is closed."""
    pid = os.fork()
    if pid == 0:
        if gate is not None:
            os.close(gate[1])
            os.read(gate[0], 1)
        os._exit(0)
    return pid


def ended(pid):
    """Wait until a child has ended, and leave its status where it is."""
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    return pid


def server_with(yours, *pids, **attributes):
    cls = type("Server", (yours.ForkingTCPServer,), attributes)
    server = cls(("127.0.0.1", 0), print)
    server.active_children = set(pids)
    return server


def promise_collects_who_has_ended(yours):
    """A child that has ended is collected and forgotten."""
    pid = ended(child())
    with server_with(yours, pid) as server:
        bounded(server.collect_children)
        assert not server.active_children, "it is still remembered"
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            return
        raise AssertionError("its exit status is still there")


def promise_does_not_wait(yours):
    """A child that still runs is not waited for."""
    gate = os.pipe()
    pid = child(gate)
    other = ended(child())
    server = server_with(yours, pid, other)
    try:
        bounded(
            server.collect_children, promise="it waits for a child that runs"
        )
        assert server.active_children == {pid}, (
            f"it remembers {len(server.active_children)} children"
        )
    finally:
        os.close(gate[1])
        with contextlib.suppress(ChildProcessError):  # it has waited
            os.waitpid(pid, 0)
        server.active_children = set()
        server.server_close()


def promise_leaves_strangers_alone(yours):
    """The children of others keep their exit status."""
    stranger = subprocess.Popen(["sh", "-c", "exit 3"])
    ended(stranger.pid)
    gate = os.pipe()
    pid = child(gate)
    server = server_with(yours, pid)
    try:
        bounded(server.collect_children)
        status = stranger.wait()
        assert status == 3, f"the exit status of a stranger became {status}"
    finally:
        os.close(gate[1])
        os.waitpid(pid, 0)  # it would be in the way of the next promise
        server.active_children = set()
        server.server_close()


def promise_forgives_who_was_quicker(yours):
    """A child that somebody else has collected is forgotten."""
    pid = child()
    os.waitpid(pid, 0)
    with server_with(yours, pid) as server:
        bounded(server.collect_children)
        assert not server.active_children, "it is still remembered"


def promise_collects_on_each_turn(yours):
    """Each turn of the loop, and each timeout, collects."""
    for hook in ("service_actions", "handle_timeout"):
        pid = ended(child())
        with server_with(yours, pid) as server:
            bounded(getattr(server, hook))
            assert not server.active_children, f"{hook} collects nothing"


def promise_waits_at_the_end(yours):
    """`server_close` waits for the children, if `block_on_close`."""
    gate = os.pipe()
    server = server_with(yours, child(gate))
    closing = Background(server.server_close)
    came_back = closing.done.wait(0.1)
    os.close(gate[1])
    closing.result("server_close() does not come back")
    assert not came_back, "server_close() came back while a child was running"
    assert not server.active_children, "a child is not collected"


def promise_keeps_the_limit(yours):
    """At `max_children`, it waits until there are fewer."""
    gate = os.pipe()
    server = server_with(yours, child(gate), max_children=1)
    collecting = Background(server.collect_children)
    came_back = collecting.done.wait(0.1)
    os.close(gate[1])
    collecting.result("collect_children() does not come back")
    with server:
        assert not came_back, "it is full, and did not wait"
        assert not server.active_children, "a child is not collected"


def promise_closes_the_listener(yours):
    """`server_close` closes the listener, too."""
    server = server_with(yours)
    bounded(server.server_close)
    closed = is_closed(server.socket)
    server.socket.close()
    assert closed, "the listener is still open"


def promise_needs_no_child(yours):
    """Where there was no child yet, there is nothing to collect."""
    server = server_with(yours)
    server.active_children = None  # as it is before the first fork
    with server:
        bounded(server.collect_children)
