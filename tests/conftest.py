"""The law of every test: leave nothing behind, and be quick.

After each test no thread, child process or file descriptor may be left that
was not there before it. Descriptors and children are read from `/proc`, so
only Linux checks them; threads are checked everywhere.

A test that takes longer than `BRISK` says so with `@pytest.mark.slow`. Those
that do not are listed at the end of the run; beyond `PATIENCE` they fail.
"""

import gc
import os
import shutil
import sys
import threading
import time
import warnings

import pytest

# Before anybody imports it: its asserts shall explain themselves, too.
pytest.register_assert_rewrite("tests.conformance.toolkit")

TASKS = "/proc/self/task"
DESCRIPTORS = "/proc/self/fd"

BRISK = 0.25  # seconds that a test may take without a word
PATIENCE = 2.0  # seconds that no busy machine explains
GRACE = 2.0  # seconds for what is just ending when its test returns
PAUSE = 0.01  # seconds between two looks


FAILED = pytest.StashKey()


@pytest.fixture(autouse=True)
def leaves_nothing_behind(request):
    before = belongings()
    yield
    if request.node.stash.get(FAILED, False):
        # It has said what is wrong. What it left is put away in silence, so
        # that no test after it is blamed.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            forget_the_failure()
            gc.collect()
        return
    left = leftovers(before)
    if left:
        # What only a reference cycle keeps open warns as it is collected.
        gc.collect()
        left = leftovers(before)
    if left:
        pytest.fail("the test left behind: " + ", ".join(sorted(left)))


def forget_the_failure():
    """Drop what keeps the frames of a failed test, and all they hold."""
    for name in ("last_exc", "last_type", "last_value", "last_traceback"):
        vars(sys).pop(name, None)


def leftovers(before):
    """Name what came since `before` and is still there after `GRACE`."""
    deadline = time.monotonic() + GRACE
    while left := belongings() - before:
        if time.monotonic() > deadline:
            break
        time.sleep(PAUSE)
    return left


def belongings():
    """Name what this process holds: threads, children, descriptors."""
    return threads() | children() | descriptors()


def threads():
    return {
        f"thread {thread.name} ({thread.ident})"
        for thread in threading.enumerate()
    }


def children():
    return {
        f"child process {pid}"
        for task in names_in(TASKS)
        for pid in children_of(task)
    }


def children_of(task):
    try:
        with open(f"{TASKS}/{task}/children") as pids:
            return pids.read().split()
    except OSError:  # the thread has ended since we saw it
        return []


def descriptors():
    return {
        f"descriptor {number} -> {target}"
        for number in names_in(DESCRIPTORS)
        if (target := target_of(number))
    }


def target_of(number):
    try:
        return os.readlink(f"{DESCRIPTORS}/{number}")
    except OSError:  # the descriptor by which we list the others
        return None


def names_in(folder):
    # Twice for each test, so without the comfort, and the cost, of a Path.
    return os.listdir(folder) if os.path.isdir(folder) else []


@pytest.fixture
def as_anybody():
    """What begins a command that may not write everywhere, not even as root.

    A container's tests are often run by root, whom no folder refuses.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return ()
    if not shutil.which("setpriv"):
        pytest.skip("root may write everywhere, and setpriv is missing")
    return ("setpriv", "--bounding-set", "-dac_override")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    if report.passed and is_sluggish(report, PATIENCE):
        report.outcome = "failed"
        report.longrepr = (
            f"{item.nodeid} took {report.duration:.2f} s: make it quicker, "
            f"or mark it slow if it cannot be"
        )
    return report


def pytest_terminal_summary(terminalreporter):
    sluggish = [
        report
        for report in terminalreporter.getreports("passed")
        if is_sluggish(report, BRISK)
    ]
    if sluggish:
        terminalreporter.section(f"over {BRISK} s and not marked slow")
    for report in sorted(sluggish, key=lambda report: -report.duration):
        terminalreporter.line(f"{report.duration:.2f} s {report.nodeid}")


def is_sluggish(report, limit):
    """Tell whether a test took longer than `limit` without a word."""
    return (
        report.when == "call"
        and "slow" not in report.keywords
        and report.duration > limit
    )
