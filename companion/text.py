"""The text, read by machine: source to Module, Class, Method, Stanza, Note.

The library's comments follow a grammar, and this is its parser. It knows two
things about a file, each from the tool that cannot be fooled: `tokenize` says
which lines are comments (a regular expression would take a line inside a
string for one), and `ast` says which method a line belongs to.

    source ──▶ tokenize ──▶ comments ──┐
       └─────▶ ast ───────▶ owners ────┴──▶ stanzas ──▶ Module

The parser judges nothing: a comment with no code below it comes out as a
stanza without code, and the lint is the one to complain.
"""

from __future__ import annotations

import ast
import copy
import functools
import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from companion.environment import ROOT, TroubleError

TEXT = ROOT / "minisocketserver"

# The modules that have no class of the original's.
ADDED = ("stepping", "waiting", "aiohandlers", "aio", "queues", "hub")
READING_ORDER = (
    "__init__",
    "base",
    "handlers",
    "tcp",
    "udp",
    "unix",
    "threaded",
    "forking",
    "combined",
    *ADDED,
)

BANNER = re.compile(r"-- (?P<title>[A-Z].*)")
TAG = r"differs\[(?P<slug>[a-z0-9-]+)\]|(?P<kind>omits|see|try)"
NOTE = re.compile(rf"(?:{TAG}): (?P<text>.*)")


class GrammarError(TroubleError):
    """A file that cannot be parsed; the message is `file:line: what`."""

    def __init__(self, path: Path, line: int, what: str) -> None:
        super().__init__(f"{path}:{line}: {what}")
        self.path, self.line, self.what = path, line, what


@dataclass(frozen=True)
class Note:
    """A tagged remark: `differs[slug]:`, `omits:`, `see:` or `try:`."""

    kind: str
    slug: str | None
    text: str
    line: int


@dataclass(frozen=True)
class Stanza:
    """A comment and the code below it, up to a blank line.

    The code is the lines `first` to `last` of the file, verbatim. The comment
    starts at line `top`; without a comment, `top` is `first`. A comment that
    has no code below it is a stanza whose code is empty.
    """

    prose: str
    notes: tuple[Note, ...]
    first: int
    last: int
    code: str
    top: int

    @property
    def commented(self) -> bool:
        """Whether anything is said about the code."""
        return bool(self.prose or self.notes)


@dataclass(frozen=True)
class Method:
    """A method or a function: its promise, and the stanzas that keep it.

    `signature` is the call as a reader writes it: `drain(timeout=None)`,
    without `self` and without types. `banner` is the title of the group that
    the method stands in. Lines `first` to `body - 1` are the decorators, the
    signature and the docstring.
    """

    name: str
    qualname: str
    signature: str
    docstring: str | None
    banner: str | None
    stanzas: tuple[Stanza, ...]
    first: int
    body: int
    last: int


@dataclass(frozen=True)
class Class:
    """A class: its own stanzas are its attributes, then come its methods."""

    name: str
    bases: tuple[str, ...]
    docstring: str | None
    stanzas: tuple[Stanza, ...]
    methods: tuple[Method, ...]
    first: int
    body: int
    last: int


@dataclass(frozen=True)
class Module:
    """A file of the text; `stanzas` are its imports and other loose code."""

    name: str
    path: Path
    docstring: str | None
    stanzas: tuple[Stanza, ...]
    classes: tuple[Class, ...]
    functions: tuple[Method, ...]
    source: str
    body: int

    def definitions(self) -> Iterator[Class | Method]:
        """Every class, method and function, in the order of the file."""
        found: list[Class | Method] = [*self.classes, *self.functions]
        found += [method for cls in self.classes for method in cls.methods]
        return iter(sorted(found, key=lambda definition: definition.first))

    def notes(self) -> Iterator[Note]:
        """Every tagged remark, in the order of the file."""
        return (note for _, stanza in self.walk() for note in stanza.notes)

    def walk(self) -> Iterator[tuple[Module | Class | Method, Stanza]]:
        """Every stanza with its owner, in the order of the file."""
        owners: list[Module | Class | Method] = [self, *self.definitions()]
        pairs = [(owner, each) for owner in owners for each in owner.stanzas]
        return iter(sorted(pairs, key=lambda pair: pair[1].first))


def signature(module: Module, each: Class | Method) -> str:
    """Return the lines of a definition above its docstring."""
    rows = module.source.splitlines()[each.first - 1 : each.body - 1]
    if each.docstring is not None:
        quotes = ('"""', "'''", '"', "'")
        opening = next(
            row for row in rows if row.strip(" rR").startswith(quotes)
        )
        rows = rows[: rows.index(opening)]
    return "\n".join(rows)


