"""Why does this name lead to that method? The line of a class, in words."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element

from .kin import Kin, Search
from .library import page
from .markup import element, link

Words = list["str | Element"]

ROLES = {
    "For callers": "for callers",
    "For subclasses": "may be overridden",
    "Machinery": "machinery",
}


def code(name: str) -> Element:
    """Return a name as code; one of the text's becomes a link."""
    return element("code", name)


def listed(names: Iterable[str]) -> Words:
    """Return names as code, as a list in a sentence: A, B and C."""
    return joined(map(code, names))


def joined(parts: Iterable[Element]) -> Words:
    """Return elements as a list in a sentence."""
    every, said = list(parts), []
    for number, each in enumerate(every):
        if number:
            said.append(" and " if number == len(every) - 1 else ", ")
        said.append(each)
    return said


def text_of(kin: Kin, owner: type, name: str) -> str:
    """Return the place in the text where a class defines a name."""
    module, _ = kin.library.classes[owner.__name__]
    return f"{page(module.name)}#{owner.__name__}.{name}"


def to_text(kin: Kin, found: Search, owners: Iterable[type]) -> Words:
    """List who has a name, each linked to its own definition."""
    return joined(
        link(text_of(kin, owner, found.name), code(owner.__name__))
        for owner in owners
    )


def because(kin: Kin, found: Search) -> Words:
    """Say in a sentence why a name leads where it does."""
    asked = [cls.__name__ for cls in found.asked if kin.has(cls)]
    if not found.owner:
        return ["nobody in the line has it; it is left to a child to write"]
    if found.is_own:
        said: Words = [code(found.cls.__name__), " has it itself"]
    else:
        lack = "lacks" if len(asked) == 1 else "lack"
        owner = code(found.owner.__name__)
        said = [*listed(asked), f" {lack} it, and ", owner, " is next in line"]
    return [*said, *_behind(kin, found)]


def _behind(kin: Kin, found: Search) -> Words:
    """Say who is hidden, and whether `super()` still reaches them."""
    names = [f"{owner.__name__}.{found.name}" for owner in found.hidden]
    if not names:
        return []
    are = "is" if len(names) == 1 else "are"
    said: Words = ["; ", *listed(names), f" {are} hidden behind"]
    if reaches(kin, found):
        said += [", and ", code(names[0]), " is called by ", code("super()")]
    return said


def reaches(kin: Kin, found: Search) -> bool:
    """Tell whether the method found hands on through `super()`."""
    owner = found.owner
    if (
        not owner
        or not kin.has(owner)
        or found.name
        not in {method.name for method in kin.source(owner).methods}
    ):
        return False
    return kin.calls_super(owner, found.name)


def hands_on(kin: Kin, found: Search) -> Words:
    """Say whom the method found calls among those that it hides."""
    if not found.owner or not kin.has(found.owner):
        return []
    if reaches(kin, found):
        behind = to_text(kin, found, found.hidden[:1])
        return behind or ["whoever stands behind"]
    named = kin.calls_by_name(found.owner, found.name)
    by_name = [cls for cls in found.hidden if cls.__name__ == named]
    return [*to_text(kin, found, by_name), ", by name"] if named else []


def role(kin: Kin, found: Search) -> str:
    """Say whom a method is for, as the banner above it says."""
    if found.name == "__init__":
        return "runs when one is made"
    assert found.owner
    banner = kin.method(found.owner, found.name).banner or ""
    return ROLES.get(banner, banner.lower())
