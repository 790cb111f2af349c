"""CPython's suites, run on both sides: is what is told about them true?"""

import http.server
import importlib
import json
import os
import re
import shutil
import socketserver
import subprocess
import sys
from contextlib import closing

import pytest

import minisocketserver
from companion.environment import ROOT
from companion.suites import comparison as suites
from companion.suites.run import (
    STANDIN,
    Outcome,
    Run,
    Runner,
    Suite,
    last_words,
    read,
)

PASSED = Outcome("passed")
FAILED = Outcome("failed", "AssertionError: 1 != 2", "a traceback")
SKIPPED = Outcome("skipped", "no IPv6")
SOCKETSERVER = next(
    suite for suite in suites.SUITES if suite.name == "test_socketserver"
)
COUNTING = "test.test_socketserver.MiscTestCase.test_all"

needs_the_suite = pytest.mark.skipif(
    not suites.is_here(SOCKETSERVER),
    reason="this Python's `test` package has no test_socketserver",
)


def never(only):
    pytest.fail(f"nothing was to run again, but {only} was")


def report(original, mini, again=never, expected=()):
    return suites.compare("test_x", Run(original), Run(mini), again, expected)


# -- Comparing


@pytest.mark.parametrize("outcome", [FAILED, SKIPPED, None])
def test_what_passes_on_the_original_alone_is_a_regression(outcome):
    mini = {"t": outcome} if outcome else {}

    found = report(
        {"t": PASSED}, mini, lambda only: (Run({"t": PASSED}), Run(mini))
    )

    assert found.regressions == {"t": outcome or suites.NOT_RUN}
    assert (found.failed, found.same, found.unsteady) == (1, 0, {})
    assert "1 REGRESSIONS" in suites.row(found)


@pytest.mark.parametrize(
    ("original", "mini"),
    [(PASSED, PASSED), (FAILED, FAILED), (FAILED, PASSED), (SKIPPED, FAILED)],
)
def test_what_does_not_pass_on_the_original_alone_is_none(original, mini):
    found = report({"t": original}, {"t": mini})

    assert found.failed == 0
    assert found.verdict == "no regression"


@pytest.mark.parametrize(
    ("original", "mini"),
    [(PASSED, PASSED), (FAILED, FAILED), (FAILED, PASSED)],
)
def test_what_comes_out_otherwise_a_second_time_is_unsteady(original, mini):
    asked = []

    def again(only):
        asked.extend(only)
        return Run({"t": original}), Run({"t": mini})

    both = {"t": PASSED, "other": PASSED}
    found = report(both, both | {"t": FAILED}, again)

    assert asked == ["t"]
    assert (found.failed, found.unsteady) == (0, {"t": FAILED})
    assert "1 unsteady" in suites.row(found)
    assert FAILED.message in "".join(suites.stories(found))


def test_a_fixture_that_fails_on_one_side_is_a_regression_of_its_own():
    asked = []

    def again(only):
        asked.append(only)
        return Run({"t": PASSED}), Run({"t": PASSED, "tearDownClass": FAILED})

    found = report(
        {"t": PASSED}, {"t": PASSED, "tearDownClass": FAILED}, again
    )

    assert asked == [None]  # a fixture has no name that could be run alone
    assert found.regressions == {"tearDownClass": FAILED}


def test_a_test_that_is_expected_to_fail_is_told_and_is_no_regression():
    found = report({"t": PASSED}, {"t": FAILED}, expected={"t"})

    assert (found.failed, found.expected) == (0, {"t": FAILED})
    assert found.verdict == "1 expected"


def test_an_expectation_that_no_longer_fails_is_an_error():
    found = report({"t": PASSED}, {"t": PASSED}, expected={"t"})

    assert found.errors == ["t is expected to fail, and does not"]
    assert found.failed == 1


def test_another_implementation_may_pass_what_is_expected_to_fail():
    both = Run({"t": PASSED})

    found = suites.compare("test_x", both, both, never, {"t"}, strict=False)

    assert (found.failed, found.verdict) == (0, "no regression")