def read_text(folder: Path = TEXT) -> tuple[Module, ...]:
    """Parse the library, in reading order; files not written yet are left out.

    Raises GrammarError if a file cannot be read or is not Python.
    """
    paths = (folder / f"{name}.py" for name in READING_ORDER)
    return tuple(parse(path) for path in paths if path.exists())


def parse(path: Path) -> Module:
    """Parse one file of the text. Raises GrammarError as `syntax` does."""
    return _Parser(path, *syntax(path)).module()


def syntax(path: Path) -> tuple[str, ast.Module]:
    """Return a file's source and its tree.

    Raises GrammarError if the file cannot be read or is not Python.
    """
    try:
        source = path.read_text(encoding="utf-8")
        return source, ast.parse(source)
    except SyntaxError as error:
        line, what = error.lineno or 1, f"not Python: {error.msg}"
    except ValueError as error:  # not UTF-8, or with a zero byte in it
        line, what = 1, f"not Python: {error}"
    except OSError as error:
        line, what = 1, f"cannot be read: {error.strerror}"
    raise GrammarError(path, line, f"{what}.")


@functools.lru_cache
def comments(source: str) -> tuple[dict[int, str], dict[int, str]]:
    """Return the comments by line: those alone on it, those after code."""
    lines = source.splitlines()
    own_line: dict[int, str] = {}
    trailing: dict[int, str] = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            alone = not lines[row - 1][:column].strip()
            kept = own_line if alone else trailing
            kept[row] = token.string[1:].removeprefix(" ").rstrip()
    return own_line, trailing


