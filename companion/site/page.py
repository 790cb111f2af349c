"""What a directive is told: on which page it stands, and the text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from .errors import PageError
from .library import Library


@dataclass(frozen=True)
class Page:
    """The page that a directive is carried out for.

    `glossary` is the file of its terms. `where` names page and line, for
    whoever reads an error; `stash` takes finished HTML, or an element, and
    returns what to write in its place.
    """

    library: Library
    glossary: Path
    where: str
    stash: Callable[[str | Element], str]

    def error(self, sentence: object) -> PageError:
        """Return the error that stops the build with this sentence."""
        return PageError(f"{self.where}: {sentence}")
