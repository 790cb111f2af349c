"""`::: annotate`: a module of the text as a page of two columns.

Prose stands left and the code that it speaks of right, method by method, in
the order of the file. Below each method lies CPython's own, folded.

The page is written as Markdown around blocks of finished HTML (the code), so
that its headings reach the table of contents, and its links are checked by
whoever builds the site.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, groupby

from companion import original
from companion.grammar.names import ORIGINAL
from companion.text import (
    Class,
    Method,
    Module,
    Note,
    Stanza,
    signature,
)

from .library import assigned, class_page, page, symbol_of
from .lookup import question
from .markup import block, code_block, heading
from .page import Page

LABELS = {"omits": "Left out", "see": "See", "try": "Try it"}


def annotate(host: Page, file: str, symbol: str = "") -> Iterator[str]:
    """Yield a file of the text, or one class or function of it."""
    module = host.library.module(file)
    if not module:
        raise host.error(f"the text has no file `{file}`.")
    reading = Reading(host, module)
    if not symbol:
        return reading.whole()
    if symbol not in reading.symbols:
        raise host.error(f"`{file}` has no `{symbol}`.")
    return reading.symbol(symbol)


class Reading:
    """Writes one module, or one symbol in it, as Markdown for a page."""

    def __init__(self, host: Page, module: Module) -> None:
        self.library, self.stash, self.claim = (
            host.library,
            host.stash,
            host.claim,
        )
        self.module = module
        self.file = host.library.file(module)
        self.source = module.source.splitlines()
        self.is_page = True
        self.quotes_original = False

    def whole(self) -> Iterator[str]:
        """Yield the page: essay, outline, then the file from top to end."""
        docstring = self._checked(self.module.docstring, 1)
        lead, _, essay = docstring.partition("\n\n")
        yield block("p", "text-lead", lead)
        yield block("p", "text-way", self._way())
        yield block("div", "text-essay", essay)
        outline = self._outline()
        if outline:
            yield block("nav", "text-outline", outline, aria_label="Outline")
        yield from self._file()
        yield from self._notice()

    @property
    def symbols(self) -> dict[str, Class | Method]:
        """All definitions by their dotted names."""
        return {symbol_of(each): each for each in self.module.definitions()}

    def symbol(self, name: str) -> Iterator[str]:
        """Yield one class or function, to be set into another page."""
        self.is_page = False
        each = self.symbols[name]
        place = _to_page(self.module.name)
        yield block("p", "text-way", f"`{name}` in {place}")
        yield from self._body(each)
        for method in each.methods if isinstance(each, Class) else ():
            yield from self._body(method)
        yield from self._notice()

    # -- Above the code

    def _way(self) -> str:
        """Say which file this is, how long, and how far from the original."""
        slugs = {note.slug for note in self.module.notes()} - {None}
        said = [f"`{self.file}`", _count(len(self.source), "line")]
        if slugs:
            count = _count(len(slugs), "difference")
            said.append(f"[{count} from CPython](/differences.md)")
        return ", ".join(said)

    def _outline(self) -> str:
        """List what the file defines: the roster that nobody has to keep."""
        lines = []
        for each in self._top_level():
            promise = (each.docstring or "").partition("\n\n")[0]
            line = f"{_to(each, each.name)}: {promise}".replace("\n", " ")
            lines.append(f"- {line}")
            for title, methods in _by_banner(each):
                names = ", ".join(_to(m, m.name) for m in methods)
                lines.append(f"    - {title}{': ' if title else ''}{names}")
        return "\n".join(lines)

    # -- The file

    def _top_level(self) -> list[Class | Method]:
        every: list[Class | Method] = []
        every += [*self.module.classes, *self.module.functions]
        return sorted(every, key=lambda each: each.first)

    def _file(self) -> Iterator[str]:
        """Yield what the file says, in its own order."""
        parts = [*self._top_level(), *self.module.stanzas]
        parts.sort(key=lambda part: part.first)
        is_top = True
        for is_loose, group in groupby(
            parts, key=lambda part: isinstance(part, Stanza)
        ):
            if is_loose:
                # Outside of classes: what is not on top, such as an `if`,
                # leads over to the class below it.
                if is_top:
                    title = "Imports and names"
                    yield block("h2", "text-loose", title, id="imports")
                else:
                    yield '<hr class="text-loose">'
                yield from map(self._row, group)
            else:
                yield from chain.from_iterable(map(self._definition, group))
            is_top = False

    def _definition(self, each: Class | Method) -> Iterator[str]:
        kind = "class " if isinstance(each, Class) else "def "
        yield heading(2, symbol_of(each), each.name, before=kind)
        if isinstance(each, Class) and not each.name.startswith("_"):
            said = f"[Its place in the tree]({class_page(each.name)})"
            yield block("p", "text-way", f"{said}, and all that it inherits")
        yield from self._body(each)
        for title, methods in _by_banner(each):
            level = 4 if title else 3
            if title:
                anchor = f"{each.name}-{title.replace(' ', '-')}".lower()
                yield block("h3", "text-banner", title, id=anchor)
            for method in methods:
                yield heading(
                    level, method.qualname, method.name, f"{each.name}."
                )
                yield from self._body(method)
        if isinstance(each, Class):
            yield from self._only_in_original(each)

    def _body(self, each: Class | Method) -> Iterator[str]:
        """Yield docstring, rows and the original, of one symbol."""
        docstring = self._checked(each.docstring, each.first)
        # A drawing is too wide for a column.
        if "\n    " in docstring:
            yield block("div", "text-essay", docstring)
            docstring = ""
        yield from self._rows(docstring, each)
        yield from self._why(each)
        yield from self._original(symbol_of(each))

    def _why(self, each: Class | Method) -> Iterator[str]:
        """Yield the way to the lookup, which has all methods of classes."""
        owner, _, name = symbol_of(each).rpartition(".")
        if self.is_page and owner and owner[0] != "_":
            said = f"{name}: whose is it, in which class?"
            href = question(name, owner)
            link = f"[why?]({href}){{ aria-label='{said}' }}"
            yield block("p", "text-why", link, data_search_exclude="true")

    # -- Two columns

    def _rows(self, docstring: str, each: Class | Method) -> Iterator[str]:
        """Yield the signature beside the docstring, then the stanzas.

        Code that comes first, without a comment, belongs to the docstring.
        """
        code = [self._code(signature(self.module, each), each.first)]
        stanzas = list(each.stanzas)
        while stanzas and not stanzas[0].commented:
            stanza = stanzas.pop(0)
            docstring = self._names(stanza) + docstring
            code.append(self._code(stanza.code, stanza.first))
        yield _pair(docstring, code)
        for stanza in stanzas:
            yield self._row(stanza)

    def _row(self, stanza: Stanza) -> str:
        prose = self._checked(stanza.prose, stanza.top)
        parts = [self._names(stanza) + prose, *map(self._note, stanza.notes)]
        return _pair(
            "\n\n".join(parts), [self._code(stanza.code, stanza.first)]
        )

    def _names(self, stanza: Stanza) -> str:
        """Name the class attributes of a stanza, so that links find them."""
        owners = [
            cls.name for cls in self.module.classes if stanza in cls.stanzas
        ]
        return "".join(
            f'<span id="{owner}.{name}"></span>'
            for owner in owners
            for name in assigned(stanza)
            if self.is_page
        )

    def _note(self, note: Note) -> str:
        label = LABELS.get(note.kind) or (
            f"[Differs from CPython](/differences.md#{note.slug})"
        )
        text = self._checked(note.text, note.line)
        return block(
            "div", f"text-note text-{note.kind}", f"**{label}:** {text}"
        )

    def _code(self, code: str, first: int) -> str:
        return self.stash(code_block(code, first, anchored=self.is_page))

    # -- The original

    def _original(self, symbol: str) -> Iterator[str]:
        """Yield CPython's own code, folded, or the reason why not."""
        excerpt = original.excerpt(symbol)
        if excerpt:
            self.quotes_original = True
            yield self._folded(excerpt)
        elif original.heir_of(symbol):
            heir = f"`{ORIGINAL}.{original.heir_of(symbol)}`"
            said = f"{original.INTERPRETER} inherits this: {heir}."
            yield block("p", "text-aside", said)
        elif original.exists(symbol.partition(".")[0]) or "." not in symbol:
            said = f"{original.INTERPRETER} has no `{symbol}`."
            yield block("p", "text-aside", said)

    def _folded(self, excerpt: original.Excerpt) -> str:
        name = f"{ORIGINAL}.{excerpt.symbol}"
        anchor = f' id="{name}"' if self.is_page else ""
        lines = _count(excerpt.length, "line")
        code = self.stash(code_block(excerpt.code, excerpt.first))
        # The anchor is inside: a browser that goes there unfolds it.
        return (
            '<details class="text-original" data-search-exclude markdown="1">'
            f"<summary>{original.INTERPRETER}, "
            f"<code>{name.replace('_', '&#95;')}</code>, {lines}</summary>\n\n"
            f'<div{anchor} markdown="1">\n\n{code}\n\n</div>\n\n</details>\n'
        )

    def _only_in_original(self, cls: Class) -> Iterator[str]:
        """Yield the methods of the original that the text does without."""
        ours = {method.name for method in cls.methods}
        for name in original.methods(cls.name):
            if name not in ours:
                symbol = f"{cls.name}.{name}"
                also = (
                    f"{original.INTERPRETER} also has `{ORIGINAL}.{symbol}`."
                )
                yield block("p", "text-aside", also)
                yield from self._original(symbol)

    def _notice(self) -> Iterator[str]:
        # Once a page is enough, however often it quotes.
        if self.quotes_original and self.claim("notice"):
            yield block(
                "p",
                "text-notice",
                f"Code marked {original.INTERPRETER} is {original.LICENSED}.",
            )

    def _checked(self, markdown: str | None, line: int) -> str:
        """Return the Markdown once all that it refers to is there."""
        self.library.check(markdown or "", f"{self.file}:{line}")
        return markdown or ""


def _by_banner(each: Class | Method) -> Iterable[tuple[str, list[Method]]]:
    """Group a class's methods under the banners that they stand in."""
    methods = each.methods if isinstance(each, Class) else ()
    for title, group in groupby(methods, key=lambda method: method.banner):
        yield title or "", list(group)


def _pair(prose: str, code: list[str]) -> str:
    """Set prose and code side by side."""
    left = block("div", "text-prose", prose)
    right = block("div", "text-codes", "\n\n".join(code))
    return block("div", "text-row", f"{left}\n{right}")


def _to(each: Class | Method, name: str) -> str:
    return f"[`{name}`](#{symbol_of(each)})"


def _to_page(module: str) -> str:
    return f"[`{module}`]({page(module)})"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
