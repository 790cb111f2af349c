"""What is taken away, and what comes back: the learner's file.

    as shipped   the exercise with `...` where the learner is to write
    solution     the same, complete
    mistaken     the solution with a mistake of the museum in it

For a `Fill` all three come out of the text, by symbol, so they cannot drift
from it.
"""

from __future__ import annotations

import ast
import functools
import json
import re
import textwrap
from collections.abc import Iterator, Mapping

from companion import text
from companion.practise.format import (
    Catch,
    Edit,
    Exercise,
    ExerciseError,
    Fill,
    Mistake,
    Predict,
    Whole,
    source_of,
)

LEVELS = {
    "guided": "comments stay: each says what the next lines are for",
    "docstring": "signature and docstring stay",
    "name": "only the name stays",
}
GAP = "..."
OPEN, SHUT = "# <<<", "# >>>"  # around what is taken from a test
INDENT = "    "

# Called by importing the text, which makes a hub for everybody.
AT_IMPORT = {"Hub", "Hub.__init__", "InProcess", "InProcess.open"}

WHOLE = (
    "# Nothing is to be written here: your solved exercises are the module."
)

PROGRAM = """\
# -- The program. Read it; do not run it yet. Your answers are checked by
# -- running it, so leave it as it is.
"""
ANSWERS = """\
# -- Your answers: a value in the place of each `...`. Names of classes and
# -- methods may stand with quotes or without.
"""

CHECKED = (
    "Checked by `python3 -m companion practise`; it is not run by itself."
)
MARKS = {
    "differs[": "In a comment, `differs[...]` is where the original does it "
    "in another way.",
    "# try:": "`try:` in a comment is an experiment for when you are done.",
    "gh-": "`gh-` and `bpo-` with a number are reports to those who make "
    "Python.",
}
BETWEEN = "\n\n"

# -- The learner's file


def shipped(exercise: Exercise, level: str = "guided") -> str:
    """Return the file that the learner is given."""
    if isinstance(exercise, Fill):
        return with_task(exercise, fill_code(exercise, level))
    if isinstance(exercise, Catch):
        return with_task(exercise, catch_code(exercise, complete=False))
    if isinstance(exercise, Whole):
        return with_task(exercise, WHOLE)
    assert isinstance(exercise, Predict)
    return with_task(exercise, predict_code(exercise, {}))


def solution(exercise: Exercise, answers: Mapping[str, object]) -> str:
    """Return the file, solved. A `Predict` needs the `answers` of a run."""
    if isinstance(exercise, Fill):
        return with_task(exercise, fill_code(exercise, "solution"))
    if isinstance(exercise, Catch):
        return with_task(exercise, catch_code(exercise, complete=True))
    if isinstance(exercise, Whole):
        return with_task(exercise, WHOLE)
    assert isinstance(exercise, Predict)
    return with_task(exercise, predict_code(exercise, answers))


def mistaken(
    exercise: Exercise, mistake: Mistake, answers: Mapping[str, object]
) -> str:
    """Return the file, solved with that mistake in it."""
    if isinstance(exercise, Predict):
        wrong = {**answers, mistake.fails: mistake.answer}
        return with_task(exercise, predict_code(exercise, wrong))
    if isinstance(exercise, Fill):
        code = fill_code(exercise, "bare")
    else:
        assert isinstance(exercise, Catch)
        code = catch_code(exercise, complete=True)
    where = f"{exercise.path}: the mistake {mistake.name!r}"
    for old, new in mistake.edits:
        code = edit(code, old, new, where)
    return with_task(exercise, code)


def with_task(exercise: Exercise, code: str) -> str:
    """Put the task on top of the code, and what one needs to know."""
    foot = [f"Chapter: {exercise.page}", CHECKED]
    if isinstance(exercise, Fill):
        if there := what_is_there(exercise, code):
            names = ", ".join(f"`{name}`" for name in there)
            foot.append(f"What is there for you: {names}.")
        foot += [told for mark, told in MARKS.items() if mark in code]
    told = [
        exercise.title,
        exercise.task,
        *(textwrap.fill(each, 79, break_long_words=False) for each in foot),
    ]
    return f'"""{BETWEEN.join(filter(None, told))}\n"""\n\n{code.strip()}\n'


