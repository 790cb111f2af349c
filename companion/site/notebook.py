"""`::: notebook`: a notebook as a page, with what it printed when it ran.

The page looks like the others: cells are code blocks in the site's colours,
outputs stand below them. What came out between a guess and its check is
folded: whoever reads may guess as well, though nobody can write here. It can
be downloaded from the page itself, as it is in the checkout, and run at home.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from companion.environment import ROOT, TroubleError
from companion.lab.execute import ANSI, NOTEBOOKS, executed

from .markup import colour
from .page import Page

XRAY = re.compile(r'<iframe data-xray="([a-z-]+)"')
# A paragraph for those who read the file, and not its page.
IN_LAB = (
    "In JupyterLab, these links show only what the pages are made from. "
    "To read the pages: `python3 -m companion read`."
)
# What a check says to those who could have written a guess.
UNGUESSED = re.compile(
    r"You have not guessed yet: write your guess above, and run both\n"
    r"cells again\. (?=What happened: )"
)
CELL = re.compile(r'"[^"]*ipykernel_\d+/\d+\.py"')  # where the kernel puts it


def notebook(page: Page, name: str) -> Iterator[str]:
    """Yield a notebook of the checkout, cell by cell, as it ran."""
    path = NOTEBOOKS / name
    if path.suffix != ".ipynb" or not path.is_file():
        raise page.error(f"there is no notebook `notebooks/{name}`.")
    try:
        book = executed(path)
    except TroubleError as trouble:
        raise page.error(trouble) from None
    title, *others = book.cells
    yield _linked(title.source.replace(f"\n\n{IN_LAB}", ""))
    yield page.stash(_download(path))
    asked = False  # and not answered yet
    for cell in others:
        if cell.cell_type == "markdown":
            yield _linked(cell.source)
            continue
        asked = asked or cell.source.startswith("guess = ")
        yield page.stash(_cell(cell, folded=asked))
        asked = asked and "kit.check(" not in cell.source


def notebooks(page: Page) -> Iterator[str]:
    """Yield a list of the notebooks, each with its goal."""
    import nbformat

    lines = []
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        first = nbformat.read(path, as_version=4).cells[0].source
        title, _, rest = first.partition("\n")
        goal = rest.partition("**Goal.** ")[2].partition("\n")[0]
        name = title.removeprefix("# ")
        slug = path.stem.replace("_", "-", 1)
        lines.append(f"- [{name}]({slug}.md): {goal[:1].lower()}{goal[1:]}")
    yield "\n".join(lines)


def _linked(source: str) -> str:
    """Return prose whose links to pages are as a page writes them."""
    return source.replace("](../docs/en/", "](../")


def _download(path: Path) -> str:
    """Return a link that holds the notebook itself: no file is needed."""
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    return (
        '<p class="lab-download"><a class="md-button" '
        f'download="{path.name}" '
        f'href="data:application/x-ipynb+json;base64,{data}">'
        f"Download {path.name}</a> or run it in your checkout: "
        "<code>python3 -m companion lab</code></p>"
    )


def _cell(cell: Any, *, folded: bool) -> str:
    """Return a cell of code, and below it, perhaps folded, what it showed."""
    code = colour(cell.source)
    shown = "".join(map(_output, cell.outputs))
    output = f'<div class="lab-output">{shown}</div>' if shown else ""
    if shown and folded:
        output = (
            '<details class="check lab-fold">'
            f"<summary>Guess first, then open</summary>{output}</details>"
        )
    return (
        '<div class="lab-cell"><div class="highlight"><pre><span></span>'
        f"<code>{code}</code></pre></div>{output}</div>"
    )


def _output(output: Any) -> str:
    """Return what a cell showed: text, or a picture that is HTML."""
    if output.output_type == "stream":
        return _text(output.text)
    if output.output_type == "error":
        return _text("\n".join(output.traceback))
    if "text/html" in output.data:
        return _markup(str(output.data["text/html"]))
    return _text(output.data.get("text/plain", ""))


def _markup(html: str) -> str:
    """Return a picture as it is; an X-ray is a link, its page is near."""
    if found := XRAY.search(html):
        return (
            f'<p><a href="../../xray/{found[1]}/">Walk through the X-ray '
            f"“{found[1]}”</a></p>"
        )
    return html


def _text(text: str) -> str:
    """Return plain text; a path in it starts at the checkout."""
    plain = ANSI.sub("", text).replace(f"{ROOT}/", "")
    plain = CELL.sub("the cell above", plain).rstrip()
    plain = UNGUESSED.sub("", plain)
    return f'<pre class="lab-text"><code>{escape(plain)}</code></pre>'
