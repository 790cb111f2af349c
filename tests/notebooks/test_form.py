"""What every notebook is: short, empty, in one rhythm, with its links."""

import re
from pathlib import Path

import pytest

from companion.environment import ROOT

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
    assert "companion practise" in book.cells[-1].source


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


def test_its_links_lead_somewhere(path, book):
    for link in LINK.findall(prose(book)):
        assert (path.parent / link).resolve().is_file(), link


def test_it_has_a_page(path):
    name = path.stem.replace("_", "-", 1)
    page = ROOT / "docs/en/notebooks" / f"{name}.md"
    assert f"::: notebook {path.name}" in page.read_text("utf-8")


@pytest.mark.parametrize("file", [".devcontainer/devcontainer.json", "binder"])
def test_it_can_be_started_elsewhere(file):
    assert Path(ROOT, file).exists()
