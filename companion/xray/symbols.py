"""The names of functions: `Class.method`, as their file has them."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path
from types import CodeType


def symbol_of(code: CodeType) -> str:
    """Return the dotted name of a piece of code.

    `code.co_qualname` has come with Python 3.11; this asks the file.
    """
    known = _symbols(code.co_filename)
    return known.get((code.co_name, code.co_firstlineno), code.co_name)


@functools.lru_cache
def _symbols(path: str) -> dict[tuple[str, int], str]:
    tree = ast.parse(Path(path).read_text(encoding="utf-8"))
    return {
        (node.name, first(node)): name for name, node in _functions(tree, "")
    }


def first(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the line on which a function begins: its first decorator's."""
    return min([node.lineno, *(each.lineno for each in node.decorator_list)])


def _functions(
    tree: ast.AST, prefix: str
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yield the functions with their names; a local one stands alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield prefix + node.name, node
            yield from _functions(node, "")
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{node.name}.")
        else:
            yield from _functions(node, prefix)
