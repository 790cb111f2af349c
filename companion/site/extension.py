"""The extension: directives, references in backticks, numbers of bugs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

from companion.environment import ROOT

from . import lists
from .errors import DanglingError, PageError
from .library import Library
from .reading import Reading

MARK = "::: "
BUG = r"\b(gh|bpo)-(\d+)\b"
TRACKERS = {
    "gh": "https://github.com/python/cpython/issues/",
    "bpo": "https://bugs.python.org/issue",
}

# Where a link would be in another's way.
UNLINKED = {"a", "pre", "h1", "h2", "h3", "h4", "h5", "h6"}

LISTS: dict[str, Callable[[Library], Iterator[str]]] = {
    "differences": lists.differences,
    "omissions": lists.omissions,
    "tree": lists.tree,
    "figures": lists.figures,
}


class SiteExtension(Extension):
    """Adds the site's own Markdown to a `markdown.Markdown`."""

    def __init__(self, **options: object) -> None:
        self.config = {
            "text": [str(ROOT / "minisocketserver"), "the folder to annotate"]
        }
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register what this package adds; Python-Markdown calls it."""
        folder = Path(self.getConfig("text"))
        # Fenced code is stashed away before 25, HTML is looked for at 20:
        # in between, a directive in a fence is seen as the example it is.
        md.preprocessors.register(Directives(md, folder), "directives", 22)
        md.inlinePatterns.register(Bugs(BUG, md), "bugs", 75)
        # After inline code has become elements (20), before links are
        # counted (5).
        md.treeprocessors.register(References(md, folder), "references", 15)


class Directives(Preprocessor):
    """Puts in the place of each directive what it stands for."""

    def __init__(self, md: Markdown, folder: Path) -> None:
        super().__init__(md)
        self.folder = folder

    def run(self, lines: list[str]) -> list[str]:
        """Return the page with its directives carried out."""
        return [new for line in lines for new in self._expand(line)]

    def _expand(self, line: str) -> Iterator[str]:
        if not line.startswith(MARK):
            yield line
            return
        words = line.removeprefix(MARK).split()
        for each in self._carry_out(words, place(self.md, line)):
            yield from ("", *each.splitlines(), "")

    def _carry_out(self, words: list[str], where: str) -> Iterator[str]:
        """Return the blocks of Markdown that a directive stands for."""
        library = Library.read(self.folder)
        match words:
            case ["annotate", file]:
                return self._reading(library, file, where).whole()
            case ["annotate", file, symbol]:
                reading = self._reading(library, file, where)
                if symbol not in reading.symbols:
                    raise PageError(f"{where}: `{file}` has no `{symbol}`.")
                return reading.symbol(symbol)
            case [name] if name in LISTS:
                return LISTS[name](library)
        known = ", ".join(f"`{MARK}{name}`" for name in LISTS)
        raise PageError(
            f"{where}: no such directive. There are `{MARK}annotate FILE`, "
            f"`{MARK}annotate FILE SYMBOL`, {known}."
        )

    def _reading(self, library: Library, file: str, where: str) -> Reading:
        module = library.module(file)
        if not module:
            raise PageError(f"{where}: the text has no file `{file}`.")
        return Reading(library, module, self.md.htmlStash.store)


class Bugs(InlineProcessor):
    """Links `gh-37193` and `bpo-35017` to their trackers."""

    ANCESTOR_EXCLUDES = ("a",)

    def handleMatch(  # noqa: D102, N802
        self, match: re.Match[str], data: str
    ) -> tuple[Element, int, int]:
        link = Element("a", {"class": "text-bug"})
        link.set("href", TRACKERS[match[1]] + match[2])
        link.text = match[0]
        return link, match.start(0), match.end(0)


class References(Treeprocessor):
    """Links names in backticks to where they are defined."""

    def __init__(self, md: Markdown, folder: Path) -> None:
        super().__init__(md)
        self.folder = folder

    def run(self, root: Element) -> None:
        """Wrap each reference below `root` in a link."""
        self._walk(root, Library.read(self.folder))

    def _walk(self, parent: Element, library: Library) -> None:
        for i, child in enumerate(list(parent)):
            if child.tag == "code":
                href = self._find(library, child.text or "")
                if href:
                    link = Element("a", href=href)
                    link.tail, child.tail = child.tail, None
                    link.append(child)
                    parent[i] = link
            elif child.tag not in UNLINKED:
                self._walk(child, library)

    def _find(self, library: Library, span: str) -> str | None:
        try:
            return library.link(span)
        except DanglingError as error:
            where = place(self.md, f"`{span}`")
            raise PageError(f"{where}: {error}") from None


def place(md: Markdown, text: str) -> str:
    """Say on which page and line a piece of text stands, as far as known.

    Python-Markdown is handed lines without a name. MkDocs leaves the name
    with the processor that it registers for relative links.
    """
    if "relpath" not in md.treeprocessors:
        return "this page"
    file = md.treeprocessors["relpath"].file
    lines = Path(file.abs_src_path).read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        if text.strip() in line:
            return f"{file.src_uri}:{number}"
    return str(file.src_uri)
