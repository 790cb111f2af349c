"""The extension: directives, references in backticks, numbers of bugs."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

from companion import glossary
from companion.environment import ROOT

from . import (
    card,
    classes,
    examples,
    exercises,
    family,
    guide,
    lists,
    lookup,
    motion,
    notebook,
    pipeline,
    reading,
    terms,
    walk,
    witness,
    xray,
)
from .errors import DanglingError, PageError
from .library import Library
from .page import Page

MARK = re.compile(r"( *):::(?: (.*))?")
ANCHOR = re.compile(r'\bid="([^"]+)"')
BUG = r"\b(gh|bpo)-(\d+)\b"
TRACKERS = {
    "gh": "https://github.com/python/cpython/issues/",
    "bpo": "https://bugs.python.org/issue",
}

# Where a link would be in another's way.
UNLINKED = {"a", "pre", "summary", "h1", "h2", "h3", "h4", "h5", "h6"}

# The pages that show the text: there, the method of a class leads to its
# definition, which is the next thing to read. Elsewhere it asks the lookup.
OF_TEXT = ("classes/", "reading/", lookup.PAGE)

# A player's names lead to its steps and the text; a game's are its answers.
PLAYED = set(xray.ELEMENTS)

# How a page writes each directive, and what carries it out: a call that is
# handed the page and the words, and yields blocks of Markdown.
DIRECTIVES: dict[str, Callable[..., Iterator[str]]] = {
    "annotate FILE [SYMBOL]": reading.annotate,
    "card WORD [WORD ...]": card.card,
    "class NAME": classes.one,
    "classes": classes.every,
    "code FILE [SYMBOL]": examples.code,
    "companions PAGE": guide.companions,
    "differences": lists.differences,
    "exercises": exercises.exercises,
    "family [NAME]": family.family,
    "figures": lists.figures,
    "glossary": terms.glossary,
    "lookup": lookup.lookup,
    "museum": exercises.museum,
    "notebook FILE": notebook.notebook,
    "notebooks": notebook.notebooks,
    "omissions": lists.omissions,
    "pipeline CLASS [CLASS ...]": pipeline.pipeline,
    "run FILE [ARGUMENT ...]": examples.run,
    "scenario NAME": xray.scenario,
    "sequence NAME": motion.sequence,
    "tree": lists.tree,
    "walk NAME": walk.walk,
    "witness FILE TEST": witness.witness,
    "who-next NAME": xray.who_next,
    "xray NAME": xray.one,
    "xrays": xray.every,
}


class SiteExtension(Extension):
    """Adds the site's own Markdown to a `markdown.Markdown`."""

    def __init__(self, **options: object) -> None:
        self.config = {
            "text": [str(ROOT / "minisocketserver"), "the folder to annotate"],
            "glossary": [str(glossary.FILE), "the file of terms to explain"],
        }
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register what this package adds; Python-Markdown calls it."""
        folder = Path(self.getConfig("text"))
        file = Path(self.getConfig("glossary"))
        # Fenced code is stashed away before 25, HTML is looked for at 20:
        # in between, a directive in a fence is seen as the example it is.
        md.preprocessors.register(
            Directives(md, folder, file), "directives", 22
        )
        md.block_level_elements.extend(xray.ELEMENTS)
        md.inlinePatterns.register(Bugs(BUG, md), "bugs", 75)
        # After inline code has become elements (20), before links are
        # counted (5).
        md.treeprocessors.register(References(md, folder), "references", 15)
        # When all that finishes HTML has done so.
        md.treeprocessors.register(Anchors(md), "anchors", 3)
        # Whatever is a link by then stays the link that it is; the classes
        # that a page gives to its paragraphs are known (8).
        md.treeprocessors.register(terms.Terms(md, file), "terms", 7)


class Directives(Preprocessor):
    """Puts in the place of each directive what it stands for."""

    def __init__(self, md: Markdown, folder: Path, glossary: Path) -> None:
        super().__init__(md)
        self.folder, self.glossary = folder, glossary
        self.claimed: set[str] = set()

    def run(self, lines: list[str]) -> list[str]:
        """Return the page with its directives carried out."""
        self.claimed = set()
        return [new for line in lines for new in self._expand(line)]

    def _expand(self, line: str) -> Iterator[str]:
        found = MARK.fullmatch(line.rstrip())
        if not found:
            yield line
            return
        # What stands in a list or in a fold goes on standing there.
        margin, said = found.groups()
        for each in self._carry_out(
            (said or "").split(), place(self.md, line)
        ):
            for new in ("", *each.splitlines(), ""):
                yield margin + new

    def _carry_out(self, words: list[str], where: str) -> Iterator[str]:
        """Return the blocks of Markdown that a directive stands for."""
        page = Page(
            Library.read(self.folder),
            self.glossary,
            where,
            self.md.htmlStash.store,
            self._publish,
            self.claimed,
        )
        for usage, call in DIRECTIVES.items():
            if words[:1] == usage.split()[:1] and _fits(call, words):
                return call(page, *words[1:])
        known = ", ".join(f"`::: {usage}`" for usage in DIRECTIVES)
        raise page.error(f"no such directive. There are {known}.")

    def _publish(self, name: str, content: bytes) -> None:
        """Add a file to the site that MkDocs builds, if it does."""
        if "relpath" in self.md.treeprocessors:
            from mkdocs.structure.files import File

            site = self.md.treeprocessors["relpath"]
            made = File.generated(site.config, name, content=content)
            site.files.append(made)


def _fits(call: Callable[..., object], words: list[str]) -> bool:
    """Tell whether a directive takes as many words as there are."""
    try:
        # The directive's own name stands for the page here.
        inspect.signature(call).bind(*words)
    except TypeError:
        return False
    return True


class Anchors(Treeprocessor):
    """Tells MkDocs which anchors there are in finished HTML.

    It checks that links lead to one, and does not look into what was stashed.
    """

    def run(self, root: Element) -> None:
        """Add the anchors of this page's stash to those that it knows."""
        if "mkdocs_raw_html" in self.md.preprocessors:
            known = self.md.preprocessors["mkdocs_raw_html"].present_anchor_ids
            for html in self.md.htmlStash.rawHtmlBlocks:
                if isinstance(html, str):
                    known.update(ANCHOR.findall(html))


