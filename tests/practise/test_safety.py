"""Whatever a learner's code does, it does it to itself alone."""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from companion.environment import ROOT
from companion.practise import blanks
from companion.practise import format as exercises
from companion.practise.runner import Runner

NAME = "practice/x.py"
FILL = exercises.EXERCISES / "04_sockets" / "30_datagrams.py"
LIFE = exercises.EXERCISES / "03_base" / "10_a_life.py"
WAITS = exercises.EXERCISES / "12_async" / "10_who_waits.py"
CATCH = exercises.EXERCISES / "02_request" / "30_turned_away.py"

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="it is looked at by /proc"
)


@pytest.fixture(scope="module")
def catch():
    return exercises.read(CATCH)


@pytest.fixture
def checked(judge, catch):
    """Check a test whose body is given."""

    def check(body, top=""):
        code = textwrap.indent(textwrap.dedent(body), "    ")
        head = textwrap.dedent(top)
        return judge.check(
            catch, f"{head}\ndef {catch.test()}(lib):\n{code}", NAME
        )

    return check


def processes():
    """Return the command lines of all processes, by number."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found[int(path.parent.name)] = path.read_bytes()
    return found


def descendants(pid):
    """Return all processes below one."""
    found, todo = set(), [pid]
    while todo:
        for path in Path(f"/proc/{todo.pop()}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                new = {int(each) for each in path.read_text().split()}
                todo += new - found
                found |= new
    return found


ENDLESS = {
    "an endless loop": "while True: pass",
    "a wait": "import threading; threading.Event().wait()",
    "a deadlock": "from _thread import allocate as a; a = a(); "
    "a.acquire(); a.acquire()",
    "deaf": "import signal as s; s.pthread_sigmask(0, [15]); s.pause()",
}
STRAYS = {
    "a daemon": "import os, time; os.fork() or (os.setsid(), time.sleep(60))",
    "a program": "import subprocess as s; s.Popen(['sleep', '60'])",
    "a program apart": "import subprocess as s;"
    " s.Popen(['sleep', '60'], start_new_session=True)",
}


@pytest.mark.slow
@pytest.mark.parametrize("body", ENDLESS.values(), ids=ENDLESS)
def test_what_does_not_end_is_stopped_and_named(checked, body):
    began = time.monotonic()
    verdict = checked(body)
    assert "did not come to an end" in verdict.happened
    assert verdict.line == 3, "it says where"
    assert time.monotonic() - began < 20


@pytest.mark.slow
def test_a_fork_storm_is_stopped_and_named(checked, runner):
    verdict = checked("import os\nwhile True: os.fork()")
    assert "processes, and was stopped" in verdict.happened
    assert descendants(runner.process.pid) == set()


@pytest.mark.slow
@pytest.mark.parametrize("body", STRAYS.values(), ids=STRAYS)
def test_no_process_is_left(checked, runner, body):
    checked(body)
    assert descendants(runner.process.pid) == set()


def test_a_forked_child_that_comes_back_is_named(checked):
    verdict = checked("import os\nif os.fork(): os.wait()\nassert True")
    assert "a forked child came back" in verdict.happened


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("import os; os._exit(0)", "only the child may"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "ended"),
        ("import os, signal; os.killpg(0, signal.SIGKILL)", "ended Python"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    ],
)
def test_code_that_ends_python_is_told_so(checked, body, told):
    assert told in checked(body).happened


def test_a_syntax_error_shows_its_line(checked):
    verdict = checked("x = (1,\ny = 2")
    assert (verdict.line, verdict.passed) == (3, False)
    assert "Python cannot read it" in verdict.happened


def test_an_error_on_import_shows_its_line(checked):
    verdict = checked("pass", top="import sockets")
    assert verdict.line == 1
    assert "ModuleNotFoundError: No module named 'sockets'" in verdict.happened


def test_it_has_no_terminal_and_no_input(checked):
    verdict = checked("assert not open(0).read()\nopen('/dev/tty')")
    assert "/dev/tty" in verdict.happened


@pytest.mark.slow
def test_what_it_prints_is_kept_but_not_without_end(checked):
    verdict = checked("print('x' * 10**6); assert False, 'no'")
    assert verdict.happened == "no"
    assert 0 < len(verdict.printed) < 10**4


def test_a_file_that_grows_and_grows_is_stopped(checked):
    verdict = checked("open('f', 'wb').write(bytes(1 << 24))")
    assert "OSError" in verdict.happened


@pytest.mark.slow
def test_its_folder_goes_with_it(checked, tmp_path):
    kept = tmp_path / "where"
    checked(
        f"""
        import os
        open({str(kept)!r}, "w").write(os.getcwd())
        open("left", "w")
        """
    )
    assert not Path(kept.read_text()).exists()


def test_a_line_of_a_fill_is_the_line_of_the_learner_s_file(judge):
    exercise = exercises.read(FILL)
    source = textwrap.dedent(
        """
        import socket

        class UDPServer(TCPServer):
            socket_type = socket.SOCK_DGRAM

            def server_activate(self):
                raise ValueError("here")
        """
    )
    verdict = judge.check(exercise, source, NAME)
    assert (verdict.promise, verdict.line) == ("starts", 8)
    assert verdict.code == 'raise ValueError("here")'


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("import os\n        while True: os.fork()", "it made more than"),
        ("while True: pass", "it did not come to an end"),
        ("import sys; sys.exit()", "it ended Python itself (SystemExit)"),
        ("import os; os._exit(1)", "the parent called os._exit()"),
    ],
)
def test_what_is_plain_gets_no_guess_behind_it(judge, body, told):
    exercise = exercises.read(LIFE)
    source = blanks.solution(exercise, {})
    returns = "return self\n"
    assert source.count(returns) == 1
    other = judge.check(exercise, source.replace(returns, "pass\n"), NAME)
    assert other.mistake is not None, "here, a mistake is known"
    verdict = judge.check(exercise, source.replace(returns, body + "\n"), NAME)
    assert verdict.promise == other.promise
    assert verdict.happened.startswith(told)
    assert verdict.mistake is None


@pytest.mark.slow
def test_a_report_is_told_in_a_line_and_without_our_paths(judge):
    exercise = exercises.read(LIFE)
    (mistake,) = (
        each
        for each in exercise.mistakes
        if each.fails == "reports_the_client"
    )
    source = blanks.mistaken(exercise, mistake, {})
    verdict = judge.check(exercise, source, NAME)
    assert verdict.mistake is mistake
    assert "ValueError: a bad day" in verdict.happened
    assert "File" not in verdict.happened
    assert "\\n" not in verdict.happened
    assert "\n" not in verdict.happened


@pytest.mark.slow
def test_an_answer_that_is_no_choice_is_told_the_choices(judge):
    exercise = exercises.read(WAITS)
    answers = judge.answers(exercise)
    for kind, told in (("function", True), ("list", False)):
        source = blanks.solution(exercise, answers | {"kind": kind})
        verdict = judge.check(exercise, source, NAME)
        assert verdict.promise == "kind"
        ends = ": NoneType, coroutine, list, Task"
        assert verdict.happened.endswith(ends) is told
        assert ("none of the choices" in verdict.happened) is told


WRONG = {
    "an import": ("import errrno", "ModuleNotFoundError"),
    "a constant": ("LIMIT = nobody", "NameError"),
    "an attribute": ("", "NameError"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("top", "told"), WRONG.values(), ids=WRONG)
def test_an_error_on_import_shows_the_line_of_a_fill(judge, top, told):
    source = f"""{top}
