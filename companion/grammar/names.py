"""Where does a name in backticks lead?

Comments refer to code by symbol, never by line: `BaseServer.shutdown` is a
place in the text, `socketserver.BaseServer.shutdown` one in the original,
`os.fork` one in the standard library. Names of the text are looked up in its
syntax trees, without an import, so an unfinished text can be asked as well.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import importlib
import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from types import ModuleType

from companion.text import Module

NAME = re.compile(
    r"(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?P<call>\(.*\))?"
)
ORIGINAL = "socketserver"
PACKAGES = (ORIGINAL, "minisocketserver")
KERNEL = ("os", "socket", "socket.socket", "select", "signal", "threading")


class Names:
    """All names that a comment of these modules may lean on."""

    def __init__(self, modules: Iterable[Module]) -> None:
        self.modules = {module.name: module for module in modules}
        self.members: defaultdict[str, set[str]] = defaultdict(set)
        self.bases: dict[str, tuple[str, ...]] = {}
        self.used: set[str] = set()
        for module in self.modules.values():
            self._learn(ast.parse(module.source))

    def _learn(self, tree: ast.Module) -> None:
        self.used |= _used(tree)
        self.members[""] |= _assigned(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                self.members[""].add(node.name)
                self.members[node.name] |= _assigned(node)
                self.bases[node.name] = tuple(map(ast.unparse, node.bases))

    def resolves(self, reference: str) -> bool:
        """Whether a backticked text leads somewhere, or is no reference.

        References are dotted names and calls; everything else in backticks
        is code that is shown, and always true.
        """
        found = NAME.fullmatch(reference)
        if found is None or not ("." in found["name"] or found["call"]):
            return True
        package, _, rest = found["name"].partition(".")
        if package == ORIGINAL and _exists(found["name"]):
            return True
        here = rest if package in PACKAGES else found["name"]
        return self._leads(*here.split("."))

    def _leads(self, first: str, *rest: str) -> bool:
        """Whether a name leads somewhere, as seen from within the text."""
        if first in self.modules and rest not in ((), ("py",)):
            return self._leads(*rest)
        if first in self.bases and rest:
            return rest[0] in self._members_of(first)
        if not rest or first in self.modules:
            return self._is_known(first)
        if _exists(first):
            return _exists(".".join([first, *rest]))
        return first.islower() and all(map(self._is_known, rest))

    def _members_of(self, name: str) -> set[str]:
        """Collect what a class has, also what it inherits."""
        if name not in self.bases:
            return set(_attributes(name))
        found = self.members[name] | set(dir(object))
        return found.union(*map(self._members_of, self.bases[name]))

    def _is_known(self, name: str) -> bool:
        return (
            name in self.used
            or name in self.modules
            or any(name in members for members in self.members.values())
            or hasattr(builtins, name)
            or any(_exists(f"{place}.{name}") for place in KERNEL)
        )


def _used(tree: ast.Module) -> set[str]:
    """Collect the names that occur in code."""
    return {
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(tree)
        if isinstance(node, (ast.Name, ast.Attribute))
    }


def _assigned(owner: ast.Module | ast.ClassDef) -> set[str]:
    """Collect the names that a body defines, and its methods on `self`."""
    found = set()
    for node in ast.walk(owner):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found.add(node.name)
        elif isinstance(getattr(node, "ctx", None), ast.Store):
            if isinstance(node, ast.Name):
                found.add(node.id)
            elif isinstance(node, ast.Attribute):
                found.add(node.attr)
    return found


def _attributes(name: str) -> list[str]:
    """List what a class from outside of the text has."""
    holder = getattr(builtins, name, None)
    for place in ("io", "threading"):
        holder = holder or getattr(importlib.import_module(place), name, None)
    return dir(holder) if holder else []


def _exists(name: str) -> bool:
    """Whether Python brings this name along: `http.server`, `int.to_bytes`."""
    first, *rest = name.split(".")
    found: object = builtins
    if hasattr(builtins, first):
        rest.insert(0, first)
    elif first in sys.stdlib_module_names:
        found = importlib.import_module(first)
    else:
        return False
    for part in rest:
        if isinstance(found, ModuleType) and not hasattr(found, part):
            with contextlib.suppress(ImportError):
                importlib.import_module(f"{found.__name__}.{part}")
        if not hasattr(found, part):
            return False
        found = getattr(found, part)
    return True
