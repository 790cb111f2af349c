"""The text as a place: which symbol stands on which page, under what anchor.

A reference is a name in backticks. What it begins with says whose it is:
`BaseServer.shutdown` is ours, `socketserver.BaseServer.shutdown` is the
original's, and `threading.Thread` somebody else's, to be left alone.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from companion import original
from companion.grammar.names import NAME, ORIGINAL, Names
from companion.text import (
    Class,
    GrammarError,
    Method,
    Module,
    Note,
    Stanza,
    read_text,
)

from .errors import DanglingError, PageError

CODE_SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")


@dataclass(frozen=True)
class Found:
    """A note, and whose it is."""

    module: Module
    owner: Module | Class | Method
    note: Note


class Library:
    """A folder of the text, and the index of its symbols."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.name = folder, folder.name
        self.modules = read_text(folder)
        self.names = Names(self.modules)
        self.classes = {
            cls.name: (module, cls)
            for module in self.modules
            for cls in module.classes
        }

    @classmethod
    def read(cls, folder: Path) -> Library:
        """Read the folder, or remember it if no file changed since."""
        files = sorted(folder.glob("*.py"))
        stamps = [(path.name, path.stat().st_mtime_ns) for path in files]
        try:
            return _read(folder, tuple(stamps))
        except GrammarError as error:
            raise PageError(str(error)) from None

    def module(self, file: str) -> Module | None:
        """Find a module by its path, as a page writes it."""
        found = (each for each in self.modules if self.file(each) == file)
        return next(found, None)

    def file(self, module: Module) -> str:
        """Return the path of a module, as a page writes it."""
        return f"{self.name}/{module.path.name}"

    def notes(self, kind: str) -> Iterator[Found]:
        """Yield every note of a kind, in reading order."""
        for module in self.modules:
            for owner, stanza in module.walk():
                for note in stanza.notes:
                    if note.kind == kind:
                        yield Found(module, owner, note)

    # -- Where a name leads to

    def link(self, span: str) -> str | None:
        """Return the address that a code span leads to, None if to none.

        Raises DanglingError for a name that starts as one of ours and names
        nothing.
        """
        found = NAME.fullmatch(span)
        if not found:
            return None
        name = found["name"].removesuffix(".py")
        first, _, rest = name.partition(".")
        is_ours = first in {ORIGINAL, self.name, *self.classes}
        if rest and is_ours and not self.names.resolves(span):
            raise DanglingError(span)
        if first == ORIGINAL:
            return self._to_original(rest)
        # Whoever is so exact as to name package or module means the same.
        for holder in ({self.name}, self.names.modules.keys() - {"__init__"}):
            if first in holder and rest:
                first, _, rest = rest.partition(".")
        if first in self.names.modules and first != "__init__":
            return page(first)
        return self._to_ours(first, rest)

    def methods(self, name: str) -> set[str]:
        """Name the methods of a class, its parents' among them."""
        if name not in self.classes:
            return set()
        _, cls = self.classes[name]
        own = {method.name for method in cls.methods}
        return own.union(*map(self.methods, cls.bases))

    def check(self, markdown: str, where: str) -> None:
        """Raise PageError if a code span leads nowhere, and say `where`."""
        for span in CODE_SPAN.findall(markdown):
            try:
                self.link(" ".join(span.split()))
            except DanglingError as error:
                raise PageError(f"{where}: {error}") from None

    def _to_ours(self, cls: str, member: str) -> str | None:
        if cls not in self.classes:
            return None
        module, _ = self.classes[cls]
        if not member:
            return f"{page(module.name)}#{cls}"
        return self._to_member(cls, member) or f"{page(module.name)}#{cls}"

    def _to_member(self, name: str, member: str) -> str | None:
        """Return the address of a member, looking for it as Python does."""
        if name not in self.classes:
            return None
        module, cls = self.classes[name]
        if member in members(cls):
            return f"{page(module.name)}#{name}.{member}"
        found = (self._to_member(base, member) for base in cls.bases)
        return next(filter(None, found), None)

    def _to_original(self, symbol: str) -> str | None:
        """Return the address of the original's folded code."""
        cls, _, member = symbol.partition(".")
        if cls not in self.classes or not original.exists(cls):
            return None
        module, ours = self.classes[cls]
        shown = {method.name for method in ours.methods}
        shown.update(original.methods(cls))
        own = member in shown and original.excerpt(symbol)
        return f"{page(module.name)}#{ORIGINAL}.{symbol if own else cls}"


@lru_cache(maxsize=2)
def _read(folder: Path, stamps: object) -> Library:
    return Library(folder)


def page(module: str) -> str:
    """Return the reading page of a module, from the root of the pages."""
    return f"/reading/{'index' if module == '__init__' else module}.md"


def class_page(name: str) -> str:
    """Return the page of a public class, from the root of the pages."""
    return f"/classes/{name}.md"


def symbol_of(each: Class | Method) -> str:
    """Return the dotted name by which a definition is known."""
    return each.qualname if isinstance(each, Method) else each.name


def members(cls: Class) -> set[str]:
    """Name the methods and attributes that have an anchor of their own."""
    attributes = (name for each in cls.stanzas for name in assigned(each))
    return {method.name for method in cls.methods}.union(attributes)


def assigned(stanza: Stanza) -> list[str]:
    """Name the attributes that a stanza of a class declares."""
    try:
        body = ast.parse(textwrap.dedent(stanza.code)).body
    except SyntaxError:  # the head of a block, whose body comes next
        return []
    targets: list[ast.expr] = []
    for node in body:
        if isinstance(node, ast.Assign):
            targets += node.targets
        elif isinstance(node, ast.AnnAssign):
            targets.append(node.target)
    return [each.id for each in targets if isinstance(each, ast.Name)]
