"""The learner's package: the solved pieces add up to a module."""

import subprocess
import sys

import pytest

from companion.practise import blanks, whole, yours
from companion.practise.folder import Practice


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

    def test_an_empty_package_fails(self, practice, tmp_path, monkeypatch):
        kept = {side: {"suite": {}, "conformance": {}} for side in whole.SIDES}
        zero = {"passed": 0, "failed": 0, "skipped": 0}
        for side in kept.values():
            side.update(suite=zero, conformance=zero)
        monkeypatch.setattr(whole, "known", lambda: kept)
        verdict = whole.check(practice, lambda *told: None)
        assert not verdict.passed
        assert verdict.unfinished
        assert "still to be written" in verdict.happened
