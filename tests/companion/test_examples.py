"""The examples of the pages: each runs, and says the same on both sides."""

import ast
import re
import sys

import pytest

from companion import examples
from companion.environment import ROOT
from companion.examples import ExampleError

# A page may run an example with arguments: each way of running it counts.
RUN = re.compile(r"^ *::: run (.+)$", re.M)
CODE = re.compile(r"^ *::: code (\S+)", re.M)
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for path in sorted(ROOT.glob("docs/*/**/*.md"))
}
RUNS = sorted({line for page in PAGES.values() for line in RUN.findall(page)})
FILES = sorted(
    path.relative_to(examples.FOLDER).as_posix()
    # Those above the chapters' folders are servers; tests/mini drives them.
    for path in examples.FOLDER.glob("*/*.py")
)
# These show both sides at once: there is a difference that they are about.
BOTH = {
    file
    for file in FILES
    if {"import minisocketserver", "import socketserver"}
    <= set(examples.find(file).read_text("utf-8").splitlines())
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of examples, and a cache, that a test may write to."""
    monkeypatch.setattr(examples, "FOLDER", tmp_path / "examples")
    monkeypatch.setattr(examples, "CACHE", tmp_path / "cache")
    examples.FOLDER.mkdir()
    return examples.FOLDER


# The examples that there are


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [each for each in RUNS if each.split()[0] not in BOTH]
)
def test_an_example_says_the_same_on_the_original_and_on_the_mini(command):
    file, *arguments = command.split()
    theirs = examples.execute(file, *arguments)
    assert theirs, "an example that prints nothing shows nothing"
    ours = examples.execute(file, *arguments, mini=True)
    # What names its module on purpose may do so.
    assert ours.replace("minisocketserver", "socketserver") == theirs


@pytest.mark.slow
@pytest.mark.parametrize("command", RUNS)
def test_an_example_says_the_same_each_time(command):
    file, *arguments = command.split()
    runs = {examples.execute(file, *arguments) for _ in range(3)}
    assert len(runs) == 1


@pytest.mark.parametrize("file", FILES)
def test_an_example_is_shown_and_run(file):
    shown = {name for page in PAGES.values() for name in CODE.findall(page)}
    assert file in shown, "no page shows it: delete it, or show it"
    assert file in {command.split()[0] for command in RUNS}


@pytest.mark.parametrize("file", FILES)
def test_an_example_needs_nothing_but_python(file):
    tree = ast.parse(examples.find(file).read_text("utf-8"))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= {*sys.stdlib_module_names, "minisocketserver"}
    assert "time.sleep" not in ast.unparse(tree), "wait for an event instead"


# Quoting


def test_a_class_or_a_method_is_quoted_without_what_stands_around_it(folder):
    (folder / "a.py").write_text(
        "x = 1\n\n\nclass A:\n    @staticmethod\n    def f():\n"
        "        return 1\n\n    y = 2\n"
    )
    assert examples.quote("a.py", "A.f") == (
        "@staticmethod\ndef f():\n    return 1"
    )
    assert examples.quote("a.py", "A").startswith("class A:\n    @static")
    assert examples.quote("a.py").startswith("x = 1\n")


@pytest.mark.parametrize(
    ("file", "symbol", "said"),
    [
        ("b.py", "", "there is no example `docs/examples/b.py`."),
        ("a.py", "B", "`docs/examples/a.py` has no `B`."),
    ],
)
def test_what_is_not_there_cannot_be_quoted(folder, file, symbol, said):
    (folder / "a.py").write_text("x = 1\n")
    with pytest.raises(ExampleError) as stopped:
        examples.quote(file, symbol)
    assert str(stopped.value) == said


# Running


@pytest.mark.slow
def test_what_is_printed_is_kept_until_something_changes(folder):
    file = folder / "a.py"
    marks = folder / "marks"
    code = f"import sys\nopen({str(marks)!r}, 'a').write('x')\n"
    file.write_text(code + "print('one', *sys.argv[1:])\n")
    assert examples.run("a.py") == examples.run("a.py") == "one"
    assert marks.read_text() == "x", "the second time it is read from disk"
    assert examples.run("a.py", "two") == "one two"
    file.write_text(code + "print('three')\n")
    assert examples.run("a.py") == "three"


@pytest.mark.slow
def test_an_example_that_fails_is_not_shown(folder):
    (folder / "a.py").write_text("print(1)\n1 / 0\n")
    with pytest.raises(ExampleError) as stopped:
        examples.run("a.py")
    assert str(stopped.value) == (
        "`docs/examples/a.py` ended with status 1: "
        "ZeroDivisionError: division by zero"
    )


@pytest.mark.slow
def test_an_example_that_does_not_end_is_ended(folder, monkeypatch):
    monkeypatch.setattr(examples, "LIMIT", 0.3)
    (folder / "a.py").write_text("import threading\nthreading.Event().wait()")
    with pytest.raises(ExampleError, match=r"`docs/examples/a\.py` x did not"):
        examples.run("a.py", "x")


@pytest.mark.slow
def test_the_mini_takes_the_originals_place_on_request(folder):
    (folder / "a.py").write_text(
        "import socketserver\nprint(socketserver.TCPServer.__module__)\n"
    )
    assert examples.execute("a.py") == "socketserver"
    assert examples.execute("a.py", mini=True) == "minisocketserver.tcp"
