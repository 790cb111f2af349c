"""What changes when a mix-in is put in front of a server, or behind it?

Nothing is typed in: the classes are made, and asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from .kin import Kin, Search, search
from .markup import element, remark, table
from .reasons import Words, code, hands_on, listed


def mixing(
    kin: Kin, mixin: type, stash: Callable[[Element], str]
) -> Iterator[str]:
    """Yield the hooks of a server, before and after, and the other way."""
    server = kin.behind(mixin)
    if server is None:
        return
    front, back = mixin.__name__, server.__name__
    yield f"## Put it in front of `{back}`: what changes {{ #in-front }}"
    yield (
        f"`class Mixed({front}, {back})` asks the mix-in first. These are the "
        f"names that it brings along; all others stay as they are."
    )
    mixed = type("Mixed", (mixin, server), {})
    swapped = _made("Swapped", (server, mixin))
    names = [*kin.methods(mixin), *kin.attributes(mixin)]
    head = ["Name", f"{back} alone", f"({front}, {back})"]
    made = [server, mixed]
    if swapped:
        head.append(f"({back}, {front})")
        made.append(swapped)
    public = [name for name in names if not _is_private(name)]
    private = [name for name in names if _is_private(name)]
    yield stash(_table(kin, head, public, made))
    if private:
        yield stash(
            element(
                "details",
                element("summary", f"The machinery: {_count(private)}"),
                _table(kin, head, private, made),
                class_="kin-words kin-more",
            )
        )
    yield "### The bases swapped { #swapped }"
    yield stash(element("p", *_verdict(kin, mixin, server, swapped, names)))


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def _count(names: list[str]) -> str:
    return f"{len(names)} private name{'' if len(names) == 1 else 's'}"


def _table(
    kin: Kin, head: list[str], names: list[str], made: list[type]
) -> Element:
    """Return the table that says who supplies the names."""
    rows = ([[code(name)], *_cells(kin, name, made)] for name in names)
    return table("kin-mixing", head, rows)


def _made(name: str, bases: tuple[type, ...]) -> type | None:
    """Make a class; None where Python finds no line for it."""
    try:
        return type(name, bases, {})
    except TypeError:
        return None


def _cells(kin: Kin, name: str, made: list[type]) -> Iterator[Words]:
    """Yield who supplies a name to each of the classes."""
    before = search(made[0], name)
    for cls in made:
        found = search(cls, name)
        yield _cell(kin, found, changed=found.owner is not before.owner)


def _cell(kin: Kin, found: Search, *, changed: bool) -> Words:
    if not found.owner:
        return ["nobody"]
    owner = found.owner.__name__
    said: Words = [element("strong", owner) if changed else owner]
    beyond = hands_on(kin, found) if _is_method(kin, found) else []
    if beyond:
        said += remark("then ", *beyond)
    return said


def _is_method(kin: Kin, found: Search) -> bool:
    assert found.owner
    methods = kin.source(found.owner).methods
    return found.name in {method.name for method in methods}


def _verdict(
    kin: Kin,
    mixin: type,
    server: type,
    swapped: type | None,
    names: list[str],
) -> Words:
    """Say what is left of the mix-in when it stands behind."""
    if swapped is None:
        return ["Python refuses to make the class: there is no line for it."]
    lost = [n for n in names if search(swapped, n).owner is not mixin]
    kept = [n for n in names if n not in lost]
    head = f"class Swapped({server.__name__}, {mixin.__name__})"
    said: Words = ["Python makes ", code(head), " without a word. "]
    if lost:
        said += ["The server is asked first, and keeps ", *listed(lost)]
        said += [": of these, the mix-in's are never asked. "]
    if kept:
        said += ["Still the mix-in's: ", *listed(kept), "."]
    return said
