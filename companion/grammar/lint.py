"""The grammar's lint: is every line of the text explained, and truly?

*Errors* break the parser or a promise to the reader: a line that no comment
covers, a reference that leads nowhere, a difference without a witness. They
fail the tests. *Figures* describe the prose; only a reader can judge it, so
they are printed and never fail.

Four readings of the grammar are decided here. A line of closing brackets
says nothing, so it is not counted. A comment may stand above a signature
where there is no body to hold it. And a branch (`else:`, `except OSError:`)
that a blank line sets apart is explained by the comment that it opens with.
`__all__` is to the reader what imports are: it needs no comment.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import functools
import itertools
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from companion import text
from companion.environment import ROOT
from companion.grammar import figures
from companion.grammar.names import Names
from companion.text import Class, Method, Module, Stanza

WITNESSES = ROOT / "tests" / "conformance" / "test_differs.py"

CODE_WIDTH = 79
PROSE_WIDTH = 72
DRAWING_WIDTH = 64
TRAILING_WIDTH = 24
CODE_LINES = 4
PROSE_LINES = 6
BODY_LINES = 2
DOCSTRING_LINES = 40
LEVELS = 3

DEEP = f"nested over {LEVELS} levels deep"
WITNESS = "test_differs_"
TAGS = ("differs", "omits", "see", "try")
KNOWN = "the tags are `differs[slug]:`, `omits:`, `see:` and `try:`"
MARKS = {"todo", "fixme", "xxx", "hack", "note", "warning", "fmt", "type"}
TAG = re.compile(r"(?P<word>[A-Za-z]+)(?P<slug>\[[^]]*\])?:(?: |$)")
BANNED = re.compile(
    r"\b(now|simply|just|obviously|basically|note that)\b", re.IGNORECASE
)
ROTTING = (
    (
        re.compile(r"https?://|\bwww\."),
        "an address, which rots; name the symbol",
    ),
    (
        re.compile(r"\blines? \d+|\.py:\d+|#L\d+"),
        "a line number, which rots; name the symbol",
    ),
    (
        re.compile(r"(?<!\w)#\d{3,}|\bissues? #?\d+"),
        "a bug number; write `gh-1` or `bpo-1`",
    ),
)
QUOTED = re.compile(r"`[^`]+`")
CLOSING = re.compile(r"[)\]}]+:?,?")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
BLOCKS = (
    ast.AsyncFor,
    ast.AsyncWith,
    ast.For,
    ast.If,
    ast.Match,
    ast.Try,
    ast.While,
    ast.With,
)
BRANCH = re.compile(r"\s*(try:|else:|elif .*:|except\b.*:|finally:|case .*:)")
Complaint = tuple[int, str]


@dataclass(frozen=True, order=True)
class Finding:
    """One broken rule, at its place."""

    path: Path
    line: int
    sentence: str

    def __str__(self) -> str:
        """Write it as compilers do, so that editors can jump there."""
        return f"{_short(self.path)}:{self.line}: {self.sentence}"


def lint(modules: Iterable[Module], witnesses: Path) -> list[Finding]:
    """Hold parsed modules to the grammar; an empty list is a clean text.

    `witnesses` is the file with a `test_differs_...` for every slug. Raises
    GrammarError if it cannot be read or is not Python.
    """
    modules = tuple(modules)
    names = Names(modules)
    findings = [
        Finding(module.path, line, sentence)
        for module in modules
        for rule in RULES
        for line, sentence in rule(module)
    ]
    findings += [
        Finding(module.path, line, sentence)
        for module in modules
        for line, sentence in dangling(module, names)
    ]
    findings += unwitnessed(modules, witnesses)
    return sorted(set(findings))


# What is covered


def uncovered(module: Module) -> Iterator[Complaint]:
    """Find the lines that are left for the reader to guess at."""
    clear = _lines(module, _speaks_for_itself)
    openers = _openers(module)
    tables = set(text.comments(module.source)[1])
    for owner in (module, *module.definitions()):
        if _is_short(owner):
            continue
        for stanza, after in itertools.zip_longest(
            owner.stanzas, owner.stanzas[1:]
        ):
            if stanza.commented or _is_branch(stanza, after):
                continue
            lines = set(_code_lines(stanza)) - clear
            if isinstance(owner, Class):
                lines -= tables
            if isinstance(owner, Method) and stanza is owner.stanzas[0]:
                lines -= openers if owner.docstring else set()
            if lines:
                yield min(lines), "this line has no comment."


def _is_short(owner: Module | Class | Method) -> bool:
    """Whether the body is so short that the docstring is its comment."""
    if isinstance(owner, Module) or not owner.docstring:
        return False
    if isinstance(owner, Class) and owner.methods:
        return False
    lines = sum(len(_code_lines(stanza)) for stanza in owner.stanzas)
    return lines <= BODY_LINES


def _is_branch(stanza: Stanza, after: Stanza | None) -> bool:
    """Whether this opens a branch, whose own stanza says the rest."""
    lines = stanza.code.splitlines()
    follows = after is not None and after.top == stanza.last + 1
    return follows and all(BRANCH.fullmatch(line) for line in lines)


def _code_lines(stanza: Stanza) -> list[int]:
    """Return the lines that say something: no blanks, no lone brackets."""
    return [
        row
        for row, line in enumerate(stanza.code.splitlines(), stanza.first)
        if line.strip() and not CLOSING.fullmatch(line.strip())
    ]


def _lines(module: Module, wanted: Callable[[ast.stmt], bool]) -> set[int]:
    """Collect the lines of the statements that are wanted."""
    return {
        line
        for node in _nodes(module.source)
        if isinstance(node, ast.stmt) and wanted(node)
        for line in _span(node)
    }


def _span(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _openers(module: Module) -> set[int]:
    """Collect the lines that open a block: `with lock:`."""
    continued = set(text.continued(module.source))
    found = set()
    for node in _nodes(module.source):
        if isinstance(node, ast.stmt) and isinstance(node, BLOCKS):
            end = node.lineno + 1
            while end in continued:
                end += 1
            found |= set(range(node.lineno, end))
    return found


def _speaks_for_itself(node: ast.stmt) -> bool:
    """Whether a statement needs no comment."""
    if _is_import(node) or isinstance(node, ast.Pass):
        return True
    if isinstance(node, ast.If):  # and what it holds, which is imports
        return ast.unparse(node.test).endswith("TYPE_CHECKING")
    if isinstance(node, (ast.Assign, ast.AugAssign)):
        return ast.unparse(node).startswith("__all__ ")
    if isinstance(node, ast.Return) and _is_plain(node.value):
        return True
    return isinstance(node, (ast.Return, ast.Expr)) and _delegates(node.value)


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, (ast.Import, ast.ImportFrom))


def _is_plain(value: ast.expr | None) -> bool:
    plain = (ast.Name, ast.Attribute, ast.Constant, ast.expr_context)
    return value is None or all(
        isinstance(node, plain) for node in ast.walk(value)
    )


def _delegates(value: ast.expr | None) -> bool:
    return (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and ast.unparse(value.func.value) == "super()"
    )


def sizes(module: Module) -> Iterator[Complaint]:
    """Find stanzas that are too long to be held in mind at once."""
    imports = _lines(module, _is_import)
    for _, stanza in module.walk():
        prose = len(stanza.prose.splitlines())
        code = _code_lines(stanza)
        if code and imports.issuperset(code):
            if stanza.first - stanza.top > 1:
                yield stanza.top, "imports get one line of comment at most."
            continue
        if stanza.commented and len(code) > CODE_LINES:
            under = "lines of code under one comment"
            yield stanza.first, _over(len(code), under, CODE_LINES)
        if prose > PROSE_LINES:
            yield stanza.top, _over(prose, "lines of prose", PROSE_LINES)


def homeless(module: Module) -> Iterator[Complaint]:
    """Find comments with no code and banners with no method."""
    for _, stanza in module.walk():
        if not stanza.code:
            yield stanza.top, "this comment has no code right below it."
    starts = {each.first for each in module.definitions()}
    rows = enumerate(module.source.splitlines(), 1)
    code = [row for row, line in rows if not re.match(r"\s*(#|$)", line)]
    for line, words in text.comments(module.source)[0].items():
        if text.BANNER.fullmatch(words):
            below = next((row for row in code if row > line), None)
            if below not in starts:
                yield line, "this banner has no method below it."


# What is said


def tags(module: Module) -> Iterator[Complaint]:
    """Find tags that the grammar does not know."""
    for first, block in _blocks(module):
        for line, words in enumerate(block.splitlines(), first):
            if text.NOTE.fullmatch(words):
                continue
            if words.startswith("--") and not text.BANNER.fullmatch(words):
                yield line, "a banner is written `# -- Title`."
            found = TAG.match(words)
            if found and _is_tag(found, opening=line == first):
                yield line, f"unknown tag `{found[0].strip()}`; {KNOWN}."


def _is_tag(found: re.Match[str], *, opening: bool) -> bool:
    word = found["word"]
    if found["slug"] or word.lower() in {*TAGS, *MARKS}:
        return True
    if opening and word.islower():
        return True
    return bool(difflib.get_close_matches(word, TAGS, cutoff=0.8))


def words(module: Module) -> Iterator[Complaint]:
    """Find words that say nothing, and references that rot."""
    for first, block in _prose(module):
        plain = QUOTED.sub(lambda quoted: " " * len(quoted[0]), block)
        for found in BANNED.finditer(plain):
            yield (
                _at(first, found),
                f"“{found[0]}” says nothing; leave it out.",
            )
        for pattern, what in ROTTING:
            for found in pattern.finditer(block):
                yield _at(first, found), f"“{found[0]}” is {what}."


def experiments(module: Module) -> Iterator[Complaint]:
    """Find classes that propose more than one edit."""
    for cls in module.classes:
        tries = [
            note.line
            for note in module.notes()
            if note.kind == "try" and cls.first <= note.line <= cls.last
        ]
        for line in tries[1:]:
            yield line, f"a second `try:` in {cls.name}; one is enough."


# How it looks


def widths(module: Module) -> Iterator[Complaint]:
    """Find lines that do not fit into a column of the page."""
    prose = set(text.comments(module.source)[0])
    for _, docstring in text.docstrings(module.source):
        prose |= set(_span(docstring))
    for line, code in enumerate(module.source.splitlines(), 1):
        limit = PROSE_WIDTH if line in prose else CODE_WIDTH
        width = len(code.removesuffix('"""') if line in prose else code)
        if width > limit:
            kind = "prose" if line in prose else "code"
            yield line, _over(width, f"columns of {kind}", limit)


