"""Does an exercise need each line that it asks for?

    solution ── one statement taken out ──▶ promises ──▶ one must be broken

Where all are kept all the same, a promise is missing: the learner is told
that it is solved, and the package lacks the line. What may be missing has its
reason in the exercise, `survives={"first line of it": "why"}`; where several
begin so, with a number: `"return #2"`. In the same way, each assertion of a
`Catch` has to have its plant.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Iterable, Iterator

from companion.practise import blanks
from companion.practise.format import Catch, Exercise, Fill
from companion.practise.judge import Judge
from companion.practise.splice import FUNCTIONS

NAME = "practice/exercise.py"
ABREAST = 2
BLOCKS = "body", "orelse", "finalbody"


def names(code: str) -> list[str]:
    """Name each statement by its first line, and a number if need be."""
    found = [
        ast.unparse(each).splitlines()[0]
        for each in statements(ast.parse(code))
    ]
    return [
        f"{each} #{found[:at].count(each) + 1}"
        if found.count(each) > 1
        else each
        for at, each in enumerate(found)
    ]


def without_one(code: str) -> Iterator[tuple[str, str]]:
    """Yield the name of each statement, and what is left without it."""
    for number, name in enumerate(names(code)):
        tree = ast.parse(code)
        gone = list(statements(tree))[number]
        for parent in ast.walk(tree):
            for part in BLOCKS:
                block = getattr(parent, part, None)
                if isinstance(block, list) and gone in block:
                    block[block.index(gone)] = ast.Pass()
        yield name, ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Yield what stands in functions, and what classes set."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from (
                each
                for each in node.body
                if isinstance(each, ast.Assign)
                or (isinstance(each, ast.AnnAssign) and each.value)
            )
        elif isinstance(node, FUNCTIONS):
            yield from inside(node.body)


def inside(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a block and of the blocks in it."""
    for each in body:
        is_text = isinstance(each, ast.Expr) and isinstance(
            each.value, ast.Constant
        )
        if isinstance(each, (ast.Pass, *FUNCTIONS)) or is_text:
            continue
        yield each
        for part in BLOCKS:
            yield from inside(getattr(each, part, []))
        for handler in getattr(each, "handlers", []):
            yield from inside(handler.body)


def survivors(exercise: Fill | Catch, judge: Judge) -> Iterator[str]:
    """Yield each statement without which all promises are kept.

    Of a test, it is the assertions that count.
    """
    if isinstance(exercise, Catch):
        code = blanks.catch_code(exercise, complete=True)
        for name, left in without_one(code):
            source = blanks.with_task(exercise, left)
            is_one = name.startswith("assert ")
            if is_one and judge.check(exercise, source, NAME).passed:
                yield name
        return
    code = blanks.fill_code(exercise, "bare")
    todo = list(without_one(code))
    for at in range(0, len(todo), ABREAST):
        some = todo[at : at + ABREAST]
        sources = [blanks.with_task(exercise, left) for _, left in some]
        verdicts = judge.side_by_side(exercise, sources, NAME)
        for (first, _), verdict in zip(some, verdicts, strict=True):
            if verdict.passed:
                yield first


def faults(exercise: Fill | Catch, judge: Judge) -> Iterator[str]:
    """Yield what survives without a reason, and reasons without need."""
    found = list(survivors(exercise, judge))
    survives = exercise.survives if isinstance(exercise, Fill) else {}
    for each in found:
        if each not in survives:
            yield f"all promises are kept without: {each}"
    for each in survives:
        if each not in found:
            yield f"`survives` names what does not: {each}"


def show(exercises: Iterable[Exercise], judge: Judge) -> int:
    """Print what survives without a reason; 1 if anything does."""
    wrong, began = 0, time.monotonic()
    for exercise in exercises:
        if isinstance(exercise, (Fill, Catch)):
            found = list(faults(exercise, judge))
            wrong += len(found)
            print(f"{'WRONG' if found else 'good '}  {exercise.id}")
            for fault in found:
                print(f"       {fault}", flush=True)
    print(f"{wrong} faults ({time.monotonic() - began:.0f} s)")
    return 1 if wrong else 0
