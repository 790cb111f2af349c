"""What the reader has written into a cell: a guess, or a number."""

from __future__ import annotations

from typing import Any, TypeVar

READABLE = 200  # characters of a value that are shown

Number = TypeVar("Number", int, float)


def check(guess: object, answer: object, *, because: str) -> None:
    """Compare a prediction with what happened; say why, and never raise.

    `...` stands for a prediction that was not made yet. Words are compared
    without regard to capitals and blanks, a class counts as its name, and a
    number or a truth in quotes as itself.
    """
    happened = _told(answer)
    if guess is None or _open(guess):
        print("You have not guessed yet: write your guess above, and run both")
        print(f"cells again. What happened: {happened}\n{because}")
    elif _plain(guess) == _plain(answer):
        print(f"Yes: {happened}\n{because}")
    elif isinstance(answer, bytes) and guess == answer.decode(errors="ignore"):
        print(f"Nearly. It is {happened}: bytes, with a b in front, where you")
        print(f"wrote text. A connection carries bytes alone.\n{because}")
    else:
        print(f"Not this time. You said {_told(guess)}, and it is {happened}.")
        print(because)


def _open(guess: object) -> bool:
    """Tell whether a guess still has a gap in it."""
    if isinstance(guess, (list, tuple)):
        return any(map(_open, guess))
    return guess is ...


def _plain(value: object) -> object:
    """Reduce a value to what a comparison of guesses should look at."""
    if isinstance(value, type):
        value = value.__name__
    if isinstance(value, (int, float)):
        value = str(value) if isinstance(value, bool) else f"{value:g}"
    if isinstance(value, str):
        return " ".join(value.split()).casefold().rstrip(".()")
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value


def _told(value: object) -> str:
    """Write a value as Python does, and no more of it than one can read."""
    text = repr(value)
    return text if len(text) <= READABLE else f"{text[:READABLE]}..."


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