import socket

class UDPServer(TCPServer):
    socket_type = socket.SOCK_DGRAM
    {"" if top else "limit = nobody"}
"""
    verdict = judge.check(exercises.read(FILL), source, NAME)
    assert verdict.happened.startswith(told)
    assert (verdict.promise, verdict.line) == ("import", 1 if top else 6)
    assert verdict.code == (top or "limit = nobody")


@pytest.mark.slow
def test_the_companion_s_end_ends_all(tmp_path):
    script = f"""
        from companion.practise import format as exercises
        from companion.practise.judge import Judge
        from companion.practise.runner import Runner
        from pathlib import Path
        exercise = exercises.read(Path({str(CATCH)!r}))
        code = "def " + exercise.test() + "(lib):\\n"
        code += "    open({str(tmp_path / "there")!r}, 'w')\\n"
        code += "    while True: pass"
        Judge(Runner()).check(exercise, code, "x.py")
    """
    companion = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT
    )
    deadline = time.monotonic() + 20
    while not (tmp_path / "there").exists():
        assert time.monotonic() < deadline, "the trial has not begun"
        time.sleep(0.01)
    below = descendants(companion.pid)
    assert len(below) == 2, "a warden and a trial"
    os.kill(companion.pid, signal.SIGKILL)
    companion.wait()
    while below & processes().keys():
        assert time.monotonic() < deadline, "something is left"
        time.sleep(0.01)


def test_a_warden_that_is_killed_is_named(judge, catch):
    with Runner() as runner:
        runner.start().kill()
        judge.runner = runner
        with pytest.raises(Exception, match="was ended from outside"):
            judge.check(catch, f"def {catch.test()}(lib): pass", NAME)