def trailing(module: Module) -> Iterator[Complaint]:
    """Find comments after code, outside of tables of attributes."""
    tables = {
        line
        for cls in module.classes
        for stanza in cls.stanzas
        if stanza.first >= cls.body
        for line in range(stanza.first, stanza.last + 1)
    }
    for line, words in text.comments(module.source)[1].items():
        if line not in tables:
            yield line, "a comment stands above its code, never after it."
        elif len(words) > TRAILING_WIDTH:
            after = "characters after an attribute"
            yield line, _over(len(words), after, TRAILING_WIDTH)


def nesting(module: Module) -> Iterator[Complaint]:
    """Find code that is nested too deeply: a method is missing."""
    for node in _nodes(module.source):
        if isinstance(node, FUNCTIONS):
            for deep in _below(node.body, LEVELS):
                yield deep.lineno, f"{DEEP}; a method is missing."


def _below(body: list[ast.stmt], levels: int) -> Iterator[ast.stmt]:
    """Yield the block openers with more than so many blocks around them."""
    for node in body:
        for branch in _branches(node):
            if levels == 0:
                yield node
            else:
                yield from _below(branch, levels - 1)


def _branches(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield the blocks in a statement; an `elif` goes no level deeper."""
    for name in ("body", "orelse", "finalbody"):
        branch = getattr(node, name, [])
        if branch and branch[0].col_offset == node.col_offset:
            yield from _branches(branch[0])
        elif branch:
            yield branch
    for name in ("handlers", "cases"):
        for each in getattr(node, name, []):
            yield each.body


def drawings(module: Module) -> Iterator[Complaint]:
    """Find drawings that a formatter or a page would spoil."""
    for owner, docstring in text.docstrings(module.source):
        margin = " " * (docstring.col_offset + 4)
        lines = dict(
            enumerate(_source_of(module, docstring), docstring.lineno)
        )
        drawn = [row for row in lines if lines[row].startswith(margin)]
        for row in drawn:
            width = len(lines[row]) - len(margin)
            if width > DRAWING_WIDTH:
                yield row, _over(width, "columns of drawing", DRAWING_WIDTH)
        if drawn and isinstance(owner, FUNCTIONS):
            yield drawn[0], "drawings belong to modules and classes."
        elif drawn and not "".join(_after(lines, drawn[-1])).strip(' "'):
            yield drawn[-1], "a drawing is followed by its caption."


def _after(lines: dict[int, str], row: int) -> Iterator[str]:
    return (line for below, line in lines.items() if below > row)


def essays(module: Module) -> Iterator[Complaint]:
    """Find module docstrings that should be a chapter of the guide."""
    lines = len((module.docstring or "").splitlines())
    if lines > DOCSTRING_LINES:
        yield 1, _over(lines, "lines of docstring", DOCSTRING_LINES)


# What is promised


def dangling(module: Module, names: Names) -> Iterator[Complaint]:
    """Find references that lead nowhere."""
    for first, block in _prose(module):
        for found in QUOTED.finditer(block):
            reference = " ".join(found[0].strip("`").split())
            if not names.resolves(reference):
                yield _at(first, found), f"`{reference}` leads nowhere."
    for note in module.notes():
        if note.kind == "see" and not re.search(r"`|gh-|bpo-", note.text):
            yield note.line, "this `see:` names no place to go to."


def unwitnessed(
    modules: Iterable[Module], witnesses: Path
) -> Iterator[Finding]:
    """Find differences without a test, and tests without a difference."""
    tests = dict(_tests(witnesses))
    declared = set()
    for module in modules:
        for note in module.notes():
            test = WITNESS + (note.slug or "").replace("-", "_")
            declared.add(test)
            if note.slug and test not in tests:
                missing = f"{_short(witnesses)} has no {test}."
                yield Finding(module.path, note.line, missing)
    for test in tests.keys() - declared:
        surplus = f"{test} shows what the text does not declare."
        yield Finding(witnesses, tests[test], surplus)


def _tests(witnesses: Path) -> Iterator[tuple[str, int]]:
    if not witnesses.exists():
        return
    _, tree = text.syntax(witnesses)
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS) and node.name.startswith(WITNESS):
            yield node.name, node.lineno


RULES: tuple[Callable[[Module], Iterator[Complaint]], ...] = (
    uncovered,
    sizes,
    homeless,
    tags,
    words,
    experiments,
    widths,
    trailing,
    nesting,
    drawings,
    essays,
)


# What the rules read


@functools.lru_cache
def _nodes(source: str) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(source)))


def _blocks(module: Module) -> Iterator[tuple[int, str]]:
    """Yield each comment with its first line; adjoining lines are one."""
    block: list[str] = []
    first = 0
    for line, words in text.comments(module.source)[0].items():
        if block and line != first + len(block):
            yield first, "\n".join(block)
            block = []
        if not block:
            first = line
        block.append(words)
    if block:
        yield first, "\n".join(block)


def _source_of(module: Module, node: ast.stmt) -> list[str]:
    rows = _span(node)
    return module.source.splitlines()[rows.start - 1 : rows.stop - 1]


def _prose(module: Module) -> Iterator[tuple[int, str]]:
    """Yield all that is said: comments and docstrings, with first lines."""
    yield from _blocks(module)
    for _, docstring in text.docstrings(module.source):
        yield docstring.lineno, "\n".join(_source_of(module, docstring))


def _at(first: int, found: re.Match[str]) -> int:
    """Return the line of a match in a block that starts at line `first`."""
    return first + found.string.count("\n", 0, found.start())


def _over(count: int, what: str, limit: int) -> str:
    return f"{count} {what}, at most {limit}."


def _short(path: Path) -> Path:
    """Shorten a path for somebody who stands in the checkout."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def main(argv: list[str]) -> int:
    """Print what is wrong with the text, then its figures; 1 on errors.

    Raises GrammarError if a file cannot be read or is not Python.
    """
    parser = argparse.ArgumentParser(
        prog="python3 -m companion lint",
        description="Hold the text to its grammar, and print its figures.",
    )
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=text.TEXT,
        help="a package with the library's files; the text, if left out",
    )
    folder = parser.parse_args(argv).folder
    modules = text.read_text(folder)
    if not modules:
        print(f"{folder} holds none of the text's files.", file=sys.stderr)
        return 1
    findings = lint(modules, WITNESSES)
    for finding in findings:
        print(finding)
    print(figures.table(modules))
    print(f"{len(findings)} errors." if findings else "No errors.")
    return 1 if findings else 0
