"""The learner's code, set into the text by symbol.

    the text      class ThreadingMixIn: server_close, process_request, …
    the learner's class ThreadingMixIn: process_request
    together      the text's class with the learner's process_request

Each line remembers which line of the learner's file it was, so that an error
is shown where the learner can see it.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

Definition: TypeAlias = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Line = tuple[str, int]  # the code, and the learner's line; 0 for the text's

NONE = "there is no "  # how what is missing is told
NOT_FILLED = "there is still a `...` to be replaced"


class UnfinishedError(Exception):
    """Something that the learner is to write is not there yet.

    `line` is where in the learner's file, 0 if there is no such place.
    """

    def __init__(self, what: str, line: int = 0) -> None:
        super().__init__(what)
        self.what, self.line = what, line


@dataclass(frozen=True)
class Spliced:
    """A module of the text with the learner's code in it."""

    lines: tuple[Line, ...]

    @property
    def source(self) -> str:
        """The module's source."""
        return "\n".join(line for line, _ in self.lines) + "\n"

    def theirs(self, row: int) -> int:
        """Return the learner's line for one of the module's, 0 if none."""
        return self.lines[row - 1][1] if 0 < row <= len(self.lines) else 0


def splice(source: str, symbols: tuple[str, ...], theirs: str) -> Spliced:
    """Set the learner's code for `symbols` into a module of the text.

    What else the learner's file defines comes along: imports, helpers,
    methods. Raises UnfinishedError if a symbol is missing or has a gap, and
    SyntaxError if it is not Python.
    """
    tree = ast.parse(theirs)
    lines: list[Line] = [(line, 0) for line in source.splitlines()]
    their_lines = theirs.splitlines()
    for symbol in symbols:
        found = locate(tree, symbol)
        if found is None:
            raise UnfinishedError(missing(symbol))
        if gap := first_gap(found):
            raise UnfinishedError(NOT_FILLED, gap)
    wanted = {*symbols, *extras(tree, source, symbols)}
    for symbol in sorted(wanted, key=lambda each: each in symbols):
        node = locate(tree, symbol)
        assert node is not None
        code = cut(their_lines, node, in_class="." in symbol)
        _put(lines, symbol, code)
    _attributes(lines, tree, their_lines, symbols)
    _loose(lines, tree, their_lines)
    return Spliced(tuple(lines))


def missing(symbol: str) -> str:
    """Say that a symbol is not there."""
    cls, dot, name = symbol.partition(".")
    if dot:
        return f"{NONE}method `{name}` in a class `{cls}` in your file"
    return f"{NONE}`{cls}` in your file"


def locate(tree: ast.Module, symbol: str) -> Definition | None:
    """Find the last definition of `Class`, `Class.method` or `function`."""
    body: list[ast.stmt] = tree.body
    node = None
    for name in symbol.split("."):
        node = None
        for each in _definitions(body):
            if each.name == name:
                node = each
        if node is None:
            return None
        body = node.body
    return node


def _definitions(body: Iterable[ast.stmt]) -> Iterable[Definition]:
    for each in body:
        if isinstance(each, (ast.ClassDef, *FUNCTIONS)):
            yield each
        elif isinstance(each, ast.If):  # `if hasattr(os, "fork"):`
            yield from _definitions(each.body)


def first_gap(node: ast.AST) -> int:
    """Return the line of the first `...` that is left, 0 if none.

    One may stand in the place of a class's parents.
    """
    inner = list(ast.walk(node))
    places = [each.value for each in inner if isinstance(each, ast.Expr)]
    for each in inner:
        if isinstance(each, ast.ClassDef):
            places += each.bases
    return min(
        (
            each.lineno
            for each in places
            if isinstance(each, ast.Constant) and each.value is ...
        ),
        default=0,
    )


def extras(
    tree: ast.Module, source: str, symbols: tuple[str, ...]
) -> set[str]:
    """Name what the learner defines beside what was asked for."""
    whole = {symbol for symbol in symbols if "." not in symbol}
    found = set()
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name not in whole:
            if locate(ast.parse(source), node.name):
                found |= {
                    f"{node.name}.{each.name}"
                    for each in node.body
                    if isinstance(each, FUNCTIONS)
                }
            else:
                found.add(node.name)
        elif isinstance(node, FUNCTIONS):
            found.add(node.name)
    return found - {*symbols}


def cut(lines: list[str], node: Definition, *, in_class: bool) -> list[Line]:
    """Take a definition out of a file, indented as the text is."""
    first = _first(node)
    own = lines[first - 1 : node.end_lineno]
    code = textwrap.dedent("\n".join(own))
    if in_class:
        code = textwrap.indent(code, "    ")
    return [(line, first + i) for i, line in enumerate(code.splitlines())]


def _put(lines: list[Line], symbol: str, code: list[Line]) -> None:
    """Put a definition in the place of the one of that name, or behind."""
    tree = ast.parse("\n".join(line for line, _ in lines))
    old = locate(tree, symbol)
    if old is not None:
        margin = " " * old.col_offset
        kept = textwrap.dedent("\n".join(line for line, _ in code))
        moved = textwrap.indent(kept, margin).splitlines()
        rows = [row for _, row in code]
        new = list(zip(moved, rows, strict=True))
        lines[_first(old) - 1 : old.end_lineno] = new
        return
    owner, dot, _ = symbol.rpartition(".")
    place = locate(tree, owner) if dot else None
    if place is not None:
        assert place.end_lineno is not None
        row = place.end_lineno
    else:
        row = _first(next(iter(_definitions(tree.body)))) - 1
    lines[row:row] = [("", 0), *code, ("", 0), ("", 0)]


def _attributes(
    lines: list[Line],
    tree: ast.Module,
    theirs: list[str],
    symbols: tuple[str, ...],
) -> None:
    """Bring the learner's own attributes of classes along.

    They go to the end of the class, where they count as in any other place.
    """
    for node in tree.body:
        if not isinstance(node, ast.ClassDef) or node.name in symbols:
            continue
        ours = ast.parse("\n".join(line for line, _ in lines))
        place = locate(ours, node.name)
        own = [
            (f"    {line.strip()}", row)
            for each in node.body
            if isinstance(each, (ast.Assign, ast.AnnAssign))
            and each.lineno == each.end_lineno
            for row in [each.lineno]
            for line in [theirs[row - 1]]
        ]
        if place is not None and place.end_lineno is not None:
            lines[place.end_lineno : place.end_lineno] = own


def _loose(lines: list[Line], tree: ast.Module, theirs: list[str]) -> None:
    """Bring the learner's own imports and constants along."""
    ours = ast.parse("\n".join(line for line, _ in lines))
    own = [
        node
        for node in tree.body[1 if ast.get_docstring(tree) else 0 :]
        if not isinstance(node, (ast.ClassDef, *FUNCTIONS))
    ]
    kinds = {type(node) for node in own}
    known = {ast.unparse(node) for node in ours.body if type(node) in kinds}
    found: list[Line] = []
    for node in own:
        if ast.unparse(node) not in known:
            rows = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            found += [(theirs[row - 1], row) for row in rows]
    imports = [
        node
        for node in ours.body
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    row = (imports[-1].end_lineno or 0) if imports else 0
    lines[row:row] = found


def _first(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)])
