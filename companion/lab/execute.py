"""Runs a notebook from top to bottom, or remembers how it ran.

    notebooks/06_mixins.ipynb ──▶ digest ──▶ .cache/notebooks/… ──▶ page
                                     └─new──▶ kernel ──▶ ┘

What was run is kept under a digest of all that the run depends on: the cells,
the tools they import, the text, and the Python. So a notebook that has not
changed is not run again.
"""

from __future__ import annotations

import hashlib
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from companion.environment import CACHE, ROOT, TroubleError
from companion.text import TEXT, bare

if TYPE_CHECKING:
    from nbformat import NotebookNode

NOTEBOOKS = ROOT / "notebooks"
EXECUTED = CACHE / "notebooks"
PATIENCE = 120  # seconds for one cell

# Colours for a terminal.
ANSI = re.compile(r"\x1b\[[0-9;]*m")

# What a run depends on beside the notebook itself.
SOURCES = ("companion/lab", "companion/xray")
# What a notebook has in it that shows the text's comments as well.
QUOTES = re.compile(r"\bgetsource")


def executed(path: Path) -> NotebookNode:
    """Return the notebook with its outputs; run it if nobody has yet.

    Raises `TroubleError` if a cell fails or takes too long.
    """
    import nbformat

    kept = place(path)
    if not kept.exists():
        book = run(path)
        EXECUTED.mkdir(parents=True, exist_ok=True)
        for old in EXECUTED.glob(f"{path.stem}-*.ipynb"):
            old.unlink(missing_ok=True)
        # Whole or not at all: another build may be looking.
        part = kept.with_suffix(".part")
        nbformat.write(book, part)
        part.replace(kept)
    return nbformat.read(kept, as_version=4)


def run(path: Path) -> NotebookNode:
    """Run every cell in a fresh kernel. Raises `TroubleError`."""
    import nbclient
    import nbformat
    from nbclient.exceptions import CellExecutionError, CellTimeoutError

    book = nbformat.read(path, as_version=4)
    client = nbclient.NotebookClient(
        book,
        timeout=PATIENCE,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(NOTEBOOKS)}},
    )
    try:
        return client.execute()
    except (CellExecutionError, CellTimeoutError) as error:
        last = ANSI.sub("", str(error)).strip().splitlines()[-1]
        raise TroubleError(
            f"notebooks/{path.name} does not run from top to bottom: {last}"
        ) from None


def place(path: Path) -> Path:
    """Return where a run of the notebook is kept, as it is now."""
    return EXECUTED / f"{path.stem}-{digest(path)}.ipynb"


def stale() -> list[Path]:
    """Name the notebooks that have not been run as they are now."""
    paths = sorted(NOTEBOOKS.glob("*.ipynb"))
    return [path for path in paths if not place(path).exists()]


def warm() -> None:
    """Run the notebooks that have not been run as they are now.

    They are run two at a time. One that fails is left to whoever wants its
    page, who will say so.
    """

    def attempt(path: Path) -> None:
        try:
            executed(path)
        except TroubleError as trouble:
            print(trouble, file=sys.stderr)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(attempt, stale()))


def digest(path: Path) -> str:
    """Return a name for all that a run of the notebook depends on."""
    whole = hashlib.sha256(sys.version.encode())
    files = (file for each in SOURCES for file in (ROOT / each).rglob("*.py"))
    for file in [path, *sorted(files)]:
        whole.update(file.read_bytes())
    quotes = QUOTES.search(path.read_text("utf-8"))
    for file in sorted(TEXT.glob("*.py")):
        source = file.read_text("utf-8")
        whole.update((source if quotes else bare(source)).encode())
    return whole.hexdigest()[:16]


if __name__ == "__main__":
    warm()
