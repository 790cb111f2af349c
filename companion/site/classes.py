"""`::: class`: a page about one class, as the running class tells it.

Where it stands, which attributes it has and from whom, which methods in which
order, and its own text, beside the original's.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from companion import original
from companion.text import Class, Method

from .callers import Use, callers
from .family import family
from .kin import Kin, Search, search, twin
from .library import class_page, page
from .lookup import question
from .markup import element, link, remark, spans, table
from .mixing import mixing
from .order import depths, order, title
from .page import Page
from .reading import Reading
from .reasons import (
    Words,
    code,
    hands_on,
    joined,
    listed,
    role,
    text_of,
    to_text,
)

PHASES = {
    "request": "For each request",
    "start": "At the start",
    "stop": "At the end",
}

# What can be compared by value; other defaults are made for each module.
PLAIN = (bool, int, float, str, type(None), enum.Enum)


def one(host: Page, name: str) -> Iterator[str]:
    """Yield all that is to be said of one class."""
    return ClassPage(host, Kin.of(host.library).find(name, host)).whole()


def every(host: Page) -> Iterator[str]:
    """Yield all public classes with their promises, file by file."""
    kin = Kin.of(host.library)
    for module in host.library.modules:
        classes = [c for c in module.classes if c.name in kin.public]
        if not classes:
            continue
        yield f"### {module.name} {{ #{module.name} }}"
        items = [
            element(
                "li",
                link(class_page(each.name), element("code", each.name)),
                ": ",
                *spans(promise(each)),
            )
            for each in classes
        ]
        yield host.stash(element("ul", *items))


def promise(each: Class | Method) -> str:
    """Return the first sentence of a docstring."""
    return (each.docstring or "").partition("\n\n")[0]


class ClassPage:
    """Writes the page of one class."""

    def __init__(self, host: Page, cls: type) -> None:
        self.host, self.cls, self.name = host, cls, cls.__name__
        self.library, self.stash = host.library, host.stash
        self.kin = Kin.of(host.library)
        self.twin = twin(self.cls)
        self.order = order(cls, self.kin.methods(cls))

    def whole(self) -> Iterator[str]:
        """Yield the page, from the promise to the code."""
        source = self.kin.source(self.cls)
        yield self._stashed("p", *spans(promise(source)), class_="text-lead")
        yield self._stashed("p", *self._way(), class_="text-way")
        yield "## Its place in the tree { #place }"
        yield from family(self.host, self.name, is_page=True)
        yield from self._line()
        if self.cls in self.kin.mixins:
            yield from mixing(self.kin, self.cls, self.stash)
        yield from self._methods()
        yield from self._attributes()
        yield from self._text()

    def _stashed(
        self, tag: str, *inside: str | Element, **attributes: str
    ) -> str:
        return self.stash(element(tag, *inside, **attributes))

    def _way(self) -> Words:
        module, _ = self.library.classes[self.name]
        file = element("code", self.library.file(module))
        said: Words = ["Stands in ", link(page(module.name), file), ". "]
        if self.twin:
            said.append(f"{original.INTERPRETER} has it as well.")
        else:
            said.append(f"{original.INTERPRETER} has no such class.")
        return said

    # -- The line

    def _line(self) -> Iterator[str]:
        line = self.cls.__mro__
        yield "### Its line { #line }"
        yield (
            "In this order Python asks for a name. It is the class's *method "
            "resolution order*, in short *MRO*; the first that has the name "
            "supplies it."
        )
        places = [self._place(cls) for cls in line]
        yield self._stashed("ol", *places, class_="kin-line")
        if self.twin:
            theirs = [cls.__name__ for cls in self.twin.__mro__]
            same = theirs == [cls.__name__ for cls in line]
            said: Words = [f"{original.INTERPRETER} has "]
            said += ["the same line."] if same else [*listed(theirs), "."]
            yield self._stashed("p", *said, class_="text-aside")

    def _place(self, cls: type) -> Element:
        name = cls.__name__
        if cls is self.cls:
            return element("li", element("strong", name), ", this class")
        if name in self.kin.public:
            return element("li", link(class_page(name), name))
        return element("li", name)

    # -- Methods

    def _methods(self) -> Iterator[str]:
        yield "## Its methods { #methods }"
        yield (
            "A name leads to the text; *why?* leads to the "
            "[lookup](/lookup.md), which says it for every class."
        )
        if self.order:
            yield self._stashed("p", *self._recorded())
        for heading, anchor, names in self._groups():
            if names:
                yield f"### {heading} {{ #{anchor} }}"
                yield self.stash(self._table(names))
        promised = self.kin.promised(self.cls)
        if promised:
            yield self._stashed(
                "p",
                "Only promised, and left to another class to bring along: ",
                *listed(promised),
                ".",
            )

    def _recorded(self) -> Words:
        """Say what the order of the methods was taken from."""
        assert self.order
        of = self.order.cls
        said: Words = ["The order is that of their first calls in a recording"]
        if of != self.name and of in self.kin.public:
            said += [" of its relative ", code(of)]
        said += [" (", *spans(title(self.order.scenario)), "). "]
        said.append("What stands further in is called by what stands above.")
        return said

    def _groups(self) -> Iterator[tuple[str, str, list[str]]]:
        """Yield the methods in groups: title, anchor, names."""
        names = self.kin.methods(self.cls)
        if not self.order:
            yield "All of them", "all", names
            return
        for phase, heading in PHASES.items():
            yield heading, phase, self.order.phases[phase]
        elsewhere = list(self.order.elsewhere)
        recorded = {*self.order.where, *elsewhere}
        rest = [name for name in names if name not in recorded]
        called = [n for n in rest if any(callers(self.kin, self.cls, n))]
        yield "In other cases", "elsewhere", [*elsewhere, *called]
        never = [name for name in rest if name not in called]
        yield "Never called by the module itself", "never", never

    def _table(self, names: list[str]) -> Element:
        head = ["Method", "Supplied by", "Hides", "super() leads to", "Role"]
        above = self.order.above if self.order else {}
        rows = (
            self._row(search(self.cls, name), depth)
            for name, depth in zip(names, depths(names, above), strict=True)
        )
        return table("kin-methods", head, rows)

    def _circumstances(self, name: str) -> Words:
        """Say in which thread a method ran, or in which other case."""
        if not self.order:
            return []
        if name in self.order.elsewhere:
            return remark("case: ", *spans(title(self.order.elsewhere[name])))
        places = self.order.where.get(name)
        if places:
            return remark("in ", " and in ".join(places))
        return self._callers(*callers(self.kin, self.cls, name))

    def _callers(self, sure: list[Use], perhaps: list[Use]) -> Words:
        """Say where the text calls what no recording has."""
        if sure:
            methods = dict.fromkeys(use.qualname for use in sure)
            return remark("called by ", *joined(map(self._caller, methods)))
        names = dict.fromkeys(f"{use.whom}.{use.name}" for use in perhaps)
        return remark("perhaps as ", *listed(names)) if names else []

    def _caller(self, qualname: str) -> Element:
        """Link a method to where it is read."""
        module, _ = self.library.classes[qualname.partition(".")[0]]
        return link(f"{page(module.name)}#{qualname}", code(qualname))

    def _row(self, found: Search, depth: int) -> list[Words]:
        assert found.owner
        method = self.kin.method(found.owner, found.name)
        why = link(
            question(found.name, self.name),
            "why?",
            class_="kin-why",
            aria_label=f"{found.name}: why does the name lead there?",
        )
        said: Words = [
            self._name(found),
            " ",
            why,
            *remark(*spans(promise(method))),
        ]
        if depth:
            style = f"--depth: {depth}"
            said = [element("div", *said, class_="kin-below", style=style)]
        return [
            said,
            self._supplier(found),
            to_text(self.kin, found, found.hidden),
            hands_on(self.kin, found),
            [role(self.kin, found), *self._circumstances(found.name)],
        ]

    def _name(self, found: Search) -> Element:
        """Link a name to where it is read."""
        assert found.owner
        place = text_of(self.kin, found.owner, found.name)
        return link(place, code(found.name))

    def _supplier(self, found: Search) -> Words:
        assert found.owner
        owner = found.owner.__name__
        said: Words = [
            element("strong", "itself")
            if found.is_own
            else link(class_page(owner), owner)
            if owner in self.kin.public
            else owner
        ]
        other = self._in_original(found)
        return [*said, *remark(other)] if other else said

    def _in_original(self, found: Search) -> str:
        """Say where the original has a member, if that is elsewhere."""
        assert found.owner
        if not self.twin:
            return ""
        theirs = search(self.twin, found.name).owner
        if theirs is None:
            return f"not in {original.INTERPRETER}"
        if theirs.__name__ != found.owner.__name__:
            return f"in {original.INTERPRETER}: {theirs.__name__}"
        return ""

    # -- Attributes

    def _attributes(self) -> Iterator[str]:
        declared = self.kin.attributes(self.cls)
        made = self.kin.on_instance(self.cls)
        if declared or made:
            yield "## Its attributes { #attributes }"
        if declared:
            head = [
                "Attribute",
                "Default",
                "Defined by",
                "Hides",
                "Overridden by",
            ]
            rows = map(self._attribute, declared)
            yield self.stash(table("kin-attributes", head, rows))
        if made:
            yield "Each instance has some of its own:"
            items = [
                element("li", code(name), ", set by ", code(method.qualname))
                for name, method in made.items()
            ]
            yield self._stashed("ul", *items)

    def _attribute(self, name: str) -> list[Words]:
        found = search(self.cls, name)
        assert found.owner
        default: Words = [code(self.kin.default(found.owner, name))]
        theirs = self._other_default(name)
        if theirs:
            default += remark(theirs)
        return [
            [self._name(found)],
            default,
            self._supplier(found),
            to_text(self.kin, found, found.hidden),
            listed(self._overriders(found)),
        ]

    def _other_default(self, name: str) -> str:
        """Say what the original has as a default, where it is another."""
        if not self.twin or not hasattr(self.twin, name):
            return ""
        ours, theirs = getattr(self.cls, name, None), getattr(self.twin, name)
        if ours == theirs or not isinstance(theirs, PLAIN):
            return ""
        return f"{original.INTERPRETER}: {theirs!r}"

    def _overriders(self, found: Search) -> list[str]:
        """Name the classes that supply the name to heirs of this one."""
        owners = (
            search(heir, found.name).owner for heir in self.kin.heirs(self.cls)
        )
        names = (owner.__name__ for owner in owners if owner)
        return [
            name
            for name in dict.fromkeys(names)
            if name != found.owner.__name__
        ]

    # -- The text

    def _text(self) -> Iterator[str]:
        # The reading page has the same words: the search finds them there.
        yield "## Its own text { #text data-search-exclude=true }"
        module, _ = self.library.classes[self.name]
        yield from Reading(self.host, module).symbol(self.name)
