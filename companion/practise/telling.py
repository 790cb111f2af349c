"""What the learner is told: verdicts, hints, lists, in words and colours.

Each function returns something that `rich` can print, on a whole screen or
line by line. Colour repeats what a word or a sign says already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.syntax import Syntax
from rich.text import Text

from companion.environment import ROOT
from companion.practise.answers import SAYS
from companion.practise.folder import Practice
from companion.practise.format import Exercise, Predict
from companion.practise.judge import Verdict

GOOD, BAD, QUIET, STRONG, NAME = "green", "red", "dim", "bold", "cyan"
BAR = 30  # columns
LONGEST = 300  # characters of one thing that is shown
PRINTED = 6  # lines of what the learner's code printed
WHAT_TO_DO = (
    "Open the file in your editor: the task stands on top. Put something in "
    "the place of each `...` and save; it is checked at once."
)
SOLVED, SKIPPED, OPEN, HERE = "x", "-", " ", ">"


def title(exercise: Exercise, practice: Practice) -> Text:
    """Name an exercise and its place among the others."""
    number = practice.exercises.index(exercise) + 1
    said = Text(no_wrap=True, overflow="ellipsis")
    said.append(exercise.title, STRONG)
    said.append(f"   {exercise.kind}, ", QUIET)
    said.append(f"difficulty {exercise.difficulty} of 5, ", QUIET)
    said.append(f"number {number} of {len(practice.exercises)}", QUIET)
    return said


def bar(practice: Practice, width: int = BAR) -> Text:
    """Draw how much is solved."""
    solved, every = practice.solved(), len(practice.exercises)
    full = solved * width // max(every, 1)
    said = Text("[")
    said.append("#" * full, GOOD)
    said.append("." * (width - full), QUIET)
    said.append(f"] {solved} of {every} solved")
    return said


def place(path: Path, practice: Practice, line: int = 0) -> Text:
    """Write a path that can be clicked, where the terminal can do that."""
    shown = practice.shown(path) + (f":{line}" if line else "")
    return Text(shown, style=f"{NAME} link file://{path.absolute()}")


def chapter(exercise: Exercise) -> Text:
    """Say where an exercise's chapter is."""
    path = ROOT / exercise.page
    return Text(exercise.page, style=f"{NAME} link file://{path}")


# -- Verdicts


def verdict(
    exercise: Exercise, found: Verdict, practice: Practice
) -> RenderableType:
    """Tell what a check came to."""
    if found.passed:
        return success(exercise, found)
    return Group(*failure(exercise, found, practice))


def success(exercise: Exercise, found: Verdict) -> RenderableType:
    """Say that it is solved, so that nobody can miss it."""
    said = Text()
    said.append("SOLVED", f"{STRONG} {GOOD}")
    kept = f"  all {found.total} kept" if found.total else ""
    said.append(f"{kept}\n\n", QUIET)
    said.append("You learned: ", STRONG)
    said.append(f"{exercise.learned}\n\n")
    said.append("Read on: ", STRONG)
    said.append_text(chapter(exercise))
    for each in found.details:
        said.append(f"\n\n{each}")
    return Panel(said, border_style=GOOD, title=exercise.title)


def failure(
    exercise: Exercise, found: Verdict, practice: Practice
) -> Iterator[RenderableType]:
    """Say what was promised, what happened, and which mistake it is."""
    headline = "Not complete yet" if found.unfinished else "Not solved yet"
    said = Text()
    said.append(headline, STRONG if found.unfinished else f"{STRONG} {BAD}")
    said.append(f"  {found.kept} of {found.total} kept", QUIET)
    yield said
    yield Text()
    yield from rows(exercise, found)
    if found.line:
        where = place(practice.path(exercise), practice, found.line)
        where.append(f"   {found.code}", "default")
        yield row("where", where)
    if found.details:
        yield Text()
        yield from (Text(each) for each in found.details)
    if found.unfinished:
        yield Text()
        yield Text(WHAT_TO_DO)
    if found.mistake is not None:
        yield Text()
        sure = found.mistake.patterns or isinstance(exercise, Predict)
        label = "A known mistake" if sure else "Often the reason"
        yield Text(f"{label}: {found.mistake.name}", f"{STRONG} {BAD}")
        yield Text(found.mistake.reason)
    if found.printed.strip():
        yield Text()
        yield from printed(found.printed)


