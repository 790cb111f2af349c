"""The whole loop, as a learner sees it."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from companion.environment import ROOT
from companion.practise import blanks, screen
from companion.practise import format as exercises
from companion.practise.desk import Desk
from companion.practise.folder import Practice
from companion.practise.judge import Judge
from companion.practise.keys import KEY, TICK, Event, Events
from companion.practise.runner import Runner

from .terminal import Terminal

pytestmark = pytest.mark.slow

CHOSEN = (
    "02_request/10_order_of_hooks.py",
    "02_request/30_turned_away.py",
    "04_sockets/30_datagrams.py",
)
FIRST, SECOND = "02_request/order_of_hooks", "02_request/turned_away"


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """A folder with three exercises in it."""
    folder = tmp_path_factory.mktemp("exercises")
    for name in CHOSEN:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(exercises.EXERCISES / name, folder / name)
    return folder


@pytest.fixture
def practice(tmp_path):
    return tmp_path / "practice"


@pytest.fixture
def arguments(few, practice):
    return ["--folder", str(practice), "--exercises", str(few)]


@pytest.fixture
def solutions(few, judge):
    found = {}
    for exercise in exercises.read_all(few):
        answers = {}
        if exercise.kind == "predict":
            answers = judge.answers(exercise)
        found[exercise.id] = blanks.solution(exercise, answers)
    return found


def run(*arguments, prefix=(), **settings):
    command = [sys.executable, "-m", "companion", "practise", *arguments]
    done = subprocess.run(
        [*prefix, *command],
        cwd=ROOT,
        env=os.environ | {"NO_COLOR": "1"} | settings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_start_fail_hint_solve_next_quit_resume(
    arguments, practice, solutions
):
    file = practice / f"{FIRST}.py"
    with Terminal(arguments) as terminal:
        terminal.until("Not complete yet  0 of 3")
        terminal.until(r"order_of_hooks\.py")

        wrong = solutions[FIRST].replace("b'hello'", '"hello"')
        file.write_text(wrong)
        terminal.until("A known mistake: Text expected where bytes come")
        terminal.until("Not solved yet  1 of 3 kept")

        terminal.press("h")
        terminal.until("Hint 1 of 3")
        terminal.press("h")
        terminal.until("Hint 2 of 3")

        assert "s:solution" not in terminal.screen()
        file.write_text(solutions[FIRST])
        terminal.until("SOLVED")
        terminal.until("You learned")
        terminal.until("1 of 3 solved")
        terminal.until("docs/en/guide/02-request.md")
        terminal.press("s")
        terminal.until("Your answers|The program")

        terminal.press("n")
        terminal.until("number 2 of 3")
        terminal.press("q")
        assert terminal.end() == 0
        assert terminal.is_as_before()

    with Terminal(arguments) as terminal:
        terminal.until("number 2 of 3")
        terminal.until("1 of 3 solved")
        terminal.press("q")
        assert terminal.end() == 0


def test_keys_that_come_together_are_all_heard(arguments):
    with Terminal(arguments) as terminal:
        terminal.until("Not complete yet")
        terminal.press("hhq")
        assert terminal.end() == 0
    state = json.loads(Path(arguments[1], "progress.json").read_text())
    assert state["exercises"][FIRST]["hints"] == 2


def test_the_list_leads_to_any_exercise(arguments):
    with Terminal(arguments) as terminal:
        terminal.until("Not complete yet")
        terminal.press("l")
        terminal.until(r"> \[ \] order_of_hooks")
        terminal.press("\x1b[B\x1b[B\r")
        terminal.until("number 3 of 3")


def test_reset_asks_and_keeps_what_there_was(arguments, practice):
    file = practice / f"{FIRST}.py"
    with Terminal(arguments) as terminal:
        terminal.until("Not complete yet")
        file.write_text("mine = (")
        terminal.until("Python cannot read it")
        terminal.press("r")
        terminal.until("y: yes")
        terminal.press("n")
        terminal.until("k:skip")
        assert file.read_text() == "mine = ("
        terminal.press("ry")
        terminal.until("Not complete yet")
    (kept,) = (practice / "backup").rglob("*.py")
    assert kept.read_text() == "mine = ("


def test_skip_goes_on_and_the_list_says_so(arguments):
    with Terminal(arguments) as terminal:
        terminal.until("Not complete yet")
        terminal.press("k")
        terminal.until("number 2 of 3")
        terminal.press("l")
        terminal.until(r"\[-\] order_of_hooks")


@pytest.mark.parametrize("size", [(80, 24), (60, 16), (200, 60)])
def test_the_screen_is_never_taller_than_the_terminal(arguments, size):
    with Terminal(arguments, size=size) as terminal:
        terminal.until(r"Not complete yet[\s\S]*quit")
        lines = terminal.screen().splitlines()
        assert len(lines) <= size[1]
        assert max(len(line.rstrip()) for line in lines) <= size[0]
        assert any("quit" in line for line in lines[-3:])


def test_the_screen_rests_while_nothing_happens(few, practice, monkeypatch):
    events = [TICK, TICK, "h", TICK, "q"]
    drawn = []

    class Typed(Events):
        def wait(self, keyboard):
            drawn.append(len(events))
            what = events.pop(0)
            return Event(TICK) if what == TICK else Event(KEY, what)

    class Drawn(screen.Screen):
        def draw(self):
            drawn.append("drawn")
            return super().draw()

    monkeypatch.setattr(screen, "Events", Typed)
    monkeypatch.setattr(screen, "Screen", Drawn)
    monkeypatch.setattr(screen, "single_keys", contextlib.nullcontext)
    with Runner() as runner:
        practice = Practice(exercises.read_all(few), practice)
        screen.watch(Desk(practice, Judge(runner), plain=True))
    assert drawn == ["drawn", 5, 4, 3, "drawn", 2, 1]


def test_a_deleted_file_comes_back(arguments, practice):
    with Terminal(arguments) as terminal:
        terminal.until("Not complete yet")
        (practice / f"{FIRST}.py").write_text("x = (")
        terminal.until("Python cannot read it")
        (practice / f"{FIRST}.py").unlink()
        terminal.until("Not complete yet")


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_an_end_in_the_middle_leaves_the_terminal_and_no_child(
    arguments, practice, ending
):
    with Terminal(arguments) as terminal:
        terminal.until("Not complete yet")
        (practice / f"{FIRST}.py").write_text("x = (")
        terminal.until("Python cannot read it")
        os.kill(terminal.program.pid, ending)
        assert terminal.end() in (130, 128 + signal.SIGTERM)
        assert terminal.is_as_before()
        assert "Traceback" not in terminal.text


def test_no_colour_when_asked(arguments):
    with Terminal(arguments, NO_COLOR="1") as terminal:
        terminal.until("Not complete yet")
        assert not colours(terminal.text)
    with Terminal(arguments) as terminal:
        terminal.until("Not complete yet")
        assert colours(terminal.text)


def colours(text):
    """Return the codes of colours in a text."""
    return re.findall(r"\x1b\[[0-9;]*3[0-9][0-9;]*m", text)


def test_plain_watching_prints_each_verdict(arguments, practice, solutions):
    with Terminal(["--plain", *arguments]) as terminal:
        terminal.until("question 1 has no answer yet")
        (practice / f"{FIRST}.py").write_text(solutions[FIRST])
        terminal.until("SOLVED")
        assert "\x1b" not in terminal.text
        os.kill(terminal.program.pid, signal.SIGINT)
        assert terminal.end() == 130


# -- Without a terminal


def test_the_same_as_plain_commands(arguments, practice, solutions):
    assert run(*arguments, "check").returncode == 1
    assert "Hint 1 of 3" in run(*arguments, "hint").stdout
    assert "order_of_hooks" in run(*arguments, "list").stdout
    assert run(*arguments, "solution", FIRST).returncode == 1
    (practice / f"{FIRST}.py").write_text(solutions[FIRST])
    solved = run(*arguments, "check")
    assert solved.returncode == 0
    assert "SOLVED" in solved.stdout
    assert "received = b'hello'" in run(*arguments, "solution", FIRST).stdout
    assert "turned_away" in run(*arguments, "next").stdout
    assert "datagrams" in run(*arguments, "skip").stdout
    assert "1 of 3 solved" in run(*arguments, "progress").stdout
    assert "as it was" in run(*arguments, "reset", "order_of").stdout
    assert "0 of 3 solved" in run(*arguments, "progress").stdout


def test_a_read_only_folder_is_named(arguments, practice, as_anybody):
    practice.mkdir()
    practice.chmod(0o500)
    done = run(*arguments, "check", prefix=as_anybody)
    assert done.returncode == 1
    assert "--folder" in done.stderr


def test_plain_is_understood_on_either_side_of_the_command(arguments):
    before = run("--plain", *arguments, "list", FORCE_COLOR="1", NO_COLOR="")
    behind = run(*arguments, "list", "--plain", FORCE_COLOR="1", NO_COLOR="")
    assert before.returncode == behind.returncode == 0
    assert before.stdout == behind.stdout
    assert "order_of_hooks" in behind.stdout
    assert "\x1b" not in behind.stdout


def test_the_last_hint_says_that_there_is_no_more(arguments):
    said = [run(*arguments, "hint").stdout for _ in range(4)]
    assert ["there is no more" in each for each in said] == [
        *(False, False),
        *(True, True),
    ]
    assert "3 of 3, there is no more." in said[-1]


def test_a_level_holds_for_new_files(arguments, practice):
    run(*arguments, "level", "name")
    run(*arguments, "next", "datagrams")
    text = (practice / "04_sockets" / "datagrams.py").read_text()
    assert "def get_request(self):" in text
    assert "Receive the next datagram" not in text


def test_a_solved_piece_joins_the_package(arguments, practice, solutions):
    run(*arguments, "next", "datagrams")
    (practice / "04_sockets" / "datagrams.py").write_text(
        solutions["04_sockets/datagrams"]
    )
    told = run(*arguments, "check").stdout
    assert "complete" in told
    code = "from practice.yours import UDPServer; print(UDPServer.__mro__)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=practice.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "practice.yours.udp.UDPServer" in done.stdout


def test_an_unknown_command_is_one_sentence(arguments):
    done = run(*arguments, "frobnicate")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "There is no command 'frobnicate'" in done.stderr


def test_without_a_name_the_current_exercise_is_meant(arguments, practice):
    run(*arguments, "next", "datagrams")
    assert "datagrams is not solved" in run(*arguments, "solution").stdout
    file = practice / "04_sockets" / "datagrams.py"
    file.write_text("# mine\n")
    assert "datagrams.py is as it was" in run(*arguments, "reset").stdout
    assert file.read_text() != "# mine\n"


def test_the_list_has_a_line_for_each_exercise():
    folder = exercises.EXERCISES
    done = run("--folder", "/nowhere", "list", COLUMNS="80")
    marked = [line for line in done.stdout.splitlines() if "[ ] " in line]
    assert len(marked) == len(exercises.paths(folder))
    assert max(map(len, marked)) > 80, "whole lines, for a file"


def test_an_unknown_name_is_one_sentence(arguments):
    done = run(*arguments, "check", "nowhere")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "There is no exercise 'nowhere'" in done.stderr


def test_a_folder_in_the_way_is_one_sentence(few, practice):
    practice.write_text("")
    done = run("--folder", str(practice), "--exercises", str(few), "check")
    assert done.returncode == 1
    assert "--folder" in done.stderr


def test_a_damaged_state_is_said(arguments, practice):
    run(*arguments, "check")
    (practice / "progress.json").write_text("{")
    assert "could not be read" in run(*arguments, "check").stdout
