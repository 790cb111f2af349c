"""What do the text's comments look like from afar?

Figures for comparing, not for proving: whether a comment echoes its code or
gives a reason is guessed from its words.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from companion import text
from companion.text import Method, Module, Stanza

REASON = re.compile(
    r"\b(after|although|because|before|but|cannot|could|else|even|if|instead"
    r"|lest|may|might|must|needs?|never|nobody|only|or|otherwise|rather|since"
    r"|so|though|unless|until|would|without)\b",
    re.IGNORECASE,
)
WORD = re.compile(r"[A-Za-z]{3,}")
ECHO = 0.6
"""With so large a share of its words in the code, a comment is an echo."""

HEAD = (
    "                 lines   code  comments  echo   why  words"
    "   functions: median, 90 %, longest"
)
LEGEND = """
comments: lines per 100 lines of code. echo: comments that repeat their
code. why: comments that give a reason. words: of the median comment.
functions: their lengths in lines, docstrings included.
"""

FILLERS = {"the", "and", "for", "this", "that", "with", "from", "its"}


@dataclass(frozen=True)
class Figures:
    """The figures of one file, or of several together."""

    name: str
    lines: int
    code: int
    comments: int
    blocks: tuple[Stanza, ...]
    functions: tuple[int, ...]

    @property
    def density(self) -> float:
        """Comment lines per 100 lines of code."""
        return 100 * self.comments / max(self.code, 1)

    @property
    def echoing(self) -> float:
        """The share of comments that say what the code says, in percent."""
        return _share(_echoes(block) for block in self.blocks)

    @property
    def reasoning(self) -> float:
        """The share of comments with a word that gives a reason."""
        return _share(bool(REASON.search(_said(each))) for each in self.blocks)

    @property
    def words(self) -> float:
        """Words of the median comment."""
        counts = [len(_said(block).split()) for block in self.blocks]
        return statistics.median(counts or [0])


def measure(module: Module) -> Figures:
    """Count one file."""
    own_line, _ = text.comments(module.source)
    blocks = tuple(each for _, each in module.walk() if each.commented)
    functions = [
        each for each in module.definitions() if isinstance(each, Method)
    ]
    return Figures(
        name=f"{module.name}.py",
        lines=len(module.source.splitlines()),
        code=len(text.code_lines(module.source)),
        comments=len(own_line),
        blocks=blocks,
        functions=tuple(each.last - each.first + 1 for each in functions),
    )


def total(parts: Sequence[Figures]) -> Figures:
    """Put the figures of several files together."""
    return Figures(
        name="together",
        lines=sum(part.lines for part in parts),
        code=sum(part.code for part in parts),
        comments=sum(part.comments for part in parts),
        blocks=tuple(block for part in parts for block in part.blocks),
        functions=tuple(each for part in parts for each in part.functions),
    )


def _said(block: Stanza) -> str:
    return " ".join([block.prose, *(note.text for note in block.notes)])


def _echoes(block: Stanza) -> bool:
    """Whether a comment claims nothing once the code's words are struck."""
    said = {word.lower() for word in WORD.findall(_said(block))} - FILLERS
    code = {
        word.lower() for word in WORD.findall(block.code.replace("_", " "))
    }
    if not said or REASON.search(_said(block)):
        return False
    return len(said & code) / len(said) >= ECHO


def _share(claims: Iterable[bool]) -> float:
    """Return how many of the claims hold, in percent."""
    held = list(claims)
    return 100 * sum(held) / max(len(held), 1)


def table(modules: Iterable[Module]) -> str:
    """Set out the figures of each file, and of all together."""
    parts = [measure(module) for module in modules]
    rows = [HEAD]
    for part in (*parts, total(parts)):
        lengths = sorted(part.functions) or [0]
        rows.append(
            f"{part.name:15} {part.lines:6} {part.code:6}"
            f" {part.density:9.0f} {part.echoing:4.0f}% {part.reasoning:4.0f}%"
            f" {part.words:6.0f}"
            f" {statistics.median(lengths):17.0f}"
            f" {lengths[(len(lengths) - 1) * 9 // 10]:5}"
            f" {lengths[-1]:8}"
        )
    return "\n".join(rows) + LEGEND
