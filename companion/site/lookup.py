"""`::: lookup`: for class X, this name leads to Y's method, because ...

All classes, all their methods, one sentence for each pair, out of the lines
of the classes. A script lets the reader filter; without it, it is a long and
complete page.
"""

from __future__ import annotations

import builtins
import queue
import re
import socket
import socketserver
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

from .kin import Kin, Search, search
from .library import Library, class_page
from .markup import block, element, link, table
from .page import Page
from .reasons import Words, because, code, text_of

PAGE = "lookup.md"
CALLED = re.compile(r"(?:([A-Za-z]\w*)\.)?(\w+)(?:\(.*\))?")


def lookup(host: Page) -> Iterator[str]:
    """Yield the filter, then a table for each name."""
    kin = Kin.of(host.library)
    names = list(
        dict.fromkeys(
            name for cls in kin.public.values() for name in kin.methods(cls)
        )
    )
    yield host.stash(_filter(kin, names))
    for name in names:
        yield block("h2", "lookup-name", f"`{name}`", id=name)
        yield host.stash(_table(kin, name))


def question(method: str, cls: str = "") -> str:
    """Return the address of the lookup that asks for a method.

    Without a script, it leads to the table of the method.
    """
    asked = {"method": method, "class": cls} if cls else {"method": method}
    return f"/{PAGE}?{urlencode(asked)}#{method}"


def asked(library: Library, span: str) -> str | None:
    """Return the question that a code span asks, None if it asks none.

    A span asks if it is the name of a method, alone or with its class.
    """
    found = CALLED.fullmatch(span)
    if not found:
        return None
    cls, name = found.groups()
    if name.startswith("__"):
        return None
    if cls:
        known = cls[0] != "_" and name in library.methods(cls)
        return question(name, cls) if known else None
    known = name in _every(library)
    return question(name) if known and not _is_anybodys(name) else None


@lru_cache(maxsize=2)
def _every(library: Library) -> set[str]:
    """Name all methods of public classes, without an import."""
    public = (cls for cls in library.classes if cls[0] != "_")
    return {name for cls in public for name in library.methods(cls)}


def _is_anybodys(name: str) -> bool:
    """Tell whether a name, alone, may well be another's: `send`, `open`.

    What the original has as well is what a page about it means.
    """
    servers = (socketserver.TCPServer, socketserver.StreamRequestHandler)
    if any(hasattr(each, name) for each in servers):
        return False
    others = (builtins, dict, queue.Queue, socket.socket)
    return any(hasattr(each, name) for each in others)


def _filter(kin: Kin, names: list[str]) -> Element:
    """Return two fields to type into; the script shows them."""
    fields = [
        _field("method", "Method", "process_request", names),
        _field("class", "Class", "ThreadingTCPServer", list(kin.public)),
    ]
    return element(
        "form",
        *fields,
        element("button", "Clear", type="reset"),
        element("output", "", class_="lookup-count"),
        class_="lookup-filter",
        role="search",
        aria_label="Look up a method",
        hidden="",
    )


def _field(name: str, label: str, hint: str, choices: list[str]) -> Element:
    options = [element("option", value=choice) for choice in choices]
    return element(
        "label",
        element("span", label),
        element(
            "input",
            type="text",
            name=name,
            list=f"lookup-{name}",
            placeholder=hint,
            autocomplete="off",
            spellcheck="false",
        ),
        element("datalist", *options, id=f"lookup-{name}"),
    )


def _table(kin: Kin, name: str) -> Element:
    rows = (
        _row(kin, search(cls, name))
        for cls in kin.public.values()
        if name in kin.methods(cls) or name in kin.promised(cls)
    )
    head = ["For class", "leads to", "because"]
    return table("lookup-table", head, rows)


def _row(kin: Kin, found: Search) -> list[Words]:
    cls = found.cls.__name__
    return [
        [link(class_page(cls), cls)],
        [_target(kin, found)],
        because(kin, found),
    ]


def _target(kin: Kin, found: Search) -> str | Element:
    if not found.owner:
        return "nothing"
    owner = found.owner.__name__
    place = text_of(kin, found.owner, found.name)
    return link(place, code(f"{owner}.{found.name}"))
