"""`::: glossary`, and the terms of the glossary where a page uses them.

The first use of a term on a page becomes a link into the glossary, with the
definition beside it: shown while the link is pointed at or has the focus, and
read out with it. Without CSS or a pointer, the link is what remains.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.serializers import to_html_string
from markdown.treeprocessors import Treeprocessor

from companion import glossary as data
from companion.glossary import Term

from .errors import PageError
from .guide import is_page
from .markup import block
from .page import Page

PAGE = "/glossary.md"

# The glossary explains itself; the first page is for looking around.
PLAIN = {"glossary.md", "index.md"}

# Where a link would be in another's way, or out of place.
UNMARKED = {"a", "abbr", "button", "code", "details", "form", "nav", "pre"}
UNMARKED |= {"svg", "table"}
UNMARKED |= {f"h{level}" for level in range(1, 7)}

# A meaning in a finished page: its term's anchor, and the whole of it.
TIP = re.compile(
    r'<span class="term-tip"[^>]* id="term-([^"]+)"[^>]*>[^<]*</span>'
)

# What announces a chapter, or asks a question, does not yet explain; and an
# answer to pick becomes the name of a button, where a meaning has no place.
OPENING = {"guide-question", "goal", "admonition-title", "who-options"}


def glossary(page: Page) -> Iterator[str]:
    """Yield every term: English, Chinese, meaning, and where to read on."""
    for term in _read(page.glossary):
        yield block("h2", "glossary-name", term.name, id=term.anchor)
        yield block("p", "glossary-chinese", term.chinese, lang="zh")
        more = f"guide/{term.chapter}.md"
        number = int(term.chapter.partition("-")[0])
        link = (
            f" [Chapter\N{NO-BREAK SPACE}{number}](/{more})"
            if is_page(more)
            else ""
        )
        yield term.definition + link


def _read(file: Path) -> tuple[Term, ...]:
    try:
        return data.read(file)
    except data.GlossaryError as error:
        raise PageError(str(error)) from None


class Terms(Treeprocessor):
    """Explains each term of the glossary where a page first uses it."""

    def __init__(self, md: Markdown, file: Path) -> None:
        super().__init__(md)
        self.file = file

    def run(self, root: Element) -> None:
        """Mark the first use of each term below `root`."""
        if self.file.is_file() and name(self.md) not in PLAIN:
            terms = _read(self.file)
            _Marker(terms).walk(root)


class _Marker:
    """Goes through a page in reading order; each term is marked once."""

    def __init__(self, terms: tuple[Term, ...]) -> None:
        self.terms = {said.lower(): t for t in terms for said in t.match}
        self.pattern = _pattern(tuple(self.terms))
        self.explained: set[Term] = set()

    def walk(self, parent: Element) -> None:
        """Mark what `parent` says, itself and in its children."""
        kinds = {*(parent.get("class") or "").split()}
        if parent.tag in UNMARKED or kinds & OPENING:
            return
        children = list(parent)
        parent.text, marks = self._split(parent.text)
        for mark in reversed(marks):
            parent.insert(0, mark)
        for child in children:
            self.walk(child)
            child.tail, marks = self._split(child.tail)
            place = list(parent).index(child) + 1
            for mark in reversed(marks):
                parent.insert(place, mark)

    def _split(self, text: str | None) -> tuple[str | None, list[Element]]:
        """Cut a text at its terms: what comes first, then the marks."""
        marks: list[Element] = []
        cuts = [0]
        for found in self.pattern.finditer(text or ""):
            term = self.terms[found[0].lower()]
            if term not in self.explained:
                self.explained.add(term)
                marks.append(_mark(found[0], term))
                cuts += found.span()
        if not text or not marks:
            return text, []
        # Between the terms lies what goes on standing there as it is.
        first, *rests = (
            text[start:end]
            for start, end in zip(
                cuts[::2], [*cuts[1::2], len(text)], strict=True
            )
        )
        for mark, rest in zip(marks, rests, strict=True):
            mark.tail = rest
        return first, marks


@lru_cache(maxsize=2)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds any of the words; the longest that fits."""
    longest = sorted(words, key=len, reverse=True)
    either = "|".join(map(re.escape, longest))
    # A page without a glossary has no words: nothing is found.
    return re.compile(rf"(?<![\w-])(?:{either or '(?!)'})(?![\w-])", re.I)


def _mark(said: str, term: Term) -> Element:
    """Return a term as a link, with its definition beside it."""
    mark = Element("span", {"class": "term"})
    tip = _tip(term)
    link = Element("a", {"href": f"{PAGE}#{term.anchor}"})
    link.set("aria-describedby", tip.get("id", ""))
    link.text = said
    mark.extend([link, tip])
    return mark


def _tip(term: Term) -> Element:
    """Return the meaning of a term, as it stands beside its link."""
    tip = Element("span", {"class": "term-tip", "role": "tooltip"})
    tip.set("id", f"term-{term.anchor}")
    # The search shall lead to the glossary, not to each page.
    tip.set("data-search-exclude", "")
    tip.text = term.definition
    return tip


def refilled(content: str, terms: Iterable[Term]) -> str:
    """Return a finished page with the meanings that its terms have now."""
    known = {term.anchor: term for term in terms}
    return TIP.sub(
        lambda found: to_html_string(_tip(known[found[1]])), content
    )


def name(md: Markdown) -> str:
    """Return the page's path below the pages, '' where nobody knows.

    Python-Markdown is handed lines without a name. MkDocs leaves the name
    with the processor that it registers for relative links.
    """
    if "relpath" not in md.treeprocessors:
        return ""
    return str(md.treeprocessors["relpath"].file.src_uri)
