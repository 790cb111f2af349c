"""Your own package: the text, as far as you have written it.

Each solved `Fill` puts its pieces into `practice/yours/`. What is not solved
yet says so when it is called, and what no exercise asks for is the text's.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from companion.practise import blanks
from companion.practise.folder import Practice, free, written
from companion.practise.format import Exercise, Fill
from companion.practise.splice import UnfinishedError, splice

HEAD = "# Put together from your solved exercises ({digest}): change those."
MADE = re.compile(r"# Put together .*\((\w+)\).*\n\n")


def folder(practice: Practice) -> Path:
    """Return where the package is."""
    return practice.folder / "yours"


def fills(exercises: Iterable[Exercise]) -> Iterator[Fill]:
    """Yield the exercises whose pieces make the package."""
    return (each for each in exercises if isinstance(each, Fill))


def assemble(practice: Practice) -> list[str]:
    """Write the package anew; name the symbols that are still missing."""
    sources = {
        module.name: module.source for module in blanks.library().values()
    }
    missing = []
    for exercise in fills(practice.exercises):
        name = blanks.home(exercise.symbols).name
        stub = code = blanks.fill_code(exercise, "stub")
        if practice.is_solved(exercise):
            code = practice.source(exercise)
        try:
            made = splice(sources[name], exercise.symbols, code)
        except (UnfinishedError, SyntaxError):
            # Solved once, and broken since.
            code = stub
            made = splice(sources[name], exercise.symbols, code)
        if code == stub:
            missing += exercise.symbols
        sources[name] = made.source
    for name, source in sources.items():
        put(folder(practice) / f"{name}.py", source)
    return missing


def put(path: Path, source: str) -> None:
    """Write a file of the package; one that was changed is put aside."""
    with written(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            old = path.read_text(encoding="utf-8", errors="replace")
            if not is_ours(old):
                aside = path.parents[1] / "backup" / "yours" / path.name
                aside.parent.mkdir(parents=True, exist_ok=True)
                path.rename(free(aside))
        head = HEAD.format(digest=digest(source))
        path.write_text(f"{head}\n\n{source}", encoding="utf-8")


def is_ours(text: str) -> bool:
    """Tell whether a file is as it was put together."""
    made = MADE.match(text)
    return bool(made) and made[1] == digest(text[made.end() :])


def digest(text: str) -> str:
    """Name a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
