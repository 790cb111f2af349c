"""What is said about an answer that is not right, and about what is gone."""

import ast
import io

import pytest
from rich.console import Console

from companion.practise import answers, blanks, telling
from companion.practise import format as exercises
from companion.practise.author import NAME
from companion.practise.folder import Practice

ORDER = exercises.EXERCISES / "02_request" / "10_order_of_hooks.py"
WAITS = exercises.EXERCISES / "12_async" / "10_who_waits.py"
FILL = exercises.EXERCISES / "04_sockets" / "30_datagrams.py"
CATCH = exercises.EXERCISES / "02_request" / "30_turned_away.py"

NEAR = [
    ('"False"', False, "True or False is asked"),
    ("false", False, "True or False is asked"),
    ("no", False, "True or False is asked"),
    ("0", False, "True or False is asked"),
    ("1", False, "True or False is asked"),
    ('"None"', None, "if you mean None"),
    ("None", "handle", "a name or some text is asked"),
    ("tcpserver", "TCPServer", "mind capitals"),
    ('"hello"', b"hello", "bytes are asked"),
    ('"setup, handle"', ["setup", "handle"], "a list is asked"),
    ('["a", "b"]', [b"a", b"b"], "in the list, bytes are asked"),
    ('["b", "a"]', ["a", "b"], "in another order"),
    ('"3"', 3, "a number is asked"),
    ("TCPServer", "UDPServer", ""),
    ("True", None, ""),
    ("4", 3, ""),
    ('["c"]', ["a", "b"], ""),
]


@pytest.mark.parametrize(("written", "right", "told"), NEAR)
def test_an_answer_of_the_wrong_form_is_told_the_form(written, right, told):
    value = answers.value_of(ast.parse(written, mode="eval").body)
    said = answers.near(value, right)
    assert told in said
    assert bool(said) is bool(told)


@pytest.fixture
def predict(judge):
    exercise = exercises.read(WAITS)
    source = blanks.solution(exercise, judge.answers(exercise))
    return exercise, source


def shown(exercise, verdict, tmp_path):
    """Return what the learner sees of a verdict."""
    out = io.StringIO()
    practice = Practice([exercise], tmp_path)
    Console(width=200, file=out).print(
        telling.verdict(exercise, verdict, practice)
    )
    return out.getvalue()


@pytest.mark.slow
def test_a_wrong_answer_is_asked_and_said(predict, judge, tmp_path):
    exercise, _ = predict
    right = judge.answers(exercise)
    source = blanks.solution(exercise, right | {"kind": "list"})
    verdict = judge.check(exercise, source, NAME)
    text = shown(exercise, verdict, tmp_path)
    assert "asked " in text
    assert "you say   'list'" in text
    assert "promised" not in text
    assert "happened" not in text


@pytest.mark.slow
def test_an_answer_line_that_is_gone_is_said(predict, judge, tmp_path):
    exercise, source = predict
    # The program has a `kind` of its own, and not as an answer.
    before, _, after = source.rpartition("\nkind = ")
    assert "\nkind = " in before
    gone = f"{before}\nkimd = {after}"
    for text in (gone, ""):
        verdict = judge.check(exercise, text, NAME)
        name = "kind" if text else exercise.questions[0].name
        assert f"there is no line `{name} = ...`" in verdict.happened
        assert "`reset` brings it back" in verdict.happened
        told = shown(exercise, verdict, tmp_path)
        assert "in the place of each" not in told


@pytest.mark.slow
def test_an_answer_with_a_type_counts(predict, judge):
    exercise, source = predict
    before, _, after = source.rpartition("\nkind = ")
    typed = f"{before}\nkind: str = {after}"
    assert judge.check(exercise, typed, NAME).passed


@pytest.mark.slow
def test_a_program_that_was_changed_is_noted(predict, judge, tmp_path):
    exercise, source = predict
    assert not judge.check(exercise, source, NAME).details
    helped = source + "\nof_my_own = 1\n"
    assert not judge.check(exercise, helped, NAME).details
    line = exercise.listing().splitlines()[0]
    changed = source.replace(line, "import this", 1)
    verdict = judge.check(exercise, changed, NAME)
    assert verdict.passed
    assert "was changed" in verdict.details[0]
    assert "was changed" in shown(exercise, verdict, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("path", [FILL, CATCH], ids=["fill", "catch"])
def test_a_part_that_was_renamed_is_missed_by_name(judge, path):
    exercise = exercises.read(path)
    source = blanks.solution(exercise, {})
    fill = isinstance(exercise, exercises.Fill)
    name = exercise.symbols[0] if fill else exercise.test()
    assert name in source
    verdict = judge.check(exercise, source.replace(name, "Renamed"), NAME)
    assert f"there is no `{name}` in your file: `reset`" in verdict.happened
    assert verdict.promised == "there is in your file what was asked for"


def test_what_is_too_long_is_cut(judge, tmp_path):
    exercise = exercises.read(CATCH)
    code = f"def {exercise.test()}(lib):\n    print('x' * 5000)\n"
    verdict = judge.check(exercise, f"{code}    assert not 'y' * 5000", NAME)
    text = shown(exercise, verdict, tmp_path)
    assert text.count("x") > 200
    assert len(text) < 2000


def test_one_is_no_plural():
    assert telling.counted(1, "try", "tries") == "1 try"
    assert telling.counted(0, "try", "tries") == "0 tries"