def test_an_expectation_for_a_test_that_is_not_there_says_nothing():
    assert report({"t": PASSED}, {"t": PASSED}, expected={"u"}).failed == 0


def test_a_pattern_that_selects_nothing_is_an_error():
    assert report({}, {}).errors == ["not one test is selected"]


def test_an_original_that_does_not_end_is_an_error():
    cut = Run({"t": PASSED}, cut="time limit of 1 s")

    found = suites.compare("test_x", cut, Run({"t": PASSED}), never)

    assert found.errors == ["the original did not end: time limit of 1 s"]


def test_a_suite_that_skips_itself_on_the_original_tells_why():
    found = suites.compare("test_x", Run(skipped="no ssl"), Run(), never)

    assert (found.failed, found.verdict) == (0, "no ssl")


def test_the_last_line_counts_each_test_once():
    bad = report(
        {"t": PASSED, "u": PASSED, "v": SKIPPED},
        {"t": FAILED, "u": PASSED, "v": SKIPPED},
        lambda only: (Run({"t": PASSED}), Run({"t": FAILED})),
    )

    assert suites.figures([bad], 2) == "1 passed, 1 failed, 3 skipped"


# -- Reading a journal


def journal(*events):
    return "".join(json.dumps(event) + "\n" for event in events)


def event(name, test, word="", message=""):
    return {
        "event": name,
        "test": test,
        "word": word,
        "message": message,
        "detail": "",
    }


def test_the_worst_part_of_a_test_is_its_outcome():
    run = Run()
    text = journal(
        event("outcome", "t", "skipped"),
        event("outcome", "t", "failed", "no"),
        event("outcome", "t", "passed"),
        event("ended", ""),
    )

    assert read(text, run, FAILED)
    assert run.outcomes == {"t": Outcome("failed", "no")}


def test_a_test_that_takes_its_process_with_it_has_failed():
    run = Run()
    text = journal(
        event("started", "t"),
        event("outcome", "t", "passed"),
        event("stopped", "t"),
        event("started", "u"),
    )

    assert not read(text, run, FAILED)
    assert run.outcomes == {"t": PASSED, "u": FAILED}


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (
            "Timeout (0:00:01)!\nThread 1\n",
            "did not end in time: Timeout (0:00:01)!",
        ),
        ("Fatal Python error: Aborted\n", "Fatal Python error: Aborted"),
        ("Trace\nOSError: no\n", "exit status 1: OSError: no"),
        ("", "exit status 1"),
    ],
)
def test_a_broken_process_is_described_by_its_last_words(output, said):
    assert last_words(output, 1) == said


# -- The right side


@pytest.fixture
def check_side(monkeypatch):
    """Check a side whose two modules stand on what the test says."""
    child = importlib.import_module("companion.suites.child")

    def check_side(server, stands_on, *, original):
        monkeypatch.setattr(child, "socketserver", server)
        http_server = type("HTTPServer", (stands_on.TCPServer,), {})
        monkeypatch.setattr(http.server, "HTTPServer", http_server)
        child.check_side(original=original)

    return check_side


@needs_the_suite
@pytest.mark.parametrize(
    ("server", "original"), [(socketserver, True), (minisocketserver, False)]
)
def test_a_side_that_stands_on_its_own_is_right(check_side, server, original):
    check_side(server, server, original=original)


@needs_the_suite
@pytest.mark.parametrize(
    ("server", "stands_on", "original"),
    [
        (socketserver, socketserver, False),
        (minisocketserver, minisocketserver, True),
        (minisocketserver, socketserver, True),
        (socketserver, minisocketserver, False),
    ],
)
def test_a_side_that_stands_on_the_other_is_found(
    check_side, server, stands_on, original
):
    with pytest.raises(RuntimeError, match="the wrong socketserver"):
        check_side(server, stands_on, original=original)


# -- The stand-in


def imported(code, **environment):
    """What Python prints for `code` with the stand-in in its path."""
    path = os.pathsep.join(map(str, (STANDIN, ROOT)))
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return done.stdout.strip()