def what_is_there(exercise: Fill, code: str) -> list[str]:
    """Name what the solution uses and neither the task nor the code tells.

    The hooks of a server are no secret, and to choose among them is the
    task: helpers and attributes are what nobody could guess.
    """
    known = f"{exercise.task}\n{code}"
    return [
        name
        for name in helpers(exercise.symbols)
        if not re.search(rf"(?<![\w]){re.escape(name)}\b", known)
    ]


@functools.lru_cache
def helpers(symbols: tuple[str, ...]) -> tuple[str, ...]:
    """Name the helpers and attributes that some symbols lean on."""
    module = home(symbols)
    tree = ast.parse(piece(symbols, "bare"))
    theirs = set(ast.walk(ast.parse(_imports(module))))
    hooks = {
        name.rpartition(".")[2]
        for each in library().values()
        for name in map(_name, each.definitions())
        if "." in name and not name.rpartition(".")[2].startswith("_")
    }
    own = {symbol.rpartition(".")[2] for symbol in symbols}
    made: set[str] = set()
    used: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            own.add(node.name)
        elif isinstance(node, ast.ClassDef):
            for each in node.body:
                own |= _assigned(each)
        is_own = (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "self"
        )
        if is_own and isinstance(node, ast.Attribute):
            is_made = isinstance(node.ctx, ast.Store)
            (made if is_made else used).add(node.attr)
    attributes = {f"self.{each}" for each in used - made - own - hooks}
    names = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    top = ast.parse(module.source).body
    defined = {
        name
        for node in top
        for name in ({getattr(node, "name", "")} | _assigned(node))
    }
    given = {
        alias.asname or alias.name
        for node in theirs
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    owners = {symbol.partition(".")[0] for symbol in symbols}
    return tuple(sorted(attributes | ((names & defined) - given - owners)))


def edit(code: str, old: str, new: str, where: str) -> str:
    """Replace some lines, or a part of one, that stand in `code` once.

    Indentation is of no account: `new` gets that of what it replaces. An
    empty `old` stands for all of the code. Raises ExerciseError, which says
    `where`, if `old` is not there or stands there more than once.
    """
    if not old.strip():
        return textwrap.dedent(new).strip("\n") + "\n"
    lines = code.splitlines()
    wanted = [line.strip() for line in old.strip().splitlines()]
    bare = [line.strip() for line in lines]
    count = len(wanted)
    starts = [
        row
        for row in range(len(lines) - count + 1)
        if bare[row : row + count] == wanted
    ]
    if len(starts) == 1:
        row = starts[0]
        margin = lines[row][: len(lines[row]) - len(bare[row])]
        body = textwrap.indent(textwrap.dedent(new).strip("\n"), margin)
        lines[row : row + count] = body.splitlines()
        return "\n".join(lines) + "\n"
    if not starts and code.count(old.strip()) == 1:
        return code.replace(old.strip(), new.strip())
    found = len(starts) or code.count(old.strip())
    raise ExerciseError(
        f"{where}: what it replaces stands there {found} times, not once:\n"
        f"{old}\nin\n{code}"
    )


# -- Questions


def predict_code(exercise: Predict, answers: Mapping[str, object]) -> str:
    """Return program and questions, with the answers that are known."""
    parts = [PROGRAM, exercise.listing(), "", "", ANSWERS]
    for number, question in enumerate(exercise.questions, 1):
        first = f"# {number}. "
        parts += textwrap.wrap(
            " ".join(question.asks.split()),
            width=72,
            initial_indent=first,
            subsequent_indent="#".ljust(len(first)),
        )
        if question.choices:
            offered = ", ".join(map(written, question.choices))
            parts += textwrap.wrap(
                f"One of: {offered}",
                width=72,
                initial_indent="#".ljust(len(first)),
                subsequent_indent="#".ljust(len(first)),
            )
        value = GAP
        if question.name in answers:
            value = written(answers[question.name])
        parts += [f"{question.name} = {value}", ""]
    return "\n".join(parts)


def written(value: object) -> str:
    """Write a value as Python, with the quotes that this project uses."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(written, value))}]"
    return repr(value)


# -- Tests


def catch_code(exercise: Catch, *, complete: bool) -> str:
    """Return the author's test, complete or with its gaps."""
    source, tree = source_of(exercise)
    lines = source.splitlines()
    parts = []
    imports: list[str] = []
    for node in tree.body[1:]:
        own = lines[_first(node) - 1 : node.end_lineno]
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            if getattr(node, "module", "") != "companion.practise.format":
                imports += own
        elif "EXERCISE" not in _assigned(node):
            parts.append("\n".join(_opened(own, complete=complete)))
    return "\n\n\n".join(["\n".join(imports), *parts])


def _opened(lines: list[str], *, complete: bool) -> Iterator[str]:
    """Leave out the marks, and what is between them unless complete."""
    inside = False
    for line in lines:
        code = line.strip()
        if code.startswith(OPEN):
            inside = True
            margin = line[: len(line) - len(line.lstrip())]
            remark = code.removeprefix(OPEN).strip()
            if not complete:
                if remark:
                    yield f"{margin}# {remark}"
                yield f"{margin}{GAP}"
        elif code.startswith(SHUT):
            inside = False
        elif complete or not inside:
            yield line


def _assigned(node: ast.stmt) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else []
    return {each.id for each in targets if isinstance(each, ast.Name)}


# -- Pieces of the text


@functools.lru_cache
def library() -> dict[str, text.Module]:
    """The text, by module."""
    return {module.name: module for module in text.read_text()}


def home(symbols: tuple[str, ...]) -> text.Module:
    """Return the module that the symbols stand in, all of them."""
    for module in library().values():
        known = {_name(each) for each in module.definitions()}
        if known.issuperset(symbols):
            return module
    raise ExerciseError(f"No file of the text has all of {list(symbols)}.")


def _name(each: text.Class | text.Method) -> str:
    return each.qualname if isinstance(each, text.Method) else each.name


def fill_code(exercise: Fill, level: str) -> str:
    """Return the piece of the text at a level.

    Beside the learner's levels there are `solution`, as the text has it,
    `bare`, the same without its prose, and `stub`, which says what is
    missing when it is called. What is called by importing the text would
    say so too early: there the stub is the solution.
    """
    if level == "stub" and AT_IMPORT.intersection(exercise.symbols):
        level = "solution"
    return piece(exercise.symbols, level)


@functools.lru_cache(maxsize=256)
def piece(symbols: tuple[str, ...], level: str) -> str:
    """Return some symbols of one module, each under its class."""
    module = home(symbols)
    found = {_name(each): each for each in module.definitions()}
    parts, owner = [_imports(module)], ""
    for symbol in symbols:
        each = found[symbol]
        cls, dot, _ = symbol.partition(".")
        if isinstance(each, text.Class):
            code = _class(module, each, level, whole=True)
            parts.append("\n" + textwrap.dedent(code))
        elif not dot:
            parts.append("\n" + _method(module, each, level))
        else:
            if cls != owner:
                parent = found[cls]
                assert isinstance(parent, text.Class)
                head = _class(module, parent, level, whole=False)
                parts.append("\n" + head)
            parts.append(_method(module, each, level))
        owner = cls if dot else ""
    return "\n\n".join(parts)


@functools.lru_cache
def _imports(module: text.Module) -> str:
    """Return what the module imports, for the learner to use as well."""
    tree = ast.parse(module.source)
    return "\n".join(
        ast.unparse(node)
        for node in tree.body
        if isinstance(node, (ast.Import, ast.ImportFrom))
    )


def _class(
    module: text.Module, cls: text.Class, level: str, *, whole: bool
) -> str:
    """Return a class: its head, and with `whole` all that is in it."""
    lines = module.source.splitlines()
    head = lines[cls.first - 1 : cls.body - 1]
    if level in ("name", "bare"):
        rows = text.code_lines(module.source)
        head = [rows[row] for row in range(cls.first, cls.body) if row in rows]
    if not whole:
        return "\n".join(head)
    if level == "solution":
        return "\n".join(lines[cls.first - 1 : cls.last])
    if level == "bare":
        return _bare(module, cls.first, cls.last)
    return _hollow(module, cls, head, level)


def _hollow(
    module: text.Module, cls: text.Class, head: list[str], level: str
) -> str:
    """Return a class with gaps in the place of what is in it."""
    margin = head[0][: len(head[0]) - len(head[0].lstrip())] + INDENT
    if level != "stub" and not cls.stanzas and not cls.methods:
        return "\n".join(_orphan(head, margin, level))
    attributes = []
    if level == "stub":
        attributes = [f"{margin}pass"]
    elif level == "guided" and cls.stanzas:
        attributes = list(_blanks(module, cls.stanzas, margin, level))
    elif cls.stanzas:
        attributes = [f"{margin}# Attributes, if it needs any.", margin + GAP]
    methods = [_method(module, each, level) for each in cls.methods]
    inner = ["\n".join(attributes), *methods]
    return "\n\n".join(["\n".join(head), *filter(None, inner)])


def _orphan(head: list[str], margin: str, level: str) -> list[str]:
    """Take its parents from a class that has nothing else to take."""
    head = [re.sub(r"\(.*\):$", f"({GAP}):", line) for line in head]
    return [*head, f"{margin}pass"] if level == "name" else head


def _method(module: text.Module, method: text.Method, level: str) -> str:
    """Return a method or a function at a level."""
    lines = module.source.splitlines()
    if level == "solution":
        return "\n".join(lines[method.first - 1 : method.last])
    if level == "bare":
        return _bare(module, method.first, method.last)
    head = lines[method.first - 1 : method.body - 1]
    margin = head[0][: len(head[0]) - len(head[0].lstrip())]
    body = margin + INDENT
    if level == "stub":
        told = (
            f'raise NotImplementedError("{method.qualname} is yours to write")'
        )
        return "\n".join([*head, f"{body}{told}"])
    if level == "name":
        (line,) = [each for each in head if "def " in each]
        name = line[: line.index("(")]
        mine = "self" if margin else ""
        return f"{name}({mine}):  # the parameters are yours, too\n{body}{GAP}"
    if not method.stanzas:
        return "\n".join(head)
    gaps = list(_blanks(module, method.stanzas, body, level))
    return "\n".join([*head, *gaps])


def _blanks(
    module: text.Module,
    stanzas: tuple[text.Stanza, ...],
    margin: str,
    level: str,
) -> Iterator[str]:
    """Yield a gap for each stanza, under its comment where that stays."""
    if level != "guided" or not any(each.commented for each in stanzas):
        yield margin + GAP
        return
    comments, _ = text.comments(module.source)
    told = False
    for stanza in stanzas:
        if stanza.commented:
            if told:
                yield ""
            for row in range(stanza.top, stanza.first):
                if row in comments:
                    yield f"{margin}# {comments[row]}"
            yield margin + GAP
            told = True
        elif not told:
            yield margin + GAP
            told = True


def _bare(module: text.Module, first: int, last: int) -> str:
    """Return some lines without prose; a body of prose alone is `pass`."""
    rows = text.code_lines(module.source)
    kept = [rows[row] for row in range(first, last + 1) if row in rows]
    code = []
    for line, after in zip(kept, [*kept[1:], ""], strict=True):
        code.append(line)
        margin = len(line) - len(line.lstrip())
        opens = line.rstrip().endswith(":")
        if opens and len(after) - len(after.lstrip()) <= margin:
            code.append(f"{' ' * margin}{INDENT}pass")
    return "\n".join(code)


def _first(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)])


def edits_of(symbol: str, edits: tuple[Edit, ...], where: str) -> str:
    """Return one symbol of the text, bare, with some edits in it."""
    code = piece((symbol,), "bare")
    for old, new in edits:
        code = edit(code, old, new, where)
    return code
