"""Which class supplies a name? Asked of Python: the text is imported.

What a file says is not yet what a class has. A name is looked up along the
class's *line*, its method resolution order, and only the running class knows
that line. So classes are made, also such as nobody wrote: a mix-in in front
of a server, or behind it.
"""

from __future__ import annotations

import ast
import importlib
import re
import socketserver
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from companion import implementation
from companion.text import TEXT, Class, Method, code_lines

from .library import Library, assigned
from .page import Page

BY_NAME = re.compile(r"\b([A-Z]\w*)\.(__init__)\(\s*self\b")


@dataclass(frozen=True)
class Search:
    """A name looked up for one class.

    `asked` were asked in vain, `owner` was the first to have the name, and
    `hidden` have it as well, further along the line.
    """

    cls: type
    name: str
    asked: tuple[type, ...]
    owner: type | None
    hidden: tuple[type, ...]

    @property
    def is_own(self) -> bool:
        """Whether the class brings the name itself."""
        return self.owner is self.cls


def search(cls: type, name: str) -> Search:
    """Look up a name as Python does, and remember who was asked."""
    line = [each for each in cls.__mro__ if each is not object]
    having = [each for each in line if _spelled(name, each) in vars(each)]
    asked = line[: line.index(having[0])] if having else line
    return Search(
        cls,
        name,
        tuple(asked),
        having[0] if having else None,
        tuple(having[1:]),
    )


def _spelled(name: str, cls: type) -> str:
    """Spell a name as the class keeps it: two underscores are mangled."""
    if name.startswith("__") and not name.endswith("__"):
        return f"_{cls.__name__.lstrip('_')}{name}"
    return name