@pytest.mark.slow  # starts another Python
def test_the_standin_is_the_mini_in_a_child_of_a_child_too():
    inner = (
        "import socketserver, minisocketserver, http.server; "
        "assert socketserver is minisocketserver; "
        "print(http.server.HTTPServer.__mro__[1].__module__)"
    )
    outer = (
        "import subprocess, sys; "
        f"subprocess.run([sys.executable, '-c', {inner!r}], check=True)"
    )

    assert imported(outer) == "minisocketserver.tcp"


@pytest.mark.slow  # starts another Python
def test_the_standin_runs_a_file_under_the_originals_name(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("class TCPServer: pass\n")

    code = "from socketserver import TCPServer as s; print(s.__module__)"

    assert imported(code, SOCKETSERVER_IMPL=str(file)) == "socketserver"


@pytest.mark.slow  # starts another Python
def test_the_standin_runs_a_package_with_its_parts(tmp_path):
    (tmp_path / "__init__.py").write_text("from .tcp import TCPServer\n")
    (tmp_path / "tcp.py").write_text("class TCPServer: pass\n")

    code = "import socketserver as s; print(s.TCPServer.__module__)"

    assert (
        imported(code, SOCKETSERVER_IMPL=str(tmp_path)) == "socketserver.tcp"
    )


# -- The command


def test_without_cpythons_tests_it_says_so_and_succeeds(monkeypatch, capsys):
    monkeypatch.setattr(suites, "is_here", lambda suite: False)

    assert suites.main([]) == 0

    lines = capsys.readouterr().out.splitlines()
    for suite in suites.SUITES:
        assert any(
            line.startswith(f"{suite.name}: skipped, because")
            for line in lines
        )
    assert lines[-1] == f"0 passed, 0 failed, {len(suites.SUITES)} skipped"


def test_an_implementation_that_is_not_there_is_one_sentence(tmp_path, capsys):
    nowhere = tmp_path / "nowhere.py"

    assert suites.main(["--impl", str(nowhere)]) == 2

    assert capsys.readouterr().err == (
        f"There is no implementation at {nowhere}.\n"
    )


@needs_the_suite
@pytest.mark.slow  # starts another Python
@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            "import no",
            "cannot be imported: ModuleNotFoundError: No module named 'no'.",
        ),
        ("raise SystemExit", "cannot be imported: it ends Python."),
        ("raise SystemExit(3)", "cannot be imported: it ends Python."),
        (
            "import threading; threading.Event().wait()",
            "did not finish importing in 0.75 s.",
        ),
    ],
)
def test_an_implementation_that_does_not_import_is_one_sentence(
    tmp_path, capsys, source, said
):
    file = tmp_path / "mine.py"
    file.write_text(source)
    limit = ["--limit", "0.75"] if "wait" in source else []

    assert suites.main(["--impl", str(file), *limit]) == 2

    assert capsys.readouterr().err == f"{file} {said}\n"


@pytest.mark.parametrize("limit", ["0", "-1", "nan", "inf", "1e9", "soon"])
def test_a_limit_that_is_no_time_is_one_sentence(capsys, limit):
    with pytest.raises(SystemExit, match="2"):
        suites.main([f"--limit={limit}"])

    assert capsys.readouterr().err.splitlines()[-1] == (
        f"python3 -m companion suites: error: argument --limit: '{limit}' is "
        "no positive number of seconds, 300 at most"
    )


def test_a_file_that_cannot_be_written_is_told_at_once(tmp_path, capsys):
    nowhere = tmp_path / "nowhere" / "results.json"

    with pytest.raises(SystemExit, match="2"):
        suites.main(["--json", str(nowhere)])

    assert f"{nowhere} cannot be written: " in capsys.readouterr().err


def test_a_file_that_can_be_written_is_not_touched_before_its_time(tmp_path):
    file = tmp_path / "results.json"
    file.write_text("of yesterday")

    assert suites.arguments(["--json", str(file)]).json == file

    assert file.read_text() == "of yesterday"


