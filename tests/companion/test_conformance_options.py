"""How `pytest tests/conformance --impl=...` finds the module under test.

What an `--impl` stands for is asked of `find` itself.  What pytest
makes of it is seen in runs of a small suite beside the real conftest.
"""

import ast
import contextlib
import importlib
import operator
import os
import shutil
import socketserver
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import minisocketserver
from companion.environment import ROOT
from companion.implementation import NoImplementationError, find
from tests.conformance.toolkit import ABOUT

CONFORMANCE = ROOT / "tests" / "conformance"
USAGE_ERROR = 4


@pytest.fixture
def write(tmp_path):
    """Write a file below tmp_path; return its path as text."""

    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return str(path)

    return write


@pytest.fixture(autouse=True)
def forget_modules(tmp_path):
    yield
    for name, module in list(sys.modules.items()):
        source = getattr(module, "__file__", None)
        if source and tmp_path in Path(source).parents:
            del sys.modules[name]


# -- What --impl stands for


def test_stdlib_and_mini_are_known_by_name(tmp_path):
    assert find("stdlib", tmp_path) is socketserver
    assert find("mini", tmp_path) is minisocketserver


def test_a_file_is_a_module_of_its_own_name(write, tmp_path):
    write("mine.py", "class BaseServer: ...")
    module = find("mine.py", tmp_path)
    assert module.__name__ == "mine"
    assert module.BaseServer.__module__ == "mine"
    assert sys.modules["mine"] is module, "pickle looks classes up there"


def test_a_folder_is_a_package_with_relative_imports(write, tmp_path):
    write("my/server/__init__.py", "from .base import BaseServer")
    write("my/server/base.py", "class BaseServer: ...")
    module = find("my/server/", tmp_path)
    assert module.__name__ == "server"
    assert module.BaseServer.__module__ == "server.base"


def test_an_absolute_path_will_do(write, tmp_path):
    path = write("mine.py", "class TCPServer: ...")
    assert find(path, Path("/nowhere")).TCPServer


@pytest.mark.parametrize("name", ["socketserver", "queue", "pytest"])
def test_a_name_that_is_taken_stays_with_its_owner(write, tmp_path, name):
    write(f"{name}.py", "class BaseServer: ...")
    owner = sys.modules.get(name)
    assert find(f"{name}.py", tmp_path).__name__ == f"{name}_"
    assert sys.modules.get(name) is owner


WRONG = {
    "missing.py": (
        None,
        "there is no such file or folder; give stdlib, mini, or the path",
        "of your own module",
    ),
    "folder": (
        ("folder/base.py", ""),
        "the folder has no __init__.py, so it is no package; add one, or",
        "give a .py file",
    ),
    "notes.txt": (
        ("notes.txt", ""),
        "it is neither a .py file nor a package's folder",
    ),
    "broken.py": (
        ("broken.py", "import os\nclass BaseServer\n"),
        "it cannot be imported: expected ':' (broken.py, line 2)",
    ),
    "package": (
        ("package/__init__.py", "\n\nBaseServer = Foundation\n"),
        "it cannot be imported: NameError: name 'Foundation' is not",
        "defined (__init__.py, line 3)",
    ),
    "leaving.py": (
        ("leaving.py", "raise SystemExit(3)"),
        "it cannot be imported: SystemExit: 3 (leaving.py, line 1)",
    ),
    "other.py": (
        ("other.py", "class Basement: ..."),
        "it has none of socketserver's classes, not even BaseServer; is it",
        "the right file?",
    ),
}
"""For each --impl: what is written where, and the sentence about it."""


@pytest.mark.parametrize("spec", WRONG)
def test_what_is_wrong_is_said_in_one_sentence(write, tmp_path, spec):
    file, *words = WRONG[spec]
    if file is not None:
        write(*file)
    with pytest.raises(NoImplementationError) as caught:
        find(spec, tmp_path)
    assert str(caught.value) == " ".join([f"--impl={spec}:", *words])


def test_a_failed_import_leaves_no_module_behind(write, tmp_path):
    write("half.py", "class BaseServer: ...\nraise ValueError\n")
    with pytest.raises(NoImplementationError):
        find("half.py", tmp_path)
    assert "half" not in sys.modules


# -- What pytest makes of it


SUITE = """
import pytest

@pytest.mark.about("BaseServer.serve_forever")
def test_it_serves(impl):
    assert impl.BaseServer.serve_forever

@pytest.mark.about("BaseServer.shutdown")
def test_it_stops(impl):
    raise AssertionError("not reached where there is no shutdown")

@pytest.mark.about("StreamRequestHandler")
def test_it_handles(impl):
    raise AssertionError("not reached where there is no such class")

@pytest.mark.about("BaseServer")
def test_it_has_a_friend(impl):
    impl.TCPServer

@pytest.mark.about("Teapot")
def test_it_makes_tea(impl):
    raise AssertionError("not reached where nobody does")
"""