def rows(exercise: Exercise, found: Verdict) -> Iterator[RenderableType]:
    """Say what was promised and what happened, or asked and answered."""
    promised, happened, what = "promised", "happened", found.happened
    if isinstance(exercise, Predict):
        promised = "asked"
        if what.startswith(SAYS):
            happened, what = SAYS.strip(), what.removeprefix(SAYS)
    if found.promised:
        yield row(promised, Text(in_short(found.promised)))
    yield row(happened, Text(in_short(what)))


def in_short(text: str) -> str:
    """Cut what would fill the screen."""
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]} ... ({len(text) - LONGEST} characters more)"


def row(label: str, text: Text) -> RenderableType:
    """Put a label in front of some text, which may go over lines."""
    return Padding(Text.assemble((f"{label:8}  ", QUIET), text), (0, 0, 0, 2))


def printed(text: str) -> Iterator[Text]:
    """Show the end of what the code printed."""
    lines = text.rstrip().splitlines()
    left = len(lines) - PRINTED
    yield Text(f"It printed{f' ({left} lines before)' if left > 0 else ''}:")
    for line in lines[-PRINTED:]:
        yield Text(f"  {in_short(line)}", QUIET)


# -- Help


def hint(exercise: Exercise, number: int) -> RenderableType:
    """Give the hints up to a number, counted; say when there is no more."""
    said, every = Text(), len(exercise.hints)
    for each in range(1, number + 1):
        said.append(f"Hint {each} of {every}: ", STRONG)
        said.append(exercise.hints[each - 1])
        said.append("\n" if each < number else "")
    if number == every:
        said.append(f"\n{number} of {every}, there is no more.", QUIET)
    return said


def code(source: str) -> RenderableType:
    """Show Python."""
    return Syntax(source, "python", theme="ansi_dark", word_wrap=True)


# -- Overviews


def mark(exercise: Exercise, practice: Practice) -> str:
    """Return the sign of how an exercise stands."""
    if practice.is_solved(exercise):
        return SOLVED
    return SKIPPED if practice.progress.of(exercise).skipped else OPEN


def lines(practice: Practice, here: Exercise) -> list[Text]:
    """List all exercises, by chapter, a line each."""
    said: list[Text] = []
    before = ""
    for each in practice.exercises:
        if each.chapter != before:
            before = each.chapter
            said.append(Text(before, f"{STRONG} {NAME}"))
        sign = mark(each, practice)
        line = Text(
            f"{HERE if each is here else ' '} [{sign}] ",
            no_wrap=True,
            overflow="ellipsis",
        )
        name = each.id.partition("/")[2]
        line.append(f"{name:24} ", GOOD if sign == SOLVED else "")
        line.append(f"{each.kind:8}", QUIET)
        line.append(each.teaches)
        if each is here:
            line.stylize(STRONG)
        said.append(line)
    return said


def legend() -> Text:
    """Explain the signs of the list."""
    said = f"[{SOLVED}] solved   [{SKIPPED}] skipped   {HERE} you are here"
    return Text(said, QUIET)


def progress(practice: Practice) -> Iterator[Text]:
    """Tell how far the learner is, by chapter and by kind."""
    yield bar(practice)
    yield Text()
    for name in dict.fromkeys(each.chapter for each in practice.exercises):
        yield count(
            name,
            practice,
            (each for each in practice.exercises if each.chapter == name),
        )
    records = practice.progress.exercises.values()
    hints = sum(record.hints for record in records)
    tries = sum(record.tries for record in records)
    yield Text()
    yield Text(
        f"{counted(tries, 'try', 'tries')}, "
        f"{counted(hints, 'hint', 'hints')}. "
        f"Level: {practice.progress.level}"
    )
    changed = [
        each.id
        for each in practice.exercises
        if practice.is_solved(each)
        and practice.progress.of(each).content != each.digest
    ]
    if changed:
        yield Text(
            f"Changed since you solved them: {', '.join(changed)}. They "
            f"still count; `check` tells whether your solution holds."
        )


def counted(number: int, one: str, more: str) -> str:
    """Say a number of things."""
    return f"{number} {one if number == 1 else more}"


def count(name: str, practice: Practice, chosen: Iterable[Exercise]) -> Text:
    """Count what is solved of some exercises."""
    signs = [mark(each, practice) for each in chosen]
    solved = signs.count(SOLVED)
    said = Text(f"  {name:16}{solved:3} of {len(signs):2}  ")
    said.append("".join(f"[{sign}]" for sign in signs), QUIET)
    return said
