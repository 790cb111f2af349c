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
from companion.environment import ROOT


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


PLACES = {
    "a home folder": r"/(root|home/\w+|Users/\w+)/",
    "a folder of pyenv's": r"\.pyenv/versions",
    "a folder of this machine's own programs": r"(?<!\w)/opt/",
    "the folder of this checkout": rf"(?<!\w){re.escape(str(ROOT))}\b",
    "a package registry": r"//\S*(/simple\b|pypi|npm|debian\.org)"
    r"|files\.pythonhosted\.org",
    # What uv writes down as --no-emit-index-url names none.
    "an index of packages": r"(?m)(?<!emit-)index-url|^-i\b",
}
"""What is named, and the pattern by which it is found."""


@pytest.mark.parametrize("what", PLACES)
def test_no_file_names_a_place_on_somebody_s_machine(files, what):
    here = Path(__file__).relative_to(ROOT).as_posix()
    found = [
        f"{name}: {match[0]}"
        for name, content in files.items()
        if name != here and (match := re.search(PLACES[what], content))
    ]
    assert not found, f"{what} is named in {found}"


def prose(name, content):
    """Return a file's text; of Python, the comments and the strings."""
    if not name.endswith(".py"):
        return content
    tokens = tokenize.generate_tokens(io.StringIO(content).readline)
    comments = (
        token.string.lstrip("# ")
        for token in tokens
        if token.type == tokenize.COMMENT
    )
    strings = (
        node.value
        for node in ast.walk(ast.parse(content))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return "\n".join((*strings, *comments))


def sentences(words):
    """Return the runs of six words in a text; a `long_name` is one word."""
    flat = re.findall(r"[\w']+", words.lower())
    return {" ".join(flat[i : i + 6]) for i in range(len(flat) - 5)}


OUTPUT = ("Exception occurred during processing of request from",)
"""What the original prints, and so must everybody who keeps its promise."""


@pytest.mark.slow
def test_all_is_told_in_our_own_words(files):
    original = sentences(
        prose("socketserver.py", inspect.getsource(socketserver))
    )
    assert original >= sentences(OUTPUT[0]), "the original has been read"
    ours = {
        name: sentences(prose(name, content))
        for name, content in files.items()
        if name.endswith((".py", ".md"))
    }
    library = {f"minisocketserver/{m.name}.py" for m in text.read_text()}
    assert ours.keys() > library | {"README.md"}
    original = original.difference(*map(sentences, OUTPUT))
    copied = {
        name: said & original for name, said in ours.items() if said & original
    }
    assert not copied, "these say what the original says"