@pytest.fixture
def run(tmp_path, write):
    """Run pytest on the small suite; return (exit status, its output)."""
    write("suite/__init__.py", "")
    write("suite/test_small.py", SUITE)
    for name in ("conftest.py", "toolkit.py"):
        shutil.copy(CONFORMANCE / name, tmp_path / "suite")

    def run(*options):
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "suite", "-v", *options),
                *(
                    "-c",
                    os.devnull,
                    "--rootdir",
                    ".",
                    "-p",
                    "no:cacheprovider",
                ),
            ],
            cwd=tmp_path,
            env=os.environ
            | {
                "COLUMNS": "160",
                "NO_COLOR": "1",
                "PYTEST_ADDOPTS": "",
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
                "PYTHONPATH": str(ROOT),
            },
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.mark.slow
def test_a_wrong_path_is_an_error_of_usage(run):
    status, output = run("--impl=nowhere.py")
    assert status == USAGE_ERROR
    assert "ERROR: --impl=nowhere.py: there is no such file" in output
    assert "Traceback" not in output


@pytest.mark.slow
def test_a_module_that_is_not_finished_fails_where_it_lacks_something(
    run, write
):
    write(
        "mine.py",
        """
        class BaseServer:
            def serve_forever(self): ...
        """,
    )
    status, output = run("--impl=mine.py")
    assert status == pytest.ExitCode.TESTS_FAILED
    lines = {
        line.split("::")[1].split()[0]: line.split()[1]
        for line in output.splitlines()
        if line.startswith("suite/test_small.py::")
    }
    assert lines == {
        "test_it_serves[mine]": "PASSED",
        "test_it_stops[mine]": "FAILED",
        "test_it_handles[mine]": "FAILED",
        "test_it_has_a_friend[mine]": "FAILED",
        "test_it_makes_tea[mine]": "SKIPPED",
    }
    for sentence in (
        "your class BaseServer has no shutdown yet",
        "your module has no class StreamRequestHandler yet",
        "your module has no class TCPServer yet",
    ):
        assert f"\n{sentence}\n" in output
    assert "Traceback" not in output
    assert "During handling" not in output


@pytest.mark.slow
def test_several_modules_are_tested_in_one_run(run, write):
    write("mine.py", "class BaseServer: ...")
    _, output = run("--impl=mine.py", "--impl=stdlib", "--impl=stdlib")
    assert output.count("test_it_serves[mine]") >= 1
    assert output.count("test_it_serves[stdlib] PASSED") == 1


@pytest.mark.slow
def test_the_original_and_the_mini_are_tested_unless_told_otherwise(run):
    _, output = run("-k", "serves")
    assert "test_it_serves[stdlib] PASSED" in output
    assert "test_it_serves[mini] PASSED" in output


# -- What every conformance test says of itself


@pytest.fixture
def promises(pytestconfig):
    """The test functions of the suite, by file and name."""
    pytestconfig.addinivalue_line("markers", ABOUT)
    return {
        f"{path.stem}.{name}": function
        for path in sorted(CONFORMANCE.glob("test_*.py"))
        for name, function in vars(
            importlib.import_module(f"tests.conformance.{path.stem}")
        ).items()
        if name.startswith("test_")
    }


def symbols_of(function):
    """Return what a test says it is about, itself or in its parameters.

    A test with parameters of which one says nothing says nothing.
    """
    marks = getattr(function, "pytestmark", [])
    symbols = {s for mark in marks if mark.name == "about" for s in mark.args}
    for mark in marks:
        if mark.name == "parametrize" and not symbols:
            said = [
                {s for m in value.marks if m.name == "about" for s in m.args}
                for value in mark.args[1]
                if hasattr(value, "marks")
            ]
            if len(said) == len(mark.args[1]) and all(said):
                symbols = set().union(*said)
    return symbols


def exists(symbol):
    """Say whether the original or the mini has the class or method."""
    for module in (socketserver, minisocketserver):
        with contextlib.suppress(AttributeError):
            operator.attrgetter(symbol)(module)
            return True
    return False


def test_every_promise_says_what_it_is_about(promises):
    silent = [name for name, test in promises.items() if not symbols_of(test)]
    assert not silent, "mark them with @pytest.mark.about(symbol, ...)"


def test_promises_are_about_what_exists(promises):
    unknown = {
        name: symbol
        for name, test in promises.items()
        for symbol in symbols_of(test)
        if not exists(symbol)
    }
    assert not unknown, "neither the original nor the mini has these"


@pytest.mark.slow
def test_every_promise_tells_what_was_promised():
    silent = [
        f"{path.name}:{node.lineno}"
        for path in sorted(CONFORMANCE.glob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Assert) and node.msg is None
    ]
    assert not silent, "their authors would see two values and no reason"


def test_there_are_at_least_150_promises(promises):
    assert len(promises) >= 150
