"""The original, by symbol: CPython's own code, read as the site is built.

Nothing of it is kept in this repository. The interpreter that runs this
module has `socketserver` on its shelf, and `inspect` knows where. Symbols are
the key, never lines: a line number is true for one release only.

    "BaseServer.shutdown" ──▶ inspect ──▶ Excerpt(its code, its first line)
"""

from __future__ import annotations

import ast
import inspect
import platform
import socketserver
import textwrap
from dataclasses import dataclass
from functools import cache
from types import ModuleType

INTERPRETER = f"{platform.python_implementation()} {platform.python_version()}"

# What is said, in Markdown, wherever code of it is shown.
LICENSED = (
    "CPython's: copyright © Python Software Foundation, shown under the "
    "[PSF License](https://docs.python.org/3/license.html)"
)


@dataclass(frozen=True)
class Excerpt:
    """The code of one symbol: dedented, and where its file has it."""

    symbol: str
    code: str
    first: int

    @property
    def length(self) -> int:
        """Its number of lines."""
        return self.code.count("\n") + 1


@cache
def excerpt(symbol: str, module: ModuleType = socketserver) -> Excerpt | None:
    """Return the code behind `Class`, `Class.method` or `function`.

    A class comes as far as its first method, because each method has an
    excerpt of its own, together with the comment that introduces it. None
    stands for what this interpreter lacks, for what a class merely inherits,
    and for what is no code, such as a number.
    """
    found = _look_up(symbol, module)
    if not (inspect.isclass(found) or inspect.isfunction(found)):
        return None
    lines, first = inspect.getsourcelines(found)
    if inspect.isclass(found):
        lines = _head(lines)
    above = _introduction(inspect.getsource(module).splitlines(), first)
    lines = [*(f"{line}\n" for line in above), *lines]
    code = textwrap.dedent("".join(lines)).rstrip()
    return Excerpt(symbol, code, first - len(above))


def exists(symbol: str, module: ModuleType = socketserver) -> bool:
    """Tell whether the original has the symbol, its own or inherited."""
    found: object = module
    for name in symbol.split("."):
        if not hasattr(found, name):
            return False
        found = getattr(found, name)
    return True


def heir_of(symbol: str, module: ModuleType = socketserver) -> str | None:
    """Name the method that stands in for one that a class inherits.

    `UDPServer.shutdown` is `BaseServer.shutdown`. None if the class has the
    method itself, or has none of that name, or has it from another module.
    """
    owner, _, name = symbol.partition(".")
    cls = getattr(module, owner, None)
    if not name or not inspect.isclass(cls) or name in vars(cls):
        return None
    for parent in cls.__mro__:
        if name in vars(parent) and parent.__module__ == module.__name__:
            return f"{parent.__name__}.{name}"
    return None


def _look_up(symbol: str, module: ModuleType) -> object:
    found: object = module
    for name in symbol.split("."):
        found = vars(found).get(name) if hasattr(found, "__dict__") else None
    if isinstance(found, (staticmethod, classmethod)):
        return found.__func__
    return found.fget if isinstance(found, property) else found


def _head(lines: list[str]) -> list[str]:
    """Cut a class's lines before the first of its methods."""
    (cls,) = ast.parse(textwrap.dedent("".join(lines))).body
    assert isinstance(cls, ast.ClassDef)
    starts = [
        min([node.lineno, *(each.lineno for each in node.decorator_list)])
        for node in cls.body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    if not starts:
        return lines
    end = min(starts) - 1
    return lines[: end - len(_introduction(lines, min(starts)))]


def _introduction(lines: list[str], first: int) -> list[str]:
    """Return the comment above line `first`, if any, up to that line."""
    start = end = first - 1
    for row in range(end - 1, -1, -1):
        text = lines[row].strip()
        if text.startswith("#"):
            start = row
        elif text:
            break
    return lines[start:end]


def methods(cls: str, module: ModuleType = socketserver) -> tuple[str, ...]:
    """Name the methods that a class of the original defines itself."""
    found = getattr(module, cls, None)
    return tuple(
        name
        for name in (vars(found) if inspect.isclass(found) else ())
        if excerpt(f"{cls}.{name}", module)
    )
