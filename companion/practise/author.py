"""Is an exercise well made? What is proven before a learner sees it.

As shipped it is unfinished, its solution passes, and each mistake of its
museum fails with its own message.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator

from companion.practise import blanks
from companion.practise.format import (
    REFERENCE,
    Exercise,
    ExerciseError,
    Fill,
    Predict,
    Whole,
)
from companion.practise.judge import Judge, Verdict

NAME = "practice/exercise.py"  # what tracebacks call a file under proof
MISTAKES = range(3, 8)
HINTS = range(2, 5)
DIFFICULTIES = range(1, 6)
TELLING = 14  # characters from which on a line of code is an answer


def faults(exercise: Exercise, judge: Judge) -> Iterator[str]:
    """Yield what is wrong with an exercise, a sentence each."""
    yield from form(exercise)
    if isinstance(exercise, Whole):
        return  # proven by putting all solutions together
    answers: dict[str, object] = {}
    if isinstance(exercise, Predict):
        answers = judge.answers(exercise)
        if answers.keys() != exercise.promises().keys():
            yield f"questions and answers are not the same: {[*answers]}"
            return
    yield from gaps(exercise, judge)
    solved = blanks.solution(exercise, answers)
    verdict = judge.check(exercise, solved, NAME)
    if not verdict.passed:
        yield f"the solution fails: {told(verdict)}"
        return
    for mistake in exercise.mistakes:
        source = blanks.mistaken(exercise, mistake, answers)
        verdict = judge.check(exercise, source, NAME)
        if verdict.passed:
            yield f"{mistake.name!r} is not noticed"
        elif verdict.mistake is not mistake:
            yield f"{mistake.name!r} gets another message: {told(verdict)}"
    yield from spoilers(exercise, answers)


def gaps(exercise: Exercise, judge: Judge) -> Iterator[str]:
    """Yield the levels at which it is complete as shipped."""
    for level in blanks.LEVELS if isinstance(exercise, Fill) else ("guided",):
        source = blanks.shipped(exercise, level)
        verdict = judge.check(exercise, source, NAME)
        if verdict.passed or not verdict.unfinished:
            yield f"as shipped ({level}) it is no gap to fill: {told(verdict)}"


def told(verdict: Verdict) -> str:
    """Return a verdict in one paragraph, for an author."""
    if verdict.passed:
        return "it passes"
    name = verdict.mistake.name if verdict.mistake else "no known mistake"
    said = f"[{verdict.promise}] {verdict.happened} (line {verdict.line})"
    printed = f"\n{verdict.printed}" if verdict.printed else ""
    return f"{said} -> {name}{printed}"


def form(exercise: Exercise) -> Iterator[str]:
    """Yield what is missing or too much, before anything is run."""
    for is_so, complaint in (
        (exercise.title and exercise.task, "a title and a task"),
        (exercise.teaches and exercise.learned, "`teaches` and `learned`"),
        (exercise.difficulty in DIFFICULTIES, "a difficulty of 1 to 5"),
        (len(exercise.hints) in HINTS, "2 to 4 hints"),
        (
            len(exercise.mistakes) in MISTAKES or isinstance(exercise, Whole),
            "3 to 7 mistakes",
        ),
    ):
        if not is_so:
            yield f"it needs {complaint}"
    promises = exercise.promises()
    for mistake in exercise.mistakes:
        if mistake.fails not in {*promises, "import"}:
            yield f"{mistake.name!r} fails {mistake.fails!r}: no such promise"
        if not (mistake.symptom and mistake.reason):
            yield f"{mistake.name!r} has no symptom or no reason"
        if mistake.fails == REFERENCE and not mistake.patterns:
            yield (
                f"{mistake.name!r} needs a pattern: a test fails on the text "
                "for many reasons"
            )


def spoilers(exercise: Exercise, answers: dict[str, object]) -> Iterator[str]:
    """Yield the hints that give the answer away."""
    for number, hint in enumerate(exercise.hints, 1):
        flat = squeezed(hint)
        for line in answer_lines(exercise, answers):
            if squeezed(line) in flat:
                yield f"hint {number} contains the solution: {line.strip()}"


def answer_lines(
    exercise: Exercise, answers: dict[str, object]
) -> Iterator[str]:
    """Yield the lines that a hint must not contain."""
    if isinstance(exercise, Predict):
        for value in answers.values():
            if len(squeezed(str(value))) >= TELLING:
                yield blanks.written(value)
        return
    given = set(blanks.shipped(exercise).splitlines())
    if isinstance(exercise, Fill):
        code = blanks.fill_code(exercise, "bare")
    else:
        code = blanks.solution(exercise, answers)
    for line in code.splitlines():
        if line not in given and len(squeezed(line)) >= TELLING:
            yield line


def squeezed(text: str) -> str:
    """Return a text without white space, for comparison."""
    return re.sub(r"\s+", "", text)


def prove(exercises: Iterable[Exercise], judge: Judge) -> int:
    """Print what is wrong with some exercises; 1 if anything is."""
    wrong, count, began = 0, 0, time.monotonic()
    for exercise in exercises:
        try:
            found = list(faults(exercise, judge))
        except ExerciseError as error:
            found = [str(error)]
        wrong += len(found)
        count += 1
        print(f"{'WRONG' if found else 'good '}  {exercise.id}", flush=True)
        for fault in found:
            print(f"       {fault}")
    seconds = time.monotonic() - began
    print(f"{count} exercises, {wrong} faults ({seconds:.0f} s)")
    return 1 if wrong else 0
