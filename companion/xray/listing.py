"""The code behind a recording: which stanza a step stands in, and why it is.

A recording names files and lines and stores no source. The files are parsed
as the text is, the scenario's script too: whoever comments a stanza of a
script writes a caption of the player.
"""

from __future__ import annotations

import inspect
import io
import socketserver
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from companion.text import (
    TEXT,
    Class,
    Method,
    Module,
    Stanza,
    parse,
    signature,
)

from .recording import Recording

# A script may have no blank line at all; a window has room for so many lines.
ROOM = 8

# What a file has beside its statements.
LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT}


@dataclass(frozen=True)
class Excerpt:
    """Some lines of a file, from line `first` on, and what is said of them.

    The caption is Markdown: the comment, or else the promise of the method.
    """

    file: str
    first: int
    code: str
    caption: str


class Listing:
    """The files of one recording; `script` is the one that was run."""

    def __init__(self, recording: Recording, script: Path) -> None:
        self.paths = {recording.script: script}
        if recording.implementation == "stdlib":
            original = inspect.getsourcefile(socketserver)
            self.paths["socketserver.py"] = Path(original or "")
        else:
            self.paths |= {path.name: path for path in TEXT.glob("*.py")}

    def excerpt(self, file: str, line: int) -> Excerpt | None:
        """Return the stanza that a line stands in, None if there is none."""
        found = self._file(file)
        piece = found.pieces.get(line) if found else None
        if not piece:
            return None
        return _window(Excerpt(file, *piece), line)

    def code(self, file: str, line: int) -> str:
        """Return one line as it stands there, '' if it does not."""
        found = self._file(file)
        lines = found.lines if found else []
        return lines[line - 1].strip() if 0 < line <= len(lines) else ""

    def statement(self, file: str, line: int) -> tuple[int, str]:
        """Return a statement's first line, and all of it in one line."""
        found = self._file(file)
        alone = line, self.code(file, line)
        return found.statements.get(line, alone) if found else alone

    @cached_property
    def methods(self) -> dict[str, frozenset[str]]:
        """The names that each class has in its own body."""
        files = filter(None, map(self._file, self.paths))
        return {
            cls.name: frozenset(method.name for method in cls.methods)
            for file in files
            for cls in file.module.classes
        }

    def _file(self, name: str) -> _File | None:
        path = self.paths.get(name)
        return _read(path, path.stat().st_mtime_ns) if path else None


class _File:
    """A file, with a piece of code for each line in a stanza or signature.

    A piece is its first line, its code, and what is said of it.
    """

    def __init__(self, module: Module) -> None:
        self.module = module
        self.lines = module.source.splitlines()
        self.pieces: dict[int, tuple[int, str, str]] = {}
        for each in module.definitions():
            self._add(each.first, signature(module, each), _promise(each))
        for owner, stanza in module.walk():
            if stanza.code:
                self._add(stanza.first, stanza.code, _caption(owner, stanza))

    @cached_property
    def statements(self) -> dict[int, tuple[int, str]]:
        """Those of several lines: the first of them, and all in one.

        One with a text of several lines in it is left as it stands.
        """
        found: dict[int, tuple[int, str]] = {}
        rows: dict[int, tuple[int, int]] = {}
        whole = True
        source = io.StringIO(self.module.source)
        for token in tokenize.generate_tokens(source.readline):
            (line, start), (last, end) = token.start, token.end
            if token.type == tokenize.NEWLINE:
                if whole and len(rows) > 1:
                    text = _joined(
                        self.lines[i - 1][slice(*rows[i])] for i in rows
                    )
                    lines = range(min(rows), max(rows) + 1)
                    found |= dict.fromkeys(lines, (min(rows), text))
                rows, whole = {}, True
            elif token.type not in LAYOUT:
                rows[line] = rows.get(line, (start, end))[0], end
                whole = whole and line == last
        return found

    def _add(self, first: int, code: str, said: str) -> None:
        for i in range(code.count("\n") + 1):
            self.pieces[first + i] = first, code, said


def _joined(rows: Iterable[str]) -> str:
    """Write the lines of a statement as one."""
    text = ""
    for row in rows:
        is_tight = text.endswith(("(", "[", "{")) or row[0] in ")]}."
        text += row if not text or is_tight else f" {row}"
    return text


@lru_cache(maxsize=64)
def _read(path: Path, stamp: int) -> _File:
    return _File(parse(path))


def _promise(owner: Module | Class | Method) -> str:
    """Return the first words of a docstring, '' for a module."""
    if isinstance(owner, Module):
        return ""
    return (owner.docstring or "").partition("\n\n")[0]


def _caption(owner: Module | Class | Method, stanza: Stanza) -> str:
    """Return what is said about a stanza, or what its method promises."""
    if not stanza.commented:
        return _promise(owner)
    notes = [
        f"**Differs from CPython:** {note.text}"
        for note in stanza.notes
        if note.kind == "differs"
    ]
    return "\n\n".join(filter(None, [stanza.prose, *notes]))


def _window(whole: Excerpt, line: int) -> Excerpt:
    """Cut what is too long for one look; the cuts do not move about."""
    rows = whole.code.splitlines()
    if len(rows) <= ROOM:
        return whole
    start = (line - whole.first) // ROOM * ROOM
    code = "\n".join(rows[start : start + ROOM])
    return Excerpt(whole.file, whole.first + start, code, whole.caption)
