"""`::: lookup`: for class X, this name leads to Y's method, because ...

All classes, all their methods, one sentence for each pair, out of the lines
of the classes. A script lets the reader filter; without it, it is a long and
complete page.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from .kin import Kin, Search, search
from .library import class_page
from .markup import block, element, link, table
from .page import Page
from .reasons import Words, because, code, text_of


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


def _filter(kin: Kin, names: list[str]) -> Element:
    """Return two fields to type into; the script shows them."""
    fields = [
        _field("method", "Method", "process_request", names),
        _field("class", "Class", "ThreadingTCPServer", list(kin.public)),
    ]
    return element(
        "form",
        *fields,
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
