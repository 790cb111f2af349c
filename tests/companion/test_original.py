"""The original by symbol, whatever version of it runs these tests."""

import importlib
import inspect
import re
import socketserver
import sys
import textwrap
from types import ModuleType

import pytest

from companion import original

CLASSES = [
    name
    for name, value in vars(socketserver).items()
    if inspect.isclass(value) and value.__module__ == "socketserver"
]
METHODS = [
    f"{cls}.{name}" for cls in CLASSES for name in original.methods(cls)
]


@pytest.fixture
def made_up(tmp_path, monkeypatch):
    """A module of our own, where the comments are known."""
    path = tmp_path / "made_up.py"
    path.write_text(
        textwrap.dedent(
            '''\
            if True:
                class Parent:
                    """Have children."""

                    age = 50

                    # They bark
                    # and bite.

                    def bark(self):
                        pass

                    @staticmethod
                    def bite():
                        pass

                    @property
                    def name(self):
                        return "x"

            class Child(Parent):
                pass

            class Grown(dict):
                pass
            '''
        )
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("made_up")
    del sys.modules["made_up"]


def test_it_says_which_python_it_reads():
    assert re.fullmatch(r"\w+ \d+\.\d+\.\d+\S*", original.INTERPRETER)


@pytest.mark.parametrize("symbol", METHODS)
def test_a_method_is_shown_whole(symbol):
    cls, _, name = symbol.partition(".")
    method = inspect.getattr_static(getattr(socketserver, cls), name)
    code = textwrap.dedent(inspect.getsource(method)).strip()
    assert original.excerpt(symbol).code.endswith(code)


@pytest.mark.parametrize("symbol", [*CLASSES, *METHODS])
def test_the_first_line_is_the_line_in_the_file(symbol):
    found = original.excerpt(symbol)
    lines = inspect.getsource(socketserver).splitlines()
    shown = lines[found.first - 1 : found.first - 1 + found.length]
    assert found.code == textwrap.dedent("\n".join(shown))


def test_no_line_of_a_class_is_shown_twice_and_none_is_lost():
    cls = socketserver.BaseServer
    _, first = inspect.getsourcelines(cls)
    shown = []
    for symbol in (
        "BaseServer",
        *map(_member, original.methods("BaseServer")),
    ):
        found = original.excerpt(symbol)
        shown += range(found.first, found.first + found.length)
    lines = inspect.getsource(socketserver).splitlines()
    whole = range(first, first + len(inspect.getsource(cls).splitlines()))
    assert len(shown) == len(set(shown))
    assert [n for n in whole if lines[n - 1].strip() and n not in shown] == []


def _member(name):
    return f"BaseServer.{name}"


def test_a_class_ends_before_the_comment_of_its_first_method(made_up):
    found = original.excerpt("Parent", made_up)
    assert found.code.endswith("age = 50")
    assert found.first == 2


def test_a_method_brings_the_comment_that_introduces_it(made_up):
    found = original.excerpt("Parent.bark", made_up)
    assert found.code.startswith("# They bark\n# and bite.\n\ndef bark(self)")
    assert found.first == 7


def test_decorated_methods_are_found_with_their_decorator(made_up):
    found = original.excerpt("Parent.bite", made_up)
    assert found.code.startswith("@staticmethod\ndef bite():")
    assert original.excerpt("Parent.name", made_up).code.startswith("@prop")


@pytest.mark.parametrize(
    "symbol",
    ["Nobody", "Nobody.run", "Parent.nothing", "Parent.age", "Child.bark"],
)
def test_what_is_not_there_or_no_code_has_no_excerpt(made_up, symbol):
    assert original.excerpt(symbol, made_up) is None


def test_a_symbol_exists_also_when_it_is_inherited_or_a_value(made_up):
    assert original.exists("Child.bark", made_up)
    assert original.exists("Parent.age", made_up)
    assert not original.exists("Parent.nothing", made_up)
    assert not original.exists("Nobody.run", made_up)


@pytest.mark.parametrize(
    ("symbol", "heir"),
    [
        ("Child.bark", "Parent.bark"),
        ("Parent.bark", None),
        ("Child.nothing", None),
        ("Child", None),
        ("Nobody.bark", None),
        ("Grown.keys", None),
    ],
)
def test_the_heir_is_the_class_that_python_would_find(made_up, symbol, heir):
    assert original.heir_of(symbol, made_up) == heir


def test_the_methods_of_a_class_that_is_missing_are_none():
    assert original.methods("Nobody", ModuleType("empty")) == ()