@functools.lru_cache
def docstrings(source: str) -> tuple[tuple[ast.AST, ast.Expr], ...]:
    """Return every node that has a docstring, with the docstring's node."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, *_FUNCTION)):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and ast.get_docstring(node):
                found.append((node, first))
    return tuple(found)


def code_lines(source: str) -> dict[int, str]:
    """Return the lines that are neither blank nor prose, by number."""
    prose = set(comments(source)[0])
    for _, docstring in docstrings(source):
        prose.update(range(docstring.lineno, _end(docstring) + 1))
    return {
        row: line
        for row, line in enumerate(source.splitlines(), 1)
        if line.strip() and row not in prose
    }


@functools.lru_cache(maxsize=64)
def bare(source: str) -> str:
    """Return a name for all of a source but its comments and blank lines.

    What is not Python is itself.
    """
    try:
        return ast.dump(ast.parse(source))
    except (SyntaxError, ValueError):
        return source


def continued(source: str) -> Iterator[int]:
    """Yield the lines that go on with a statement, blank ones too."""
    start = None
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.COMMENT, tokenize.NL, tokenize.INDENT):
            continue
        if start is None and token.type != tokenize.DEDENT:
            start = token.start[0]
        if token.type == tokenize.NEWLINE and start is not None:
            yield from range(start + 1, token.start[0] + 1)
            start = None


_Definition: TypeAlias = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
_Owner: TypeAlias = ast.Module | _Definition
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


class _Parser:
    """One file: whose each line is, and which stanza it stands in."""

    def __init__(self, path: Path, source: str, tree: ast.Module) -> None:
        self.path, self.source, self.tree = path, source, tree
        self.lines = source.splitlines()
        self.comments, _ = comments(source)
        self.continued = set(continued(source))
        self.owners: list[_Owner] = [tree] * (len(self.lines) + 1)
        self.definitions: dict[int, _Definition] = {}
        self._claim(tree)
        self.banners: list[tuple[int, str]] = []
        self.stanzas: defaultdict[_Owner, list[Stanza]] = defaultdict(list)
        self.comment: list[tuple[int, str]] = []
        self.code: list[int] = []
        self._collect()

    def _claim(self, owner: _Owner) -> None:
        """Tell each line its owner; a method owns all that is in it."""
        for node in _members(owner):
            self.definitions[_first(node)] = node
            for line in range(_first(node), _end(node) + 1):
                self.owners[line] = node
            if isinstance(node, ast.ClassDef):
                self._claim(node)

    def _collect(self) -> None:
        line = self._body(self.tree)
        while line <= len(self.lines):
            if line in self.definitions:
                line = self._enter(line)
            else:
                self._read(line)
                line += 1
        self._flush()

    def _enter(self, line: int) -> int:
        """Step over signature and docstring; a comment on top keeps them."""
        node = self.definitions[line]
        if self.code:
            self._flush()
        if self.comment:
            self.code = list(range(line, self._header_end(node) + 1))
            self._flush()
        return self._body(node)

    def _read(self, line: int) -> None:
        text = self.comments.get(line)
        if text is None:
            blank = not self.lines[line - 1].strip()
            if blank and line not in self.continued:
                self._flush()
                return
            if self.code and self.owners[line] is not self.owners[line - 1]:
                self._flush()
            self.code.append(line)
        elif BANNER.fullmatch(text):
            self._flush()
            self.banners.append((line, text.removeprefix("-- ")))
        else:
            if self.code:
                self._flush()
            self.comment.append((line, text))

    def _flush(self) -> None:
        """Put comment and code away as a stanza of whoever owns the code."""
        if not self.comment and not self.code:
            return
        prose, notes = _split(self.comment)
        rows = self.code or [self.comment[-1][0]]
        stanza = Stanza(
            prose=prose,
            notes=notes,
            first=rows[0],
            last=rows[-1],
            code="\n".join(self.lines[row - 1] for row in self.code),
            top=self.comment[0][0] if self.comment else rows[0],
        )
        self.stanzas[self.owners[rows[0]]].append(stanza)
        self.comment, self.code = [], []

    def _header_end(self, node: _Definition) -> int:
        """Return the last line of the signature."""
        line = node.lineno
        while line + 1 in self.continued:
            line += 1
        return line

    def _body(self, node: _Owner) -> int:
        """Return the line after the docstring, else after the signature."""
        if ast.get_docstring(node, clean=False) is not None:
            return _end(node.body[0]) + 1
        if isinstance(node, ast.Module):
            return 1
        return self._header_end(node) + 1

    def module(self) -> Module:
        members = list(_members(self.tree))
        return Module(
            name=self.path.stem,
            path=self.path,
            docstring=ast.get_docstring(self.tree),
            stanzas=tuple(self.stanzas[self.tree]),
            classes=tuple(
                self._class(node)
                for node in members
                if isinstance(node, ast.ClassDef)
            ),
            functions=tuple(
                self._method(node, self.tree)
                for node in members
                if isinstance(node, _FUNCTION)
            ),
            source=self.source,
            body=self._body(self.tree),
        )

    def _class(self, node: ast.ClassDef) -> Class:
        return Class(
            name=node.name,
            bases=tuple(ast.unparse(base) for base in node.bases),
            docstring=ast.get_docstring(node),
            stanzas=tuple(self.stanzas[node]),
            methods=tuple(
                self._method(member, node)
                for member in _members(node)
                if isinstance(member, _FUNCTION)
            ),
            first=_first(node),
            body=self._body(node),
            last=_end(node),
        )

    def _method(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef,
        owner: ast.Module | ast.ClassDef,
    ) -> Method:
        prefix = f"{owner.name}." if isinstance(owner, ast.ClassDef) else ""
        titles = [
            title
            for line, title in self.banners
            if line < node.lineno and self.owners[line] is owner
        ]
        return Method(
            name=node.name,
            qualname=prefix + node.name,
            signature=_signature(node, bound=bool(prefix)),
            docstring=ast.get_docstring(node),
            banner=titles[-1] if titles else None,
            stanzas=tuple(self.stanzas[node]),
            first=_first(node),
            body=self._body(node),
            last=_end(node),
        )


def _split(
    comment: list[tuple[int, str]],
) -> tuple[str, tuple[Note, ...]]:
    """Cut a comment into its prose and its notes, which run to the end."""
    prose: list[str] = []
    notes: list[Note] = []
    for line, text in comment:
        tag = NOTE.fullmatch(text)
        if tag:
            kind = tag["kind"] or "differs"
            notes.append(Note(kind, tag["slug"], tag["text"], line))
        elif notes:
            notes[-1] = replace(notes[-1], text=f"{notes[-1].text}\n{text}")
        else:
            prose.append(text)
    return "\n".join(prose), tuple(notes)


def _members(owner: ast.AST) -> Iterator[_Definition]:
    """Yield a body's definitions, also those behind an `if` or a `try`."""
    for child in ast.iter_child_nodes(owner):
        if isinstance(child, _Definition):
            yield child
        elif isinstance(child, (ast.stmt, ast.excepthandler)):
            yield from _members(child)


def _first(node: _Definition) -> int:
    return min([node.lineno, *(each.lineno for each in node.decorator_list)])


def _end(node: ast.stmt) -> int:
    assert node.end_lineno is not None  # ast.parse always fills it in
    return node.end_lineno


def _signature(
    node: ast.FunctionDef | ast.AsyncFunctionDef, *, bound: bool
) -> str:
    """Write the call as a reader does: no types, no `self`."""
    plain = copy.deepcopy(node.args)
    for argument in ast.walk(plain):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    decorators = {ast.unparse(each) for each in node.decorator_list}
    if bound and "staticmethod" not in decorators:
        del (plain.posonlyargs or plain.args)[:1]
    return f"{node.name}({ast.unparse(plain)})"
