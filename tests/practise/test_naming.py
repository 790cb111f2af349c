"""A mistake is named where it was made, and nowhere else."""

import ast
import re

import pytest

from companion.practise import blanks
from companion.practise import format as exercises
from companion.practise.author import NAME

FILLS = [
    path
    for path in exercises.paths()
    if "EXERCISE = Fill(" in path.read_text("utf-8")
]


def read(name):
    (path,) = (each for each in FILLS if each.stem.endswith(name))
    return exercises.read(path)


@pytest.fixture
def changed(judge):
    """Check the solution of a fill with one piece of code replaced."""

    def check(name, old, new):
        exercise = read(name)
        source = blanks.solution(exercise, {})
        assert old in source
        return judge.check(exercise, source.replace(old, new, 1), NAME)

    return check


@pytest.mark.slow
@pytest.mark.parametrize("path", FILLS, ids=lambda path: path.stem)
def test_a_misspelt_name_is_told_and_nothing_else(judge, path):
    exercise = exercises.read(path)
    source = blanks.solution(exercise, {})
    name = exercise.symbols[-1].rpartition(".")[2]
    functions = [
        each
        for each in ast.walk(ast.parse(source))
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    if not functions:
        pytest.skip("there is no function in it")
    chosen = [each for each in functions if each.name in (name, "__init__")]
    node = next(iter([*chosen, *functions]))
    lines = source.splitlines()
    has_text = ast.get_docstring(node) is not None
    row = node.body[0].end_lineno if has_text else node.body[0].lineno - 1
    lines.insert(row, " " * node.body[0].col_offset + "misspelt_name()")
    verdict = judge.check(exercise, "\n".join(lines), NAME)
    assert "'misspelt_name' is not defined" in verdict.happened
    assert verdict.code == "misspelt_name()"
    assert verdict.mistake is None


ACCEPTS = "accept_and_goodbye", "return self.socket.accept()"
OTHERS = {
    "no input": (*ACCEPTS, "input()", "EOFError"),
    "no memory": (*ACCEPTS, "bytes(1 << 50)", "MemoryError"),
    "half a pair": (*ACCEPTS, "return self.socket.accept()[0]", "TypeError"),
    "an attribute": (
        "a_hub_for_a_server",
        "with self.__lock:",
        "with self.__loc:",
        "AttributeError",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "old", "new", "told"), OTHERS.values(), ids=OTHERS
)
def test_an_error_gets_no_guess(changed, name, old, new, told):
    verdict = changed(name, old, new)
    assert verdict.happened.startswith(told)
    assert verdict.mistake is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        (
            "setup_handle_finish",
            "self.setup()",
            "self.stup()",
            "AttributeError: .*'stup'. And so: it ran",
        ),
        (
            "the_loop",
            "= selector.select(",
            "= selctor.select(",
            "NameError: .*'selctor'.*. And so: it saw",
        ),
        (
            "thread_per_request",
            "thread.start()",
            "thred.start()",
            "NameError: .*'thred'",
        ),
    ],
)
def test_an_error_that_is_swallowed_is_told(changed, name, old, new, told):
    verdict = changed(name, old, new)
    assert re.match(told, verdict.happened)
    assert new in verdict.code
    assert verdict.mistake is None


@pytest.mark.slow
@pytest.mark.parametrize("name", ["accept_and_goodbye", "the_loop"])
def test_an_endless_loop_is_told_and_where(changed, name):
    old = {
        "accept_and_goodbye": "return self.socket.accept()",
        "the_loop": "ready = selector.select(poll_interval)",
    }[name]
    verdict = changed(name, old, "while True: pass")
    assert "did not come to an end" in verdict.happened
    assert f"in line {verdict.line}" in verdict.happened
    assert verdict.code == "while True: pass"
    assert verdict.mistake is None


@pytest.mark.slow
def test_a_child_that_calls_sys_exit_is_named(changed):
    leave = "import sys; sys.exit(status)"
    verdict = changed("a_process_per_request", "os._exit(status)", leave)
    assert verdict.mistake is not None
    assert verdict.mistake.name == "sys.exit in a child"
