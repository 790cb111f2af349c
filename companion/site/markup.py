"""Pieces of a page: blocks that Markdown looks into, elements, and code."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from html import escape
from xml.etree.ElementTree import Element

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

SPAN = re.compile(r"`([^`]+)`|\*([^*]+)\*")

# A name of so many characters finds room in a column as it is.
FITTING = 20

# Where a long name may go on in the next line: after a dot, and before what
# begins a word of it.
JOINT = re.compile(r"(?<=\.)|(?<=[a-z])(?=_[a-z]|[A-Z])")

_LEXER = PythonLexer(stripnl=False)
_FORMATTER = HtmlFormatter(nowrap=True)


def block(tag: str, kind: str, markdown: str, **attributes: str) -> str:
    """Wrap Markdown in an element of class `kind`; it stays Markdown.

    An underscore in an attribute's name stands for a hyphen.
    """
    named = {"class": kind} if kind else {}
    named |= attributes | {"markdown": "1"}
    written = "".join(
        f' {name.replace("_", "-")}="{escape(value)}"'
        for name, value in named.items()
    )
    return f"<{tag}{written}>\n\n{markdown}\n\n</{tag}>\n"


def heading(level: int, anchor: str, name: str, before: str) -> str:
    """Return the heading of a symbol, which is also known by its anchor.

    What stands `before` the name is printed paler; the table of contents
    has room for the name alone.
    """
    title = f'<span class="text-owner">{before}</span>{name}'
    # Finished HTML but for the underscores, which Markdown might take.
    title = title.replace("_", r"\_")
    return block(
        f"h{level}",
        "text-symbol",
        f"<code>{title}</code>",
        id=anchor,
        data_toc_label=name,
    )


def colour(code: str) -> str:
    """Return Python code as HTML, coloured."""
    return highlight(code, _LEXER, _FORMATTER)


def element(tag: str, *inside: str | Element, **attributes: str) -> Element:
    """Return an element with text and elements inside.

    Stashed as an element, it is spared the reading as Markdown; its links and
    its `code` are treated like those of any page. An underscore in an
    attribute's name stands for a hyphen, one at its end for nothing.
    """
    made = Element(
        tag,
        {
            name.rstrip("_").replace("_", "-"): value
            for name, value in attributes.items()
        },
    )
    last = None
    for each in inside:
        if isinstance(each, Element):
            made.append(each)
            last = each
        elif last is None:
            made.text = (made.text or "") + each
        else:
            last.tail = (last.tail or "") + each
    return made


def spans(text: str) -> list[str | Element]:
    """Cut a sentence into text, `code` and what is *stressed*."""
    # Of three pieces, the first is text, and one of the others is nothing.
    tags = (None, "code", "em")
    pieces = SPAN.split(" ".join(text.split()))
    return [
        element(tag, piece) if tag else piece
        for piece, tag in zip(pieces, itertools.cycle(tags), strict=False)
        if piece
    ]


def link(href: str, *inside: str | Element, **attributes: str) -> Element:
    """Return a link; a page is named from the root of the pages."""
    return element("a", *inside, href=href, **attributes)


def breakable(name: Element) -> None:
    """Let a name that is too long for its line break between its words."""
    text = name.text or ""
    if len(text) <= FITTING:
        return
    name.text, *pieces = JOINT.split(text)
    for place, piece in enumerate(pieces):
        joint = Element("wbr")
        joint.tail = piece
        name.insert(place, joint)


def remark(*inside: str | Element) -> list[str | Element]:
    """Return what stands small below something else."""
    return [" ", element("small", *inside)]


def table(
    kind: str,
    head: list[str],
    rows: Iterable[list[list[str | Element]]],
) -> Element:
    """Return a table whose first column names the row.

    Each cell knows the head of its column, for screens that are too narrow
    for columns. Names in it may break.
    """
    made = element(
        "table",
        element(
            "thead",
            element(
                "tr", *(element("th", each, scope="col") for each in head)
            ),
        ),
        class_=f"kin-table {kind}",
    )
    body = element("tbody")
    for first, *rest in rows:
        row = element("tr", element("th", *first, scope="row"))
        row.extend(
            element("td", *cell, data_head=title)
            for title, cell in zip(head[1:], rest, strict=True)
        )
        body.append(row)
    made.append(body)
    for each in [*made.iter("code"), *made.iter("a")]:
        if not len(each):
            breakable(each)
    return made


def code_block(code: str, first: int, *, anchored: bool = False) -> str:
    """Colour Python code; its first line is number `first` of its file.

    The numbers are painted by the style sheet from an attribute, so that
    whoever copies a line copies code. With `anchored`, line 33 can be linked
    to as `#L33`.
    """
    rows = colour(code).splitlines()
    lines = (
        _line(row, first + i, anchored=anchored) for i, row in enumerate(rows)
    )
    return (
        '<div class="text-code highlight no-copy"><pre><code>'
        f"{''.join(lines)}</code></pre></div>"
    )


def _line(row: str, number: int, *, anchored: bool) -> str:
    """Return one line: its number, its indentation, its code."""
    code = row.lstrip(" ")
    indent = len(row) - len(code)
    spaces = f'<span class="text-indent">{" " * indent}</span>'
    name = f' id="L{number}"' if anchored else ""
    return (
        f'<span class="text-line"{name} style="--indent:{indent}">'
        f"{_number(number, anchored=anchored)}"
        f"<span>{spaces if indent else ''}{code}\n</span></span>"
    )


def _number(number: int, *, anchored: bool) -> str:
    if not anchored:
        return f'<i data-line="{number}"></i>'
    # Reached with the mouse alone: three hundred stops for the Tab key would
    # be in the way of whoever reads with the keyboard.
    return (
        f'<a data-line="{number}" href="#L{number}" '
        'tabindex="-1" aria-hidden="true"></a>'
    )
