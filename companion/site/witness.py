"""`::: witness`: a test that shows what a page says, folded.

A name alone proves nothing to whoever does not run it. The test is read from
its file as the site is built.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from companion import examples
from companion.environment import ROOT

from .markup import code_block
from .page import Page

FOLDER = ROOT / "tests"


def witness(page: Page, file: str, test: str) -> Iterator[str]:
    """Yield a test of a file below `tests`, as it is written."""
    path = FOLDER / file
    if path.suffix != ".py" or not path.is_file():
        raise page.error(f"there is no `tests/{file}`.")
    found = list(folded(page, file, test))
    if not found:
        raise page.error(f"`tests/{file}` has no `{test}`.")
    yield from found


def folded(page: Page, file: str | Path, test: str) -> Iterator[str]:
    """Yield the test if there is one."""
    source = (FOLDER / file).read_text("utf-8")
    found = examples.cut(source, test)
    if not found:
        return
    first, code = found
    name = test.replace("_", "&#95;")
    count = len(code.splitlines())
    yield (
        '<details class="text-original" data-search-exclude markdown="1">'
        f"<summary>The test, <code>{name}</code>, {count} lines</summary>\n\n"
        f"{page.stash(code_block(code, first))}\n\n</details>\n"
    )
