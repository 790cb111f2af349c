"""Where does the text call a method? Asked of its syntax.

A recording shows what ran; what did not run in any may still be called.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from .kin import Kin

# Whoever is asked by one of these names is of the caller's own kin.
ITSELF = {"self", "cls", "super()"}


@dataclass(frozen=True)
class Use:
    """A name that is called, or handed over: in which method, and of whom."""

    owner: str
    method: str
    whom: str
    name: str

    @property
    def qualname(self) -> str:
        """The method that has it in its body."""
        return ".".join(filter(None, (self.owner, self.method)))


def callers(kin: Kin, cls: type, name: str) -> tuple[list[Use], list[Use]]:
    """Return who calls a method of a class, and who perhaps does.

    Sure are the methods that the class, or one of its heirs, calls of itself.
    What is called of another object may have the same name by chance.
    """
    found = _uses(kin).get(name, [])
    line = {
        each.__name__
        for heir in (cls, *kin.heirs(cls))
        for each in kin.line(heir)
    }
    sure = [use for use in found if use.whom in ITSELF and use.owner in line]
    return sure, [use for use in found if use.whom not in ITSELF]


@lru_cache(maxsize=2)
def _uses(kin: Kin) -> dict[str, list[Use]]:
    """Map each name that is taken from an object to where that is done."""
    found: dict[str, list[Use]] = {}
    for module in kin.library.modules:
        for use in _within(ast.parse(module.source), "", ""):
            found.setdefault(use.name, []).append(use)
    return found


def _within(node: ast.AST, owner: str, method: str) -> Iterator[Use]:
    """Yield the names in a piece of syntax; a function may have others."""
    for each in ast.iter_child_nodes(node):
        inside = owner, method
        if isinstance(each, ast.ClassDef):
            inside = each.name, ""
        elif isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inside = owner, method or each.name
        elif isinstance(each, ast.Attribute) and isinstance(
            each.ctx, ast.Load
        ):
            yield Use(owner, method, ast.unparse(each.value), each.attr)
        yield from _within(each, *inside)