@needs_the_suite
@pytest.mark.slow
def test_cpythons_own_suite_shows_no_regression(tmp_path, capsys):
    file = tmp_path / "results.json"

    status = suites.main(["--suite", SOCKETSERVER.name, "--json", str(file)])

    out = capsys.readouterr().out
    assert status == 0, out
    assert f"Expected to fail: {COUNTING}" in out
    assert suites.FOOTER in out
    assert re.fullmatch(
        r"[1-9]\d* passed, 0 failed, \d+ skipped", out.splitlines()[-1]
    )
    (found,) = json.loads(file.read_text())["suites"]
    assert found["original"]["outcomes"][COUNTING]["word"] == "passed"
    assert found["mini"]["outcomes"][COUNTING]["word"] == "failed"


@pytest.fixture
def broken(tmp_path):
    """Give a copy of the mini, to whose end a mistake can be written."""

    def write(mistake):
        copy = tmp_path / "broken"
        shutil.copytree(ROOT / "minisocketserver", copy)
        with (copy / "__init__.py").open("a") as file:
            file.write(mistake)
        return copy

    return write


UNBUFFERED = """

def setup(self, before=StreamRequestHandler.setup):
    before(self)
    self.wfile = self.connection.makefile("wb", 0)


StreamRequestHandler.setup = setup
"""


@needs_the_suite
@pytest.mark.slow
def test_a_broken_copy_of_the_mini_is_found_out(broken, capsys):
    copy = broken(UNBUFFERED)

    status = suites.main(["--suite", SOCKETSERVER.name, "--impl", str(copy)])

    out = capsys.readouterr().out
    assert status == 1, out
    assert re.search(
        r"^REGRESSION: test\.test_socketserver\.SocketWriterTest\.test_basics:"
        r" AssertionError: .*BufferedIOBase",
        out,
        re.MULTILINE,
    )


HANGING = """

import threading


def wait_for_ever(self):
    threading.Event().wait()


BaseServer.shutdown = wait_for_ever
"""


@needs_the_suite
@pytest.mark.slow
def test_a_test_that_hangs_is_named_and_the_others_still_run(broken):
    suite = Suite(
        SOCKETSERVER.name,
        ("*SocketServerTest.test_TCPServer", "*SocketWriterTest.*"),
        SOCKETSERVER.resources,
    )
    with closing(Runner(broken(HANGING), test_limit=0.5)) as runner:
        run = runner.run(suite, original=False)

    hanging = "test.test_socketserver.SocketServerTest.test_TCPServer"
    words = {test: outcome.word for test, outcome in run.outcomes.items()}
    assert words.pop(hanging) == "failed"
    assert run.outcomes[hanging].message.startswith("did not end in time")
    assert "in wait_for_ever" in run.outcomes[hanging].detail
    assert set(words.values()) == {"passed"}
    assert len(words) == 2
    assert run.cut == ""


@needs_the_suite
@pytest.mark.slow
def test_a_suite_that_exceeds_its_time_is_cut_and_says_so(broken):
    suite = Suite(
        SOCKETSERVER.name, ("*.test_TCPServer",), SOCKETSERVER.resources
    )
    with closing(Runner(broken(HANGING), suite_limit=1)) as runner:
        run = runner.run(suite, original=False)

    assert run.cut == "time limit of 1 s"
    (outcome,) = run.outcomes.values()
    assert outcome.message == "time limit of 1 s"


ESCAPING = """

def process_request(self, request, client_address):
    if pid := os.fork():
        self.active_children = {pid}
        return self.close_request(request)
    try:
        self.finish_request(request, client_address)
    except Exception:
        self.handle_error(request, client_address)
    self.shutdown_request(request)


ForkingMixIn.process_request = process_request
"""


@needs_the_suite
@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_forked_child_that_comes_back_is_ended_and_reported(broken):
    suite = Suite(
        SOCKETSERVER.name, ("*.test_forking_handled",), SOCKETSERVER.resources
    )
    with closing(Runner(broken(ESCAPING))) as runner:
        run = runner.run(suite, original=False)

    (outcome,) = run.outcomes.values()
    assert outcome.word == "failed"
    assert outcome.message == "a forked child came back to its caller"


def test_a_closed_runner_runs_nothing_more():
    runner = Runner()
    runner.close()

    assert runner.run(SOCKETSERVER, original=True).outcomes == {}
