"""What a directive is told: on which page it stands, and the text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element

from .errors import PageError
from .library import Library


@dataclass(frozen=True)
class Page:
    """The page that a directive is carried out for.

    `glossary` is the file of its terms. `where` names page and line, for
    whoever reads an error; `stash` takes finished HTML, or an element, and
    returns what to write in its place. `claimed` are the names that a page
    can give away once, to the first directive that asks. `publish` takes the
    name and the content of a file, and adds it to the site, if there is one.
    """

    library: Library
    glossary: Path
    where: str
    stash: Callable[[str | Element], str]
    publish: Callable[[str, bytes], None]
    claimed: set[str] = field(default_factory=set)

    def claim(self, name: str) -> bool:
        """Take a name; tell whether nobody on this page had it before."""
        is_free = name not in self.claimed
        self.claimed.add(name)
        return is_free

    def error(self, sentence: object) -> PageError:
        """Return the error that stops the build with this sentence."""
        return PageError(f"{self.where}: {sentence}")
