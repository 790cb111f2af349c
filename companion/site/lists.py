"""`::: differences`, `::: omissions`, `::: tree`, `::: figures`.

Lists that would drift if somebody kept them by hand. They are collected from
the text each time the site is built.
"""

from __future__ import annotations

import inspect
import socketserver
from collections.abc import Iterator

from companion import original
from companion.grammar import figures as measures
from companion.grammar.lint import WITNESS, WITNESSES
from companion.text import Class, Module

from .library import Found, Library, page, symbol_of
from .markup import block
from .page import Page
from .witness import FOLDER, folded


def differences(host: Page) -> Iterator[str]:
    """Yield every declared difference: what, where, and its witness."""
    declared: dict[str, list[Found]] = {}
    for found in host.library.notes("differs"):
        declared.setdefault(found.note.slug or "", []).append(found)
    for slug, notes in declared.items():
        title = slug.replace("-", " ").capitalize()
        yield block("h2", "text-difference", title, id=slug)
        witness = WITNESS + slug.replace("-", "_")
        for found in notes:
            yield from _entry(host.library, found, f"witness: `{witness}`")
        yield from folded(host, WITNESSES.relative_to(FOLDER), witness)


def omissions(host: Page) -> Iterator[str]:
    """Yield all that the text leaves out."""
    notes = list(host.library.notes("omits"))
    for found in notes:
        yield from _entry(host.library, found)
    if not notes:
        yield "Nothing is left out."


def _entry(library: Library, found: Found, *asides: str) -> Iterator[str]:
    """Say what a note says, and where it stands."""
    owner, note = found.owner, found.note
    file = library.file(found.module)
    library.check(note.text, f"{file}:{note.line}")
    yield note.text[:1].upper() + note.text[1:]
    places = [f"in [`{file}`]({page(found.module.name)})"]
    if not isinstance(owner, Module):
        places.insert(0, f"`{symbol_of(owner)}`")
    yield block("p", "text-aside", ", ".join([*places, *asides]))


def tree(host: Page) -> Iterator[str]:
    """Yield who inherits from whom, a table for each family.

    A class with two parents, a mix-in and a server, stands in the row of the
    server and the column of the mix-in.
    """
    classes = [
        cls
        for _, cls in host.library.classes.values()
        if not cls.name.startswith("_")
    ]
    mixed = [cls for cls in classes if len(cls.bases) > 1]
    first = {cls.bases[0] for cls in mixed}
    mixins = [cls for cls in classes if cls.name in first]
    known = host.library.classes.keys()
    for root in classes:
        if not known & {*root.bases} and root not in mixins:
            yield _family(root, classes, mixins)


def _family(root: Class, classes: list[Class], mixins: list[Class]) -> str:
    """Return the table of all that inherit from `root`."""
    rows = [
        (cls, branches, _mixtures(cls, classes, mixins))
        for cls, branches in _descendants(root, classes)
    ]
    if not any(any(mixtures) for _, _, mixtures in rows):
        mixins = []
    head = ["Class", *(f"with `{mixin.name}`" for mixin in mixins)]
    if not mixins:
        head.append("Promise")
    lines = [_row(head, len(head), head=True)]
    for cls, branches, mixtures in rows:
        marks = "".join(f'<i class="{branch}"></i>' for branch in branches)
        cells = [f"`{mixture}`" if mixture else "" for mixture in mixtures]
        if not any(mixtures):
            cells = [_promise(cls)]
        lines.append(_row([f"{marks}`{cls.name}`", *cells], len(head)))
    return block("table", "text-tree", "\n".join(lines))


def _descendants(
    cls: Class, classes: list[Class], branches: tuple[str, ...] = ()
) -> Iterator[tuple[Class, tuple[str, ...]]]:
    """Yield a class and its heirs, with the branches drawn before each."""
    yield cls, branches
    trunk = [
        {"tee": "bar", "elbow": "gap"}.get(each, each) for each in branches
    ]
    heirs = [each for each in classes if each.bases == (cls.name,)]
    for heir in heirs:
        mark = "elbow" if heir is heirs[-1] else "tee"
        yield from _descendants(heir, classes, (*trunk, mark))


def _mixtures(
    cls: Class, classes: list[Class], mixins: list[Class]
) -> list[str]:
    """Name what each mix-in makes of a class, '' for nothing."""
    made = {each.bases: each.name for each in classes}
    return [made.get((mixin.name, cls.name), "") for mixin in mixins]


def _row(cells: list[str], columns: int, *, head: bool = False) -> str:
    """Return a row of a table; its last cell reaches to the last column."""
    parts = []
    for number, cell in enumerate(cells):
        attributes = {"scope": "col"} if head else {}
        if number == 0 and not head:
            attributes["scope"] = "row"
        if number == len(cells) - 1 < columns - 1:
            attributes["colspan"] = str(columns - number)
        tag = "th" if "scope" in attributes else "td"
        parts.append(block(tag, "", cell, **attributes))
    return block("tr", "", "\n".join(parts))


def _promise(cls: Class) -> str:
    return (cls.docstring or "").partition("\n\n")[0]


def figures(host: Page) -> Iterator[str]:
    """Yield the size of the text in numbers, beside the original's."""
    whole = measures.total([*map(measures.measure, host.library.modules)])
    theirs = len(inspect.getsource(socketserver).splitlines())
    slugs = {found.note.slug for found in host.library.notes("differs")}
    private = sum(name.startswith("_") for name in host.library.classes)
    counted = {
        "modules": len(host.library.modules),
        "public classes": len(host.library.classes) - private,
        "private classes": private,
        "functions and methods": len(whole.functions),
        "lines of code": whole.code,
        "lines with their prose": whole.lines,
        "declared differences": len(slugs),
        f"lines of {original.INTERPRETER}'s socketserver": theirs,
    }
    lines = [f"- **{number}** {what}" for what, number in counted.items()]
    yield block("div", "text-figures", "\n".join(lines))
