"""The law of the tests is kept: each offence is found and named."""

import pytest

from companion import test
from companion.environment import ROOT

pytest_plugins = ["pytester"]

OFFENCES = """
import os, threading, time
import pytest

kept = []

def test_innocent():
    pass

def test_thread():
    stop = threading.Event()
    threading.Thread(target=stop.wait, name="straggler", daemon=True).start()
    kept.append(stop)

def test_thread_that_is_just_ending():
    threading.Thread(target=time.sleep, args=[0.05]).start()

def test_child():
    if not os.fork():
        os._exit(0)

def test_descriptor():
    kept.append(os.open(os.devnull, os.O_RDONLY))

def test_garbage():
    import socket
    circle = [socket.socket()]
    circle.append(circle)

def test_thread_that_dies():
    def die():
        raise RuntimeError
    thread = threading.Thread(target=die)
    thread.start()
    thread.join()

def test_sluggish():
    time.sleep(1.2)

@pytest.mark.slow
def test_slow_and_says_so():
    time.sleep(1.2)

def test_a_little_slow():
    time.sleep(0.07)
"""

# The same law with figures that are quicker to wait for.
QUICKER = "\nBRISK, PATIENCE, GRACE = 0.05, 1.0, 0.3\n"


@pytest.mark.slow
def test_each_offence_is_named(pytester):
    law = (ROOT / "tests" / "conftest.py").read_text()
    settings = (ROOT / "pyproject.toml").read_text()
    pytester.makeconftest(law + QUICKER)
    pytester.makefile(".toml", pyproject=settings)
    pytester.makepyfile(OFFENCES)
    run = pytester.runpytest_subprocess("-p", "no:randomly", "-v")
    verdicts = {
        line.split("::")[1].split()[0]: line.split()[1]
        for line in run.outlines
        if "::" in line and "%]" in line
    }
    offenders = [
        line.split("::")[1].split()[0]
        for line in run.outlines
        if line.startswith(("FAILED", "ERROR")) and " - " in line
    ]
    assert sorted(offenders) == [
        "test_child",
        "test_descriptor",
        "test_garbage",
        "test_sluggish",
        "test_thread",
        "test_thread_that_dies",
    ], verdicts
    left = "E +Failed: the test left behind: "
    run.stdout.re_match_lines(
        [
            rf"{left}thread straggler \(\d+\)$",
            rf"{left}child process \d+$",
            rf"{left}descriptor \d+ -> /dev/null$",
            r"E +ResourceWarning: unclosed <socket",
            r".*over 0.05 s and not marked slow.*",
            r".*test_a_little_slow.*",
        ]
    )
    # What a reference cycle held was collected, and not only missed.
    run.stdout.no_re_match_line(rf"{left}.*socket")


TOGETHER = """
import os
import pytest

@pytest.mark.parametrize("number", range(8))
@pytest.mark.xdist_group("together")
def test_one(number):
    print("done by", os.environ["PYTEST_XDIST_WORKER"])
"""


@pytest.mark.slow
def test_what_belongs_together_is_done_by_one(pytester):
    pytester.makepyfile(TOGETHER)
    _, *shared_out = test.TESTS  # as `companion test` does it
    run = pytester.runpytest_subprocess(*shared_out, "-n", "2", "-rP")
    run.assert_outcomes(passed=8)
    workers = [line for line in run.outlines if line.startswith("done by")]
    assert len(workers) == 8
    assert len(set(workers)) == 1
