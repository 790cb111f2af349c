"""What every notebook is: short, empty, in one rhythm, with its links."""

import json
import re
import shlex

from companion.commands import COMMANDS
from companion.environment import ROOT
from companion.read import USUAL_PORT, parse
from companion.site.notebook import IN_LAB

CHAPTERS = [
    "01_map",
    "02_request",
    "03_base",
    "04_sockets",
    "05_handlers",
    "06_mixins",
    "07_threads",
    "08_forks",
    "09_stopping",
    "10_errors",
    "11_hub",
    "12_async",
    "13_guests",
]
VERSIONS = ["3.10", "3.11", "3.12", "3.13"]
PRACTICE = "../docs/en/exercises/index.md"
LINK = re.compile(r"\]\((\.\./docs/en/[^)#]+\.md)")


def code(book):
    return [cell for cell in book.cells if cell.cell_type == "code"]


def prose(book):
    return "\n".join(c.source for c in book.cells if c.cell_type == "markdown")


def test_every_chapter_has_its_notebook():
    found = sorted(file.stem for file in ROOT.glob("notebooks/*.ipynb"))
    assert found == CHAPTERS


def test_it_is_stored_without_what_it_printed(book):
    for cell in code(book):
        assert not cell.outputs, f"cell {cell.id}: clear the outputs"
        assert cell.execution_count is None, f"cell {cell.id}: a count"


def test_its_cells_have_names_that_stay(book):
    names = [cell.id for cell in book.cells]
    assert len(set(names)) == len(names)
    for name in names:
        # What an editor makes up is eight digits of chance.
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name), name


def test_it_is_short(book):
    assert 10 <= len(book.cells) <= 25
    for cell in code(book):
        assert len(cell.source.splitlines()) <= 50, cell.id


def test_it_opens_with_a_goal(book):
    assert "**Goal.**" in book.cells[0].source


def test_it_ends_with_what_was_seen_and_what_comes_next(book):
    assert "## What you have seen" in book.cells[-1].source


def test_its_end_names_the_chapters_exercises(path, book):
    number = path.stem.partition("_")[0]
    assert f"`python3 -m companion practise {number}`" in book.cells[-1].source
    assert PRACTICE in LINK.findall(book.cells[-1].source)


def test_it_asks_before_it_shows(book):
    guesses = [c for c in code(book) if c.source.startswith("guess = ")]
    checks = [c for c in code(book) if "kit.check(" in c.source]
    assert len(guesses) >= 4
    assert len(guesses) == len(checks)
    for guess, check in zip(guesses, checks, strict=True):
        assert book.cells.index(guess) < book.cells.index(check)


def test_it_has_an_experiment_to_change(book):
    changes = [
        cell
        for cell in code(book)
        if "# change me" in cell.source
        and not cell.source.startswith("guess = ")
    ]
    assert len(changes) >= 2


def test_it_has_something_to_break(book):
    assert "## Break it" in prose(book)


def test_it_leads_to_its_chapter_and_to_classes(path, book):
    links = LINK.findall(prose(book))
    chapter = path.stem.replace("_", "-", 1)
    assert f"../docs/en/guide/{chapter}.md" in links
    first = LINK.findall(book.cells[0].source)
    assert [link for link in first if "/classes/" in link]
    assert PRACTICE in first


def test_it_says_once_how_its_links_are_read(book):
    assert prose(book).count(IN_LAB) == 1
    assert IN_LAB in book.cells[0].source.split("\n\n")


def test_its_links_lead_somewhere(path, book):
    for link in LINK.findall(prose(book)):
        assert (path.parent / link).resolve().is_file(), link


def test_it_has_a_page(path):
    name = path.stem.replace("_", "-", 1)
    page = ROOT / "docs/en/notebooks" / f"{name}.md"
    assert f"::: notebook {path.name}" in page.read_text("utf-8")


def test_a_container_makes_the_python_that_runs_the_notebooks():
    container = json.loads(read(".devcontainer/devcontainer.json"))
    command = shlex.split(container["postCreateCommand"])
    assert command[:3] == ["python3", "-m", "companion"]
    assert "notebooks" in COMMANDS[command[3]].needs
    assert parse(command[4:])
    python = container["customizations"]["vscode"]["settings"]
    where = "${containerWorkspaceFolder}/.venv/bin/python"
    assert python == {"python.defaultInterpreterPath": where}
    assert version(container["image"]) in VERSIONS
    # Those of the site and of JupyterLab, when nobody has chosen another.
    assert container["forwardPorts"] == [USUAL_PORT, 8888]


def test_binder_installs_what_the_lab_needs_at_the_pinned_versions():
    lines = read("binder/requirements.txt").splitlines()
    wanted = [f"-r ../requirements/{n}.in" for n in COMMANDS["lab"].needs]
    assert [line for line in lines if line and line[0] != "#"] == [
        "-c ../requirements.lock",
        *wanted,
    ]
    for line in wanted:
        assert (ROOT / "binder" / line[3:]).is_file()
    assert version(read("binder/runtime.txt")) in VERSIONS


def read(file):
    return (ROOT / file).read_text("utf-8")


def version(text):
    """Return the version of Python that a line names."""
    return re.search(r"python\W(3\.\d+)$", text.strip())[1]
