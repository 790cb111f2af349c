"""The learner's package: the solved pieces add up to a module."""

import json
import subprocess
import sys
import time

import pytest

from companion.practise import blanks, whole, yours
from companion.practise.folder import Practice
from companion.suites import run


@pytest.fixture
def practice(every_exercise, tmp_path):
    return Practice(every_exercise, tmp_path / "practice")


def solve(practice, *exercises):
    for exercise in exercises:
        practice.go(exercise)
        practice.path(exercise).write_text(blanks.solution(exercise, {}))
        practice.tried(exercise, passed=True)


def imported(practice, code):
    """Run code that has the package as `yours`; return what it prints."""
    return subprocess.run(
        [sys.executable, "-c", f"import yours\n{code}"],
        cwd=practice.folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_an_empty_package_can_be_imported_and_says_what_is_missing(practice):
    missing = yours.assemble(practice)
    fills = yours.fills(practice.exercises)
    assert missing == [symbol for each in fills for symbol in each.symbols]
    call = "print('there'); yours.UDPServer(('', 0), print).get_request()"
    done = imported(practice, call)
    assert done.stdout == "there\n", done.stderr
    assert "is yours to write" in done.stderr.splitlines()[-1]


@pytest.mark.slow
def test_a_solved_piece_is_the_learner_s_own(practice):
    first = next(yours.fills(practice.exercises))
    solve(practice, first)
    path = practice.path(first)
    code = path.read_text()
    path.write_text(code + "\n\ndef of_my_own():\n    return 42\n")
    missing = yours.assemble(practice)
    assert not {*first.symbols} & {*missing}
    module = blanks.home(first.symbols).name
    done = imported(
        practice, f"from yours import {module}; print({module}.of_my_own())"
    )
    assert done.stdout == "42\n", done.stderr


@pytest.mark.slow
def test_a_piece_that_was_broken_since_is_missing_again(practice):
    first = next(yours.fills(practice.exercises))
    solve(practice, first)
    practice.path(first).write_text("class (")
    assert {*first.symbols} <= {*yours.assemble(practice)}


@pytest.mark.slow
def test_what_was_changed_in_the_package_is_put_aside(practice):
    yours.assemble(practice)
    path = yours.folder(practice) / "tcp.py"
    path.write_text("# mine\n")
    yours.assemble(practice)
    (kept,) = (practice.folder / "backup" / "yours").iterdir()
    assert kept.read_text() == "# mine\n"
    assert "class TCPServer" in path.read_text()
    yours.assemble(practice)
    assert len([*kept.parent.iterdir()]) == 1


def zeros():
    """Return what is known of the other two, as if nothing had passed."""
    zero = {"passed": 0, "failed": 0, "skipped": 0}
    return {side: {"suite": zero, "conformance": zero} for side in whole.SIDES}


def test_the_first_failures_are_listed_with_their_exercise(practice):
    failures = [
        whole.Failure(
            f"tests/conformance/test_base.py::test_{number}",
            "AssertionError: no",
            ("TCPServer.get_request",),
        )
        for number in range(7)
    ]
    score = {"passed": 1, "failed": 7, "skipped": 0}
    own = {
        "suite": whole.Result({"passed": 1, "failed": 0, "skipped": 0}),
        "conformance": whole.Result(score, failures),
    }
    verdict = whole.verdict(own, [], practice)
    assert verdict.happened == "7 tests of the conformance fail"
    told = "  test_base.py::test_0: AssertionError: no"
    assert verdict.details[1] == told
    assert "04_sockets/accept_and_goodbye" in verdict.details[2]
    assert len(verdict.details) == 1 + 2 * 5


def test_a_suite_that_is_slow_now_and_then_goes_on():
    late, good = run.Outcome("failed", run.LATE), run.Outcome("passed")
    one = run.Run({"a": late, "b": late, "c": good, "d": late})
    assert run.late(one) == 1
    one.add("e", late)
    assert run.late(one) == 2


def test_what_was_not_run_has_not_passed(tmp_path):
    journal = tmp_path / "journal"
    said = []
    reader = whole.Reader(journal, said.append)
    entry = {"event": "outcome", "word": "passed", "message": "", "about": []}
    lines = [{"event": "begin", "count": 4}]
    lines += [{**entry, "test": f"t{number}"} for number in range(3)]
    journal.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    reader.read()
    assert said == ["  3 of 4, 0 fail"]
    result = reader.result()
    assert (result.score["passed"], result.score["failed"]) == (3, 1)
    assert result.cut


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.xdist_group("whole")
class TestTogether:
    def test_all_solutions_pass_everything(
        self, practice, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(whole, "KEPT", tmp_path / "kept.json")
        solve(practice, *yours.fills(practice.exercises))
        lines = []
        verdict = whole.check(practice, lambda *told: lines.extend(told))
        table = "\n".join(lines)
        assert verdict.passed, f"{verdict.happened}\n{table}"
        assert "stdlib" in table
        rows = [line.split() for line in lines[-2:]]
        for row in rows:
            passed, every = row[-3], row[-1]
            assert passed == every != "0", f"yours is not complete: {table}"

        # The second time, only the learner's side is run.
        known = whole.known()
        assert known["mini"]["conformance"]["passed"] > 500

    def test_a_loop_that_hangs_is_named_and_soon(self, practice, monkeypatch):
        monkeypatch.setattr(whole, "known", zeros)
        monkeypatch.setattr(whole, "TEST_LIMIT", 2)
        solve(practice, *yours.fills(practice.exercises))
        path = practice.folder / "03_base" / "the_loop.py"
        code = path.read_text()
        ready = "ready = selector.select(poll_interval)"
        assert ready in code
        path.write_text(code.replace(ready, "threading.Event().wait()"))
        lines = []
        began = time.monotonic()
        verdict = whole.check(practice, lambda *told: lines.extend(told))
        assert time.monotonic() - began < 60
        told = "3 tests in a row did not end in time, so the rest was not run"
        assert told in verdict.happened
        details = "\n".join(verdict.details)
        assert "The first that fail of the suite:" in details
        assert "The first that fail of the conformance:" in details
        assert ", see 03_base/the_loop" in details
        assert any(line.startswith("The promises of") for line in lines)

    def test_an_empty_package_fails(self, practice, monkeypatch):
        monkeypatch.setattr(whole, "known", zeros)
        verdict = whole.check(practice, lambda *told: None)
        assert not verdict.passed
        assert verdict.unfinished
        assert "still to be written" in verdict.happened
