"""The learner's code, set into the text."""

import ast
import textwrap

import pytest

from companion.practise import blanks
from companion.practise.format import ExerciseError
from companion.practise.splice import UnfinishedError, splice

TEXT = '''\
"""A module."""

import os


class Door:
    """A door."""

    # How wide.
    width = 1

    def open(self):
        """Open it."""
        # A comment.
        return os.sep

    def shut(self):
        """Shut it."""
        return False
'''


def spliced(theirs, *symbols):
    return splice(TEXT, symbols, textwrap.dedent(theirs).lstrip("\n"))


def run(made):
    space = {}
    exec(compile(made.source, "door", "exec"), space)
    return space


def test_a_method_takes_the_place_of_the_text_s():
    made = spliced(
        """
        class Door:
            def open(self):
                return 42
        """,
        "Door.open",
    )
    door = run(made)["Door"]()
    assert (door.open(), door.shut(), door.width) == (42, False, 1)


def test_each_line_knows_where_it_came_from():
    made = spliced(
        "class Door:\n    def open(self):\n        return 42\n", "Door.open"
    )
    row = made.source.splitlines().index("        return 42") + 1
    assert made.theirs(row) == 3
    assert made.theirs(1) == 0


def test_helpers_imports_constants_and_attributes_come_along():
    made = spliced(
        """
        import math

        TWO = 2

        def half(number):
            return number / TWO

        class Hinge:
            size = math.pi

        class Door:
            colour = "red"

            def open(self):
                return half(self.push()), Hinge.size, self.colour

            def push(self):
                return 42
        """,
        "Door.open",
    )
    assert run(made)["Door"]().open() == (21, 3.141592653589793, "red")


def test_another_indentation_is_no_error():
    made = spliced(
        "class Door:\n  def open(self):\n    return 42\n", "Door.open"
    )
    assert run(made)["Door"]().open() == 42


def test_a_whole_class_takes_the_place_of_the_text_s():
    made = spliced("class Door:\n    pass\n", "Door")
    assert not hasattr(run(made)["Door"], "open")


@pytest.mark.parametrize(
    ("theirs", "told"),
    [
        ("", "no method `open` in a class `Door`"),
        ("class Door: pass", "no method `open` in a class `Door`"),
        ("def open(self): return 1", "no method `open`"),
        ("class Door:\n    def open(self): ...", "still a `...`"),
        ("class Door:\n  def open(self):\n    if 1:\n      ...", "still a"),
    ],
)
def test_what_is_missing_is_named(theirs, told):
    with pytest.raises(UnfinishedError, match=told):
        spliced(theirs, "Door.open")


@pytest.mark.slow
@pytest.mark.parametrize("module", list(blanks.library()))
def test_every_symbol_of_the_text_can_be_taken_and_put_back(module):
    text = blanks.library()[module]
    for each in text.definitions():
        name = getattr(each, "qualname", each.name)
        for level in ("solution", "bare"):
            made = splice(text.source, (name,), blanks.piece((name,), level))
            assert bare(made.source) == bare(text.source), name


@pytest.mark.slow
@pytest.mark.parametrize("level", blanks.LEVELS)
def test_every_symbol_can_be_taken_away_at_every_level(level):
    for text in blanks.library().values():
        for each in text.definitions():
            name = getattr(each, "qualname", each.name)
            ast.parse(blanks.piece((name,), level))


def bare(source):
    """Return code without prose, and in one spelling."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(
            node,
            (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef),
        ):
            kept = node.body[1 if ast.get_docstring(node) else 0 :]
            node.body = [
                each for each in kept if not isinstance(each, ast.Pass)
            ] or [ast.Pass()]
    return ast.unparse(tree)


# -- Edits


CODE = "def f(x):\n    if x:\n        return 1\n    return 2\n"


@pytest.mark.parametrize(
    ("old", "new", "made"),
    [
        ("return 2", "return 3", CODE.replace("2", "3")),
        (
            "if x:\n    return 1",
            "if not x:\n    return 1",
            CODE.replace("if x", "if not x"),
        ),
        ("f(x)", "f(y)", CODE.replace("f(x)", "f(y)")),
        ("", "pass", "pass\n"),
    ],
)
def test_an_edit_replaces_lines_or_a_part_of_one(old, new, made):
    assert blanks.edit(CODE, old, new, "here") == made


@pytest.mark.parametrize("old", ["return", "nothing", "x"])
def test_an_edit_that_fits_nowhere_or_twice_is_named(old):
    with pytest.raises(ExerciseError, match="here: what it replaces"):
        blanks.edit(CODE, old, "y", "here")
