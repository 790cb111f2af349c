"""A notebook's page: what answers a question is folded, and says no more."""

import nbformat
import pytest

from companion.lab import kit
from companion.lab.execute import NOTEBOOKS
from companion.site import notebook

v4 = nbformat.v4


class Page:
    """Stands for a page: what is stashed is kept as it is."""

    def stash(self, html):
        return html


def ran(source, text):
    """Return a cell of code, as it ran."""
    printed = v4.new_output("stream", text=text)
    return v4.new_code_cell(source, outputs=[printed])


@pytest.fixture
def shown(monkeypatch, capsys):
    """The parts of a page with one question, and a cell before and after."""
    kit.check(..., 1, because="It is so.")
    cells = [
        v4.new_markdown_cell(f"# 01\n\n{notebook.IN_LAB}\n\nMore."),
        ran("before()", "in the open"),
        v4.new_code_cell("guess = ...  # change me"),
        ran("run()", "tells the answer"),
        ran("kit.check(guess, 1)", capsys.readouterr().out),
        ran("after()", "in the open again"),
    ]
    book = v4.new_notebook(cells=cells)
    monkeypatch.setattr(notebook, "executed", lambda path: book)
    path = sorted(NOTEBOOKS.glob("*.ipynb"))[0]
    return list(notebook.notebook(Page(), path.name))


def test_what_tells_the_answer_is_folded(shown):
    folded = [part for part in shown if "<details" in part]
    assert len(folded) == 2
    assert "tells the answer" in folded[0]
    assert "What happened: 1" in folded[1]
    for part in folded:
        fold = part[part.index("<details") : part.index("</details>")]
        assert "<summary>Guess first, then open</summary>" in fold
        assert "lab-text" in fold


def test_nobody_is_told_to_write_where_nobody_can(shown):
    assert "not guessed yet" not in "".join(shown)


def test_what_is_for_the_lab_is_not_on_the_page(shown):
    assert shown[0] == "# 01\n\nMore."
