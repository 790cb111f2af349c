"""`::: pipeline`: what a request passes through, and who supplies each step.

The order is read from the code of the methods: what they call on `self`, one
after the other and one inside the other. Who supplies a step is asked of the
classes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from .kin import Kin, search
from .markup import element, remark, table
from .page import Page
from .reasons import Words, code, to_text

# Where a request enters, in a server and in a handler.
ENTRIES = ("_handle_request_noblock", "__init__")


@dataclass(frozen=True)
class Step:
    """A method, how deep inside others it is called, and whether always."""

    name: str
    depth: int
    is_usual: bool


def pipeline(host: Page, name: str, *others: str) -> Iterator[str]:
    """Yield the steps of a class, and who supplies them to each class."""
    kin = Kin.of(host.library)
    classes = [kin.find(each, host) for each in (name, *others)]
    steps = list(_steps(kin, classes[0]))
    if not steps:
        raise host.error(f"no request passes through a `{name}`.")
    head = ["Step", *(f"in {cls.__name__}" for cls in classes)]
    rows = (
        [_named(step), *(_supplied(kin, cls, step.name) for cls in classes)]
        for step in steps
    )
    yield host.stash(table("guide-pipeline", head, rows))


def _steps(kin: Kin, cls: type) -> Iterator[Step]:
    """Yield each step once, in the order in which it is first called."""
    entry = next((each for each in ENTRIES if each in kin.methods(cls)), None)
    met = {entry}
    if entry:
        yield from _inside(kin, cls, entry, 0, met)


def _inside(
    kin: Kin, cls: type, name: str, depth: int, met: set[str | None]
) -> Iterator[Step]:
    """Yield what a method calls on `self`, as it is for this class."""
    owner = search(cls, name).owner
    if not owner:
        return
    calls = _Calls()
    calls.visit(kin.tree(owner, kin.method(owner, name)))
    known = {*kin.methods(cls), *kin.promised(cls)}
    # What is called in any case is shown there, not where it mends a failure.
    for names, is_usual in ((calls.usual, True), (calls.otherwise, False)):
        for each in names:
            if each in known - met:
                met.add(each)
                yield Step(each, depth, is_usual)
                yield from _inside(kin, cls, each, depth + 1, met)


class _Calls(ast.NodeVisitor):
    """Collects what a method asks of `self`, apart from what it sets.

    `otherwise` is what it asks only when something failed or was refused.
    """

    def __init__(self) -> None:
        self.usual: list[str] = []
        self.otherwise: list[str] = []
        self._names = self.usual

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            self._names.append(node.attr)
        self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self._aside(node.body)

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        leaves = isinstance(node.body[-1], (ast.Return, ast.Raise))
        if leaves:
            self._aside(node.body)
        for each in (*([] if leaves else node.body), *node.orelse):
            self.visit(each)

    def _aside(self, body: list[ast.stmt]) -> None:
        """Visit what runs only when the usual way is left."""
        before, self._names = self._names, self.otherwise
        for each in body:
            self.visit(each)
        self._names = before


def _named(step: Step) -> Words:
    """Name a step, as far in as it is deep."""
    said: Words = [
        element("span", code(step.name), style=f"--depth: {step.depth}")
    ]
    return said if step.is_usual else [*said, *remark("if something failed")]


def _supplied(kin: Kin, cls: type, name: str) -> Words:
    """Say which class supplies a method; its own ones stand out."""
    found = search(cls, name)
    if not found.owner:
        is_promised = name in kin.promised(cls)
        said = "left to a child class" if is_promised else "no such step"
        return [element("em", said)]
    owner = to_text(kin, found, [found.owner])
    return [element("strong", *owner)] if found.is_own else owner