class Bugs(InlineProcessor):
    """Links `gh-37193` and `bpo-35017` to their trackers."""

    ANCESTOR_EXCLUDES = ("a", "summary")

    def handleMatch(  # noqa: D102, N802
        self, match: re.Match[str], data: str
    ) -> tuple[Element, int, int]:
        link = Element("a", {"class": "text-bug"})
        link.set("href", TRACKERS[match[1]] + match[2])
        link.text = match[0]
        return link, match.start(0), match.end(0)


class References(Treeprocessor):
    """Links names in backticks to where they are defined.

    The names of methods lead to the lookup, which says whose they are in
    which class: each of them once in a paragraph, a cell, or an item.
    """

    def __init__(self, md: Markdown, folder: Path) -> None:
        super().__init__(md)
        self.folder = folder

    def run(self, root: Element) -> None:
        """Wrap each reference below `root` in a link."""
        self.page = terms.name(self.md)
        met = None if self.page == lookup.PAGE else set[str]()
        self._walk(root, Library.read(self.folder), met)

    def _walk(
        self, parent: Element, library: Library, met: set[str] | None
    ) -> None:
        """Wrap references; with `met`, a block's, some ask the lookup."""
        for i, child in enumerate(list(parent)):
            if child.tag == "code":
                link = self._link(library, "".join(child.itertext()), met)
                if link is not None:
                    link.tail, child.tail = child.tail, None
                    link.append(child)
                    parent[i] = link
            elif child.tag not in UNLINKED:
                inside = self._met_inside(child.tag, met)
                self._walk(child, library, inside)
            elif child.tag == "summary":
                _unlink(child)

    def _met_inside(self, tag: str, met: set[str] | None) -> set[str] | None:
        """Return what was met by whoever reads on inside of an element."""
        if tag in PLAYED or met is None:
            return None
        return set() if self.md.is_block_level(tag) else met

    def _link(
        self, library: Library, span: str, met: set[str] | None
    ) -> Element | None:
        link = self._to_text(library, span)
        if met is None:
            return link
        return self._to_lookup(library, span, met, link)

    def _to_text(self, library: Library, span: str) -> Element | None:
        """Return a link to what a span names, if it names anything."""
        try:
            href = library.link(span)
        except DanglingError as error:
            where = place(self.md, f"`{span}`")
            raise PageError(f"{where}: {error}") from None
        return Element("a", href=href) if href else None

    def _to_lookup(
        self,
        library: Library,
        span: str,
        met: set[str],
        link: Element | None,
    ) -> Element | None:
        """Return a link to the lookup if a span asks, else what there is."""
        shows_text = not self.page or self.page.startswith(OF_TEXT)
        if link is not None and shows_text:
            return link
        href = lookup.asked(library, span)
        if not href or (link is None and href in met):
            return link
        met.add(href)
        return Element("a", {"class": "to-lookup", "href": href})


def _unlink(summary: Element) -> None:
    """Turn links to reports into text: to press a summary is to unfold it."""
    for link in summary.iter("a"):
        link.tag = "span"
        link.attrib.clear()


def place(md: Markdown, text: str) -> str:
    """Say on which page and line a piece of text stands, as far as known."""
    name = terms.name(md)
    if not name:
        return "this page"
    file = md.treeprocessors["relpath"].file
    lines = Path(file.abs_src_path).read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        if text.strip() in line:
            return f"{name}:{number}"
    return name