class Kin:
    """The public classes of a text, imported, and who is whose."""

    def __init__(self, library: Library, package: str) -> None:
        self.library = library
        self.types: dict[str, type] = {}
        for name, (module, _) in library.classes.items():
            held = importlib.import_module(f"{package}.{module.name}")
            if hasattr(held, name):  # a system may lack fork, or the family
                self.types[name] = getattr(held, name)
        self.public = {
            name: cls
            for name, cls in self.types.items()
            if not name.startswith("_")
        }

    @classmethod
    def of(cls, library: Library) -> Kin:
        """Return the kin of a text, or remember it."""
        return _kin(library)

    def find(self, name: str, host: Page) -> type:
        """Return a public class that a page asks for."""
        if name not in self.public:
            raise host.error(f"no public class is called `{name}`.")
        return self.public[name]

    # -- Relations

    def parents(self, cls: type) -> list[type]:
        """Name the bases of a class that are of the text."""
        return [base for base in cls.__bases__ if self.has(base)]

    def heirs(self, cls: type) -> list[type]:
        """Return all public classes below a class, in reading order."""
        return [
            each
            for each in self.public.values()
            if cls in each.__mro__ and each is not cls
        ]

    def has(self, cls: type) -> bool:
        """Tell whether a class is of the text."""
        return self.types.get(cls.__name__) is cls

    @cached_property
    def mixins(self) -> list[type]:
        """The classes that are meant to stand in front of others."""
        first = {
            parents[0]
            for parents in map(self.parents, self.public.values())
            if len(parents) > 1
        }
        return [
            cls
            for name, cls in self.public.items()
            if not self.parents(cls)
            and (cls in first or name.endswith("MixIn"))
        ]

    def behind(self, mixin: type) -> type | None:
        """Return a server that the text itself puts behind a mix-in."""
        for heir in self.heirs(mixin):
            parents = self.parents(heir)
            if parents[:1] == [mixin] and len(parents) > 1:
                return parents[1]
        return self.public.get("TCPServer")

    # -- Members

    def source(self, cls: type) -> Class:
        """Return what the text says of a class."""
        return self.library.classes[cls.__name__][1]

    def line(self, cls: type) -> list[type]:
        """Return the classes of the text that a class is looked up in."""
        return [each for each in cls.__mro__ if self.has(each)]

    def methods(self, cls: type) -> list[str]:
        """Name all methods of a class: parents first, in reading order."""
        return self._names(
            [method.name for method in self.source(each).methods]
            for each in reversed(self.line(cls))
        )

    def attributes(self, cls: type) -> list[str]:
        """Name the attributes that the class and its parents declare."""
        names = self._names(
            [
                name
                for each in self.source(one).stanzas
                for name in assigned(each)
            ]
            for one in reversed(self.line(cls))
        )
        methods = set(self.methods(cls))
        return [
            name
            for name in names
            if name not in methods and search(cls, name).owner
        ]

    def promised(self, cls: type) -> list[str]:
        """Name what a class only declares: another has to bring it along."""
        names = self._names(
            [
                name
                for each in self.source(one).stanzas
                for name in assigned(each)
            ]
            for one in self.line(cls)
        )
        return [name for name in names if not search(cls, name).owner]

    def on_instance(self, cls: type) -> dict[str, Method]:
        """Map what the methods of a class first set on `self` to them."""
        found: dict[str, Method] = {}
        declared = {*self.attributes(cls), *self.methods(cls)}
        for each in reversed(self.line(cls)):
            for method in self.source(each).methods:
                for name in self._set_on_self(each, method):
                    if name not in declared:
                        found.setdefault(name, method)
        return found

    def method(self, owner: type, name: str) -> Method:
        """Return what the text says of a method."""
        methods = self.source(owner).methods
        return next(each for each in methods if each.name == name)

    def calls_super(self, owner: type, name: str) -> bool:
        """Tell whether a method hands on to the next in line."""
        return f"super().{name}(" in self._code(
            owner, self.method(owner, name)
        )

    def calls_by_name(self, owner: type, name: str) -> str | None:
        """Name the parent whose method a method calls without `super`."""
        for found in BY_NAME.finditer(
            self._code(owner, self.method(owner, name))
        ):
            if found[2] == name:
                return found[1]
        return None

    def default(self, owner: type, name: str) -> str:
        """Return the default of an attribute, as the text writes it."""
        for stanza in self.source(owner).stanzas:
            for node in ast.parse(textwrap.dedent(stanza.code)).body:
                targets = getattr(node, "targets", None) or [
                    getattr(node, "target", None)
                ]
                names = [getattr(each, "id", None) for each in targets]
                if name in names and getattr(node, "value", None):
                    return ast.unparse(node.value)
        return repr(vars(owner)[_spelled(name, owner)])

    def _code(self, owner: type, method: Method) -> str:
        """Return the lines of a method that are code."""
        module, _ = self.library.classes[owner.__name__]
        lines = code_lines(module.source)
        numbers = range(method.first, method.last + 1)
        return "\n".join(lines[each] for each in numbers if each in lines)

    def tree(self, owner: type, method: Method) -> ast.Module:
        """Return the syntax of a method."""
        module, _ = self.library.classes[owner.__name__]
        lines = module.source.splitlines()[method.first - 1 : method.last]
        return ast.parse(textwrap.dedent("\n".join(lines)))

    def _set_on_self(self, owner: type, method: Method) -> list[str]:
        return [
            node.attr
            for node in ast.walk(self.tree(owner, method))
            if isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and isinstance(node.value, ast.Name)
            and node.value.id == "self"
        ]

    @staticmethod
    def _names(groups: Iterator[list[str]]) -> list[str]:
        """Return each name once, where it came first."""
        return list(dict.fromkeys(name for group in groups for name in group))


def twin(cls: type) -> type | None:
    """Return the original's class of the same name, if it has one."""
    found = getattr(socketserver, cls.__name__, None)
    return found if isinstance(found, type) else None


@lru_cache(maxsize=2)
def _kin(library: Library) -> Kin:
    return Kin(library, _import(library.folder))


def _import(folder: Path) -> str:
    """Import a text as a package; return the name that it goes by."""
    if folder.resolve() == TEXT.resolve():
        return importlib.import_module(folder.name).__name__
    name = f"{folder.name}_{abs(hash((folder, folder.stat().st_mtime_ns)))}"
    return implementation.load(name, folder / "__init__.py").__name__
