"""The glossary's data: one file, a section for each term.

    [listener]
    chinese = 监听套接字
    match = listener, listening socket
    definition = The socket where clients knock.
    chapter = 04-sockets

`match` lists what is taken for the term in running text, where that is more,
or less, than the term itself. A term that is there twice is an error.
"""

from __future__ import annotations

import configparser
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from companion.environment import ROOT

FILE = ROOT / "docs" / "glossary.ini"
KEYS = {"chinese", "match", "definition", "chapter"}


class GlossaryError(Exception):
    """A glossary that cannot be read; its text says what to mend."""


@dataclass(frozen=True)
class Term:
    """A term, what it means, and the chapter that explains it."""

    name: str
    chinese: str
    match: tuple[str, ...]
    definition: str
    chapter: str

    @property
    def anchor(self) -> str:
        """The name of its place on the glossary's page."""
        return re.sub(r"\W+", "-", self.name.lower()).strip("-")


def read(file: Path = FILE) -> tuple[Term, ...]:
    """Return all terms in alphabetical order; remembered until they change.

    Raises GlossaryError.
    """
    return _read(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read(file: Path, stamp: int) -> tuple[Term, ...]:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(file.read_text("utf-8"), file.name)
    except configparser.Error as error:
        raise GlossaryError(" ".join(str(error).split())) from None
    names = parser.sections()
    terms = [_term(file, name, dict(parser[name])) for name in names]
    return tuple(sorted(terms, key=lambda term: term.name.lower()))


def _term(file: Path, name: str, entry: dict[str, str]) -> Term:
    """Make a term of its section."""
    missing = KEYS - {"match"} - {key for key, said in entry.items() if said}
    if missing or entry.keys() - KEYS:
        raise GlossaryError(
            f"{file.name}: [{name}] needs chinese, definition and chapter, "
            "may have match, and has no other key."
        )
    said = {key: " ".join(value.split()) for key, value in entry.items()}
    match = re.split(r", *", said.pop("match", name))
    return Term(name, match=tuple(match), **said)
