"""What the reader has written into a cell: a guess, or a number."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection
from typing import Any, TypeVar

READABLE = 200  # characters of a value that are shown
TRUTHS = {"true": True, "yes": True, "1": True}
TRUTHS |= {"false": False, "no": False, "0": False}

GUESS = re.compile(r"^guess *=(?!=)", re.MULTILINE)

Number = TypeVar("Number", int, float)

_UNCHANGED: Any = object()


def check(
    guess: object,
    answer: object,
    *,
    because: str,
    expected: object = _UNCHANGED,
    also: Collection[object] = (),
) -> None:
    """Compare a prediction with what happened; say why, and never raise.

    `...` stands for a prediction that was not made yet. Words are compared
    without regard to capitals and blanks, a class counts as its name, and a
    number or a truth in quotes as itself. Several names may be written as one
    text. Where the answer is a set, the order is free.

    `expected` is what happens as long as the reader has changed nothing. If
    something else has happened, neither the guess nor the reason is about it.
    `also` are other answers that one may well defend.
    """
    happened = _told(answer)
    if _others(because):
        guess = ...
    if expected is not _UNCHANGED and not _same(answer, expected):
        print(
            "You have changed the experiment, or your system is another: now"
        )
        print(
            f"it is {happened}. The question, and the reason for its answer,"
        )
        print("are about the experiment as it was.")
    elif guess is None or _open(guess):
        print("You have not guessed yet: write your guess above, and run both")
        print(f"cells again. What happened: {happened}\n{because}")
    elif _same(guess, answer):
        print(f"Yes: {happened}\n{because}")
    elif any(_same(guess, each) for each in also):
        print(f"That is right, too. Here it is {happened}.\n{because}")
    elif isinstance(answer, bytes) and guess == answer.decode(errors="ignore"):
        print(f"Nearly. It is {happened}: bytes, with a b in front, where you")
        print(f"wrote text. A connection carries bytes alone.\n{because}")
    else:
        print(f"Not this time. You said {_told(guess)}, and it is {happened}.")
        print(because)


def _open(guess: object) -> bool:
    """Tell whether a guess still has a gap in it."""
    if isinstance(guess, (list, tuple, set, frozenset)):
        return any(map(_open, guess))
    return guess is ...


def _same(guess: object, answer: object) -> bool:
    """Tell whether a guess means the answer, however it is written."""
    if isinstance(answer, (list, tuple, set, frozenset)):
        if isinstance(guess, str):
            guess = guess.replace(",", " ").split()
        if not isinstance(guess, (list, tuple, set, frozenset)):
            guess = [guess]
        if isinstance(answer, (set, frozenset)):
            return set(map(_plain, guess)) == set(map(_plain, answer))
        return len(guess) == len(answer) and all(map(_same, guess, answer))
    if isinstance(answer, bool):
        return TRUTHS.get(str(_plain(guess))) is answer
    return bool(_plain(guess) == _plain(answer))


def _plain(value: object) -> object:
    """Reduce a value to what a comparison of guesses should look at."""
    if isinstance(value, type):
        value = value.__name__
    if isinstance(value, (int, float)):
        value = str(value) if isinstance(value, bool) else f"{value:g}"
    if isinstance(value, str):
        return " ".join(value.split()).casefold().rstrip(".()")
    return value if isinstance(value, bytes) else _told(value)


def _told(value: object) -> str:
    """Write a value as Python does, and no more of it than one can read."""
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=str)
    text = repr(value)
    return text if len(text) <= READABLE else f"{text[:READABLE]}..."


# -- One name for all guesses, and each is for one question
#
# A guess cell that raises leaves the guess before it in the kernel. So the
# name is emptied before such a cell runs; and who has left out a guess cell
# is not judged by what was said to another question.

_judged: set[str] = set()  # the question that the present guess has answered


def forget_guesses() -> None:
    """In a kernel, let no guess be taken for the next question's."""
    kernel = _kernel()
    if kernel and _before not in kernel.events.callbacks["pre_run_cell"]:
        kernel.events.register("pre_run_cell", _before)
        kernel.user_ns.setdefault("guess", ...)


def _kernel() -> Any:
    """Return what runs the cells, or None outside a kernel."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


def _before(info: Any) -> None:
    """Empty the guess before a cell that makes one."""
    if GUESS.search(info.raw_cell or ""):
        _kernel().user_ns["guess"] = ...
        _judged.clear()


def _others(question: str) -> bool:
    """Tell whether the guess was for another question, and note this one."""
    if _kernel() is None:
        return False
    another = bool(_judged - {question})
    _judged.add(question)
    return another


def number(value: Any, least: Number, most: Number) -> Number:
    """Read a number that the reader may have changed, and keep it in bounds.

    It is an `int` if `least` is one, else a `float`. What is no number counts
    as `least`. Whatever is not taken as it stands is said aloud.
    """
    try:
        kept = type(least)(value)
    except (TypeError, ValueError, OverflowError):
        kept = least
    if not least <= kept <= most:
        kept = most if kept > most else least
    if kept != value:
        print(f"{_told(value)} is taken as {kept}: {least} to {most} will do.")
    return kept
