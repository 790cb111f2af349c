"""Asking the kernel

Write the two functions that ask about children. `_wait_for` takes the exit
status of one child, and returns 0 for one that still runs. The loop asks on
each turn, mostly in vain. So `_some_child_has_ended` asks about all children
at once, says yes or no, and takes nothing.
"""

import contextlib
import os

from companion.practise.format import Fill, Mistake
from tests.conformance.toolkit import Background, bounded

EXERCISE = Fill(
    teaches="how to ask about a child without waiting, or without taking",
    learned="To ask is one thing, to wait another, to take the status a "
    "third. The options of `waitpid` and `waitid` say which is meant.",
    covers=("ForkingMixIn.collect_children",),
    symbols=("_wait_for", "_some_child_has_ended"),
    difficulty=3,
    hints=(
        "`os.waitpid(pid, options)` returns a pair: the child's number and "
        "its status. Option 0 waits; `os.WNOHANG` asks and comes back with 0.",
        "A child whose status somebody else has taken is a "
        "ChildProcessError. For the caller it has ended, like any other.",
        "`os.waitid` can ask about all children: its first argument is then "
        "`os.P_ALL`. `os.WEXITED` says what is asked, `os.WNOWAIT` leaves "
        "the status in its place.",
        "In doubt the second function says yes: on a system without `waitid`, "
        "and when there is no child left to ask about.",
    ),
    mistakes=(
        Mistake(
            "A wait where a look was asked for",
            "The loop collects on each turn. If it waited for a child there, "
            "one slow client would hold up all others.",
            fails="looks_and_does_not_wait",
            edit=("0 if blocking else os.WNOHANG", "0"),
            symptom="A forking server serves one client at a time.",
        ),
        Mistake(
            "A look where a wait was asked for",
            "With `blocking`, the caller wants the child to be done. "
            "`WNOHANG` comes back at once, whatever is asked.",
            fails="waits_if_asked",
            edit=("0 if blocking else os.WNOHANG", "os.WNOHANG"),
            symptom="`server_close` returns while children are at work.",
        ),
        Mistake(
            "Somebody else was quicker",
            "A program may collect children by itself. What is gone is gone, "
            "and no error of the server's.",
            fails="forgets_who_is_gone",
            said="^ChildProcessError",
            edit=(
                "except ChildProcessError:\n    return pid",
                "except KeyError:\n    return pid",
            ),
            symptom="ChildProcessError, out of `serve_forever`, in a program "
            "that calls `os.wait`.",
        ),
        Mistake(
            "Gone taken for running",
            "0 means that the child still runs. A child that is gone will "
            "never be anything else, and would be asked about for ever.",
            fails="forgets_who_is_gone",
            has=r"return 0",
            edit=(
                "except ChildProcessError:\n    return pid",
                "except ChildProcessError:\n    return 0",
            ),
            symptom="The server believes in children that are long gone, "
            "until it has `max_children` of them and waits.",
        ),
        Mistake(
            "The status taken by a question",
            "A question about all children finds a stranger's, too. Without "
            "`WNOWAIT`, the answer takes its status away.",
            fails="leaves_the_status",
            edit=(
                "os.WEXITED | os.WNOHANG | os.WNOWAIT",
                "os.WEXITED | os.WNOHANG",
            ),
            symptom="In a program with a forking server, `subprocess` finds "
            "its children gone.",
        ),
        Mistake(
            "No children, nothing to do",
            "The kernel has no child of ours, and the server remembers some: "
            "somebody else has collected them. They have to be forgotten.",
            fails="says_yes_in_doubt",
            edit=(
                "except ChildProcessError:\n    return True",
                "except ChildProcessError:\n    return False",
            ),
            symptom="After somebody has called `os.wait`, the server never "
            "forgets its last children.",
        ),
    ),
)


@contextlib.contextmanager
def child(status=0):
    """Fork a child that ends when `leave` is called, or at the end.

    Yields its number, and `leave`, which returns when it has ended.
    """
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.read(reader, 1)
        os._exit(status)
    left = []

    def leave():
        if not left:
            left.append(os.write(writer, b"!"))
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

    try:
        yield pid, leave
    finally:
        with contextlib.suppress(ChildProcessError):
            leave()
            os.waitpid(pid, 0)
        os.close(reader)
        os.close(writer)


def promise_tells_who_has_ended(yours):
    """`_wait_for` returns the number of a child that has ended."""
    with child() as (pid, leave):
        leave()
        got = bounded(yours.forking._wait_for, pid, False)
        assert got == pid, f"the child {pid} has ended, and it returned {got}"


def promise_looks_and_does_not_wait(yours):
    """For a child that runs, it returns 0 and does not wait."""
    with child() as (pid, _):
        looking = Background(yours.forking._wait_for, pid, False)
        assert looking.done.wait(0.5), "it waits for a child that runs"
        got = looking.result()
        assert got == 0, f"the child runs, and it returned {got}"


def promise_waits_if_asked(yours):
    """With `blocking`, it waits until the child has ended."""
    with child() as (pid, _leave):
        waiting = Background(yours.forking._wait_for, pid, True)
        came_back = waiting.done.wait(0.05)
        assert not came_back, (
            f"the child runs, and it came back with {waiting.value}"
        )


def promise_forgets_who_is_gone(yours):
    """A child that somebody else has collected counts as ended."""
    with child() as (pid, leave):
        leave()
        os.waitpid(pid, 0)
        for blocking in (False, True):
            got = bounded(yours.forking._wait_for, pid, blocking)
            assert got == pid, (
                f"the child {pid} is gone, and it returned {got}"
            )


def promise_knows_whether_one_has_ended(yours):
    """`_some_child_has_ended` says no while all run, then yes."""
    ask = yours.forking._some_child_has_ended
    with child() as (_one, leave), child() as (_other, _):
        assert bounded(ask) is False, "all children run, and it says yes"
        leave()
        assert bounded(ask) is True, "a child has ended, and it says no"


def promise_leaves_the_status(yours):
    """It leaves the exit status to whoever asks for it."""
    with child(status=3) as (pid, leave):
        leave()
        bounded(yours.forking._some_child_has_ended)
        try:
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        except ChildProcessError:
            raise AssertionError("the exit status is gone") from None
        assert status == 3, f"the exit status is {status}"


def promise_says_yes_in_doubt(yours):
    """Without any child, or without `waitid`, it says yes."""
    ask = yours.forking._some_child_has_ended
    assert bounded(ask) is True, "there is no child, and it says no"
    waitid = os.waitid
    with child():
        try:
            del os.waitid
            assert bounded(ask) is True, "it cannot ask, and says no"
        finally:
            os.waitid = waitid
