"""Which exercise is about which method? The map of the text.

A method is filled, or a `covers` of a `Predict` or a `Catch` names it. A class
that is filled as a whole brings its methods along.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from companion import text
from companion.practise import blanks
from companion.practise.format import Exercise, Fill

GIVEN = {"__enter__", "__exit__", "__init__"}


def public() -> list[str]:
    """Name the public methods of the text's public classes, in order.

    `__init__` counts where the class has one of its own.
    """
    return [
        method.qualname
        for module in blanks.library().values()
        for cls in module.classes
        if not cls.name.startswith("_")
        for method in cls.methods
        if not method.name.startswith("_") or method.name in GIVEN
    ]


def chart(exercises: Iterable[Exercise]) -> dict[str, list[Exercise]]:
    """Return for each public method the exercises that are about it."""
    found: defaultdict[str, list[Exercise]] = defaultdict(list)
    for exercise in exercises:
        for symbol in subjects(exercise):
            found[symbol].append(exercise)
    return {
        name: [*found[name], *found[name.partition(".")[0]]]
        for name in public()
    }


def subjects(exercise: Exercise) -> tuple[str, ...]:
    """Name what an exercise is about."""
    filled = exercise.symbols if isinstance(exercise, Fill) else ()
    # One that is spread over a class is not about each of its methods.
    planted = tuple(
        plant.symbol
        for plant in getattr(exercise, "plants", ())
        if "." in plant.symbol
    )
    return tuple(dict.fromkeys((*filled, *planted, *exercise.covers)))


def show(exercises: list[Exercise]) -> int:
    """Print the map; 1 if a public method is in no exercise."""
    missing = 0
    for name, found in chart(exercises).items():
        told = ", ".join(f"{each.kind} {each.id}" for each in found)
        missing += not found
        print(f"{name:42} {told or 'NOWHERE'}")
    kinds: defaultdict[str, int] = defaultdict(int)
    for each in exercises:
        kinds[each.kind] += 1
    mistakes = sum(len(each.mistakes) for each in exercises)
    counted = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
    for name in unfilled(exercises):
        print(f"no fill asks for {name}")
    print(
        f"\n{len(exercises)} exercises ({counted}), {mistakes} mistakes, "
        f"{missing} public methods in none of them"
    )
    return 1 if missing else 0


def unfilled(exercises: Iterable[Exercise]) -> list[str]:
    """Name what has code and is asked for by no `Fill`.

    Of the synchronous classes, that is: methods, functions, and the classes
    that consist of their parents alone; private ones count as well.
    """
    filled = {
        symbol
        for exercise in exercises
        if isinstance(exercise, Fill)
        for symbol in exercise.symbols
    }
    return [
        name
        for module in blanks.library().values()
        if module.name not in text.ADDED
        for name in _to_fill(module)
        if not {name, name.partition(".")[0]} & filled
    ]


def _to_fill(module: text.Module) -> Iterator[str]:
    """Yield what a learner has to write of a module, by name."""
    for cls in module.classes:
        if not cls.methods and not cls.stanzas:
            yield cls.name
        yield from (each.qualname for each in cls.methods if each.stanzas)
    yield from (each.qualname for each in module.functions)
