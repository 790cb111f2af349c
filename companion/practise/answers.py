"""What was answered to the questions of a `Predict`, and how near that is.

the learner's file ──▶ value ──▶ the same as a run's? ──▶ in words
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from companion.practise.format import Mistake, Predict, Question

RESET = "`reset` brings it back, and keeps what you have"
NOTHING = object()
SAYS = "you say "
CHANGED = (
    "The program in your file was changed. The answers are about the one that "
    f"you were given: {RESET}."
)


def answers_in(
    exercise: Predict, tree: ast.Module
) -> tuple[dict[str, ast.expr], list[str]]:
    """Return what is assigned outside the program, and remarks on that.

    The program may have variables of the same names.
    """
    program = [ast.dump(node) for node in ast.parse(exercise.listing()).body]
    found: dict[str, ast.expr] = {}
    for node in tree.body:
        if program and ast.dump(node) == program[0]:
            del program[0]
        else:
            found.update(assigned(node))
    return found, [CHANGED] if program else []


def assigned(node: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """Yield what a statement assigns, by name."""
    targets = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, ast.AnnAssign):
        targets = [node.target]
    if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value:
        for target in targets:
            if isinstance(target, ast.Name):
                yield target.id, node.value


def told_of(
    exercise: Predict,
    question: Question,
    node: ast.expr | None,
    right: Mapping[str, object],
) -> str:
    """Say what is wrong with an answer, without telling the right one."""
    name = question.name
    if node is None:
        return f"there is no line `{name} = ...` in your file: {RESET}"
    if is_gap(node):
        number = exercise.questions.index(question) + 1
        return f"question {number} has no answer yet"
    value, said = value_of(node), f"{SAYS}{ast.unparse(node)}"
    if value is NOTHING:
        return (
            f"{said}, which is no plain value: a name, a number, a string "
            "or a list"
        )
    if remark := near(value, plain(right[name])):
        return f"{said}: {remark}"
    choices = [plain(each) for each in question.choices]
    if choices and value not in choices:
        named = ", ".join(map(str, choices))
        return f"{said}, which is none of the choices: {named}"
    return said


WORDS = ("none", "nothing", "null", "")
KINDS = {
    bool: "True or False is asked, with a capital and without quotes",
    int: "a number is asked, without quotes",
    float: "a number is asked, without quotes",
    bytes: 'bytes are asked, as in b"abc"',
    list: 'a list is asked, as in ["a", "b"]',
    str: "a name or some text is asked",
}


def near(value: object, right: object) -> str:
    """Say what is wrong with the form of an answer, "" if nothing is.

    It says which kind of value is asked, and not which value.
    """
    kind = KINDS.get(type(right), "")
    if right is None:
        is_word = isinstance(value, str) and value.strip().lower() in WORDS
        return "if you mean None, write it without quotes" if is_word else ""
    if value is None:
        return f"None is nothing at all, and {kind}"
    if type(value) is not type(right):
        return kind
    if isinstance(value, str) and isinstance(right, str):
        is_word = value.strip().lower() == right.lower()
        return "the right word, but mind capitals and spaces" * is_word
    if isinstance(value, list) and isinstance(right, list):
        return near_list(value, right)
    return ""


def near_list(value: list[object], right: list[object]) -> str:
    """Say what is wrong with the form of a list."""
    kinds = {type(each) for each in right}
    if value and len(kinds) == 1 and kinds.isdisjoint(map(type, value)):
        return f"in the list, {KINDS.get(kinds.pop(), 'it is another kind')}"
    if sorted(map(repr, value)) == sorted(map(repr, right)):
        return "all of it is there, but in another order"
    return ""


def value_of(node: ast.expr | None) -> object:
    """Read a value; a bare or dotted name counts as a string."""
    if isinstance(node, (ast.Name, ast.Attribute)):
        return ast.unparse(node)
    if isinstance(node, (ast.List, ast.Tuple)):
        values = [value_of(each) for each in node.elts]
        return NOTHING if NOTHING in values else values
    try:
        value = ast.literal_eval(node) if node is not None else NOTHING
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return NOTHING
    return NOTHING if value is ... else plain(value)


def plain(value: object) -> object:
    """Take a tuple for a list: who answers need not know the difference."""
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value


def same(one: object, other: object) -> bool:
    """Tell whether two answers are the same; True is no 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def is_gap(node: ast.expr) -> bool:
    """Tell whether a question was left as it is."""
    return isinstance(node, ast.Constant) and node.value is ...


def wrong_answer(
    exercise: Predict, question: str, value: object
) -> Mistake | None:
    """Return the known mistake behind a wrong answer."""
    for each in exercise.mistakes:
        if each.fails == question and same(plain(each.answer), value):
            return each
    return None
