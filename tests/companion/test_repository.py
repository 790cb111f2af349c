"""What the repository says about itself, and what it must not contain."""

import ast
import inspect
import io
import re
import socketserver
import subprocess
import tokenize
from pathlib import Path

import pytest

import minisocketserver
from companion import text

ROOT = Path(__file__).parents[2]


def committed():
    """Return the files that git tracks or is about to, with their text."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    for name in filter(None, listed):
        path = ROOT / name
        if path.is_file():
            yield name, path.read_bytes().decode("utf-8", "replace")


@pytest.fixture(scope="module")
def files():
    return dict(committed())


def drawn(tree):
    """Read a tree of names: each with its parent and what is in brackets."""
    found, branch = {}, []
    for line in tree.splitlines():
        if match := re.fullmatch(r"([│├└─ ]*)(\w+)(?: +\((\w+)\))?", line):
            depth = len(match[1]) // 4
            branch[depth:] = [match[2]]
            found[match[2]] = branch[depth - 1] if depth else None, match[3]
    return found


def test_the_tree_in_the_readme_is_the_tree_of_the_library(files):
    tree = re.search(r"```text\n(BaseServer.*?)```", files["README.md"], re.S)
    classes = {
        name: getattr(minisocketserver, name)
        for name in minisocketserver.__all__
        if not name.endswith("MixIn")
    }
    inherited = {}
    for name, cls in classes.items():
        *mixins, parent = (base.__name__ for base in cls.__bases__)
        inherited[name] = (
            None if parent == "object" else parent,
            mixins[0] if mixins else None,
        )
    assert drawn(tree[1]) == inherited


def test_the_readme_lists_each_module_with_the_question_it_answers(files):
    row = re.compile(r"^\| \[`(\w+)\.py`\]\((\S+)\) \| (.*) \|$", re.M)
    rows = row.findall(files["README.md"])
    modules = [m for m in text.read_text() if m.name != "__init__"]
    assert [name for name, _, _ in rows] == [m.name for m in modules]
    for (name, link, question), module in zip(rows, modules, strict=True):
        assert (ROOT / link) == module.path.resolve(), f"{name}: wrong link"
        shortened = question.rstrip("?").split()
        promised = re.findall(r"[\w-]+", module.docstring.split("?")[0])
        assert set(re.findall(r"[\w-]+", question)) <= set(promised), (
            f"{name}.py asks something else than {' '.join(shortened)}?"
        )


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a home folder", r"/(root|home/\w+|Users/\w+)/"),
        ("a folder of pyenv's", r"\.pyenv/versions"),
        ("a package registry", r"//\S*(/simple\b|pypi|npm|debian\.org)"),
    ],
)
def test_no_file_names_a_place_on_somebody_s_machine(files, what, pattern):
    here = Path(__file__).relative_to(ROOT).as_posix()
    found = [
        f"{name}: {match[0]}"
        for name, content in files.items()
        if name != here and (match := re.search(pattern, content))
    ]
    assert not found, f"{what} is named in {found}"


def words(source):
    """Yield what is prose in Python source: comments and docstrings."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from node.value.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string.lstrip("# ")


def sentences(source):
    """Return the runs of six words that the prose of a source has."""
    flat = re.findall(r"[a-z']+", " ".join(words(source)).lower())
    return {tuple(flat[i : i + 6]) for i in range(len(flat) - 5)}


HEADLINE = [
    *("exception", "occurred", "during", "processing"),
    *("of", "request", "from"),
]
"""The report of `handle_error`: what it prints is part of its promise."""


def test_the_text_is_told_in_our_own_words(files):
    original = sentences(inspect.getsource(socketserver))
    ours = {
        name: sentences(content)
        for name, content in files.items()
        if re.match(r"minisocketserver/\w+\.py$", name)
    }
    assert len(ours) == len(text.read_text())
    for name, said in ours.items():
        copied = {
            " ".join(run)
            for run in said & original
            if list(run) not in (HEADLINE[:-1], HEADLINE[1:])
        }
        assert not copied, f"{name} says what the original says: {copied}"
