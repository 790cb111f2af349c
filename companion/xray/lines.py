"""A recording's lines, counted so that comments may come and go.

A line of code is counted among the lines of code of its file. So a recording
that was kept fits the file again when nothing but its prose has changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from companion.text import code_lines, docstrings, syntax

from .recording import Recording


class Lines:
    """The lines of a file that can be recorded, as numbers and as text."""

    def __init__(self, source: str) -> None:
        rows = code_lines(source)
        # A body that is a docstring alone returns from the docstring's line.
        rows |= {each.lineno: '"""' for _, each in docstrings(source)}
        self.numbers = sorted(rows)
        self.code = "\n".join(rows[number] for number in self.numbers)
        self._places = {line: i for i, line in enumerate(self.numbers, 1)}

    def count(self, line: int) -> int:
        """Return a line's place among the lines of code.

        Whatever is none, such as the first line of a module that Python
        calls, stays what it is and becomes negative.
        """
        return self._places.get(line, -line)

    def find(self, place: int) -> int:
        """Return the line at a place that `count` gave."""
        return self.numbers[place - 1] if place > 0 else -place


def read(path: Path) -> Lines:
    """Read a file, or remember it if it has not changed.

    Raises GrammarError if it is no Python.
    """
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _read(path: Path, stamp: int) -> Lines:
    source, _ = syntax(path)
    return Lines(source)


def renumbered(
    recording: Recording, number: Callable[[str, int], int]
) -> Recording:
    """Return a recording with each line as `number` of file and line."""
    rows = (
        [lane, letter, number(step.file, line), *more]
        for step, (lane, letter, line, *more) in zip(
            recording.steps(), recording.rows, strict=True
        )
    )
    return replace(
        recording,
        functions=tuple(
            replace(each, first=number(each.file, each.first))
            for each in recording.functions
        ),
        rows=tuple(rows),
    )
