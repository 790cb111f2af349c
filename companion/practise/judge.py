"""What became of the learner's code, in words: kept, broken, and why.

replies of the warden ──▶ Verdict(passed, broken promise, known mistake)
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from companion.practise.answers import (
    NOTHING,
    RESET,
    answers_in,
    is_gap,
    plain,
    same,
    told_of,
    value_of,
    wrong_answer,
)
from companion.practise.format import (
    REFERENCE,
    Catch,
    Exercise,
    ExerciseError,
    Fill,
    Mistake,
    Predict,
)
from companion.practise.runner import Runner
from companion.practise.splice import NONE, NOT_FILLED, locate
from companion.practise.trial import ENDED
from companion.practise.warden import FORKS, GONE, LATE, LIMIT, STORM

TOO_LATE = f"it did not come to an end, and was stopped after {LIMIT:g} s"
TOO_MANY = f"it made more than {FORKS} processes, and was stopped"


@dataclass(frozen=True)
class Ending:
    """What went wrong first: the promise, what happened, and in which line.

    What is `plain` says by itself what is wrong, whichever promise was being
    checked.
    """

    promise: str
    happened: str
    line: int = 0
    plain: bool = False


@dataclass(frozen=True)
class Verdict:
    """What a check came to.

    `kept` counts the promises that were kept before one was not, `promise`
    is the key of that one, `promised` and `happened` say it in words. `line`
    is a place in the learner's file, 0 if there is none. `unfinished` is a
    file that nobody has completed yet. `answers` are what a run has given to
    the questions of a `Predict`. `details` are lines below all that.
    """

    passed: bool
    kept: int = 0
    total: int = 0
    promise: str = ""
    promised: str = ""
    happened: str = ""
    line: int = 0
    code: str = ""
    mistake: Mistake | None = None
    unfinished: bool = False
    printed: str = ""
    answers: dict[str, object] = field(default_factory=dict)
    details: tuple[str, ...] = ()


class Judge:
    """Checks learners' files, with the help of a runner."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.known: dict[str, dict[str, object]] = {}

    def check(self, exercise: Exercise, source: str, name: str) -> Verdict:
        """Check a file; `name` is what tracebacks call it."""
        try:
            tree = ast.parse(source)
        except SyntaxError as error:
            return self.no_python(exercise, source, error)
        except ValueError as error:  # a zero byte in it
            return self.no_python(exercise, source, SyntaxError(str(error)))
        if isinstance(exercise, Predict):
            return self.predict(exercise, source, tree, name)
        if not isinstance(exercise, Catch):
            return self.trials(exercise, source, name, [""])
        # On the text first: where it fails there, the rest tells nothing.
        verdict = self.trials(exercise, source, name, [REFERENCE])
        if verdict.passed:
            plants = [plant.name for plant in exercise.plants]
            verdict = self.trials(exercise, source, name, plants, kept=1)
        return verdict

    def no_python(
        self, exercise: Exercise, source: str, error: SyntaxError
    ) -> Verdict:
        """Say that a file is not Python, and where."""
        return Verdict(
            passed=False,
            total=len(exercise.promises()),
            promised="your file is Python",
            happened=f"Python cannot read it: {error.msg}",
            line=error.lineno or 0,
            code=_line(source, error.lineno or 0),
        )

    # -- Fill, catch

    def trials(
        self,
        exercise: Exercise,
        source: str,
        name: str,
        parts: list[str],
        kept: int = 0,
    ) -> Verdict:
        """Have each part tried; tell of the first that does not come out."""
        replies = self.runner.trials(
            [order(exercise, source, name, part) for part in parts]
        )
        for part, reply in zip(parts, replies, strict=True):
            verdict = verdict_of(exercise, source, name, part, reply)
            if not verdict.passed:
                return replace(verdict, kept=verdict.kept + kept)
            kept += verdict.kept
        return replace(verdict, kept=kept)

    def side_by_side(
        self, exercise: Exercise, sources: list[str], name: str
    ) -> list[Verdict]:
        """Have several solutions of a `Fill` tried at the same time."""
        replies = self.runner.trials(
            [order(exercise, source, name, "") for source in sources]
        )
        return [
            verdict_of(exercise, source, name, "", reply)
            for source, reply in zip(sources, replies, strict=True)
        ]

    # -- Predict

    def predict(
        self, exercise: Predict, source: str, tree: ast.Module, name: str
    ) -> Verdict:
        """Compare the learner's answers with those of a run."""
        right = self.answers(exercise)
        given, remarks = answers_in(exercise, tree)
        kept, details = 0, tuple(remarks)
        for question in exercise.questions:
            node = given.get(question.name)
            line = node.lineno if node is not None else 0
            value = value_of(node)
            if value is not NOTHING and same(value, right[question.name]):
                kept += 1
                continue
            return Verdict(
                passed=False,
                kept=kept,
                total=len(exercise.questions),
                promise=question.name,
                promised=" ".join(question.asks.split()),
                happened=told_of(exercise, question, node, right),
                line=line,
                code=_line(source, line),
                mistake=wrong_answer(exercise, question.name, value),
                unfinished=node is not None and is_gap(node),
                answers=right,
                details=details,
            )
        return Verdict(
            passed=True,
            kept=kept,
            total=kept,
            answers=right,
            details=details,
        )

    def answers(self, exercise: Predict) -> dict[str, object]:
        """Have the program run, once, and return what it answers."""
        if exercise.digest not in self.known:
            (reply,) = self.runner.trials([order(exercise, "", "", "")])
            self.known[exercise.digest] = answers_of(exercise, reply)
        return self.known[exercise.digest]


def order(
    exercise: Exercise, source: str, name: str, part: str
) -> dict[str, object]:
    """Write down what is to be tried."""
    return {
        "exercise": str(exercise.path),
        "source": source,
        "name": name,
        "part": part,
    }


def verdict_of(
    exercise: Exercise,
    source: str,
    name: str,
    part: str,
    reply: dict[str, Any],
) -> Verdict:
    """Tell what a trial of one part came to."""
    promises = exercise.promises()
    found = Verdict(
        passed=True,
        kept=1 if part else len(promises),
        total=len(promises),
        printed=reply["printed"],
    )
    ending = ending_of(reply, name)
    if isinstance(exercise, Catch) and part != REFERENCE:
        ending = caught(ending)
    if ending is None:
        return found
    key = ending.promise or part
    unfinished = ending.happened == NOT_FILLED
    promised = "" if unfinished else in_words(promises, key)
    if key == "import" and ending.happened.startswith(NONE):
        promised = MISSING
    code = relevant(exercise, source)
    return replace(
        found,
        passed=False,
        kept=0 if part else count_kept(reply, key),
        promise=key,
        promised=promised,
        happened=ending.happened,
        line=ending.line,
        code=_line(source, ending.line),
        mistake=known(exercise.mistakes, key, code, ending),
        unfinished=unfinished,
    )


def answers_of(exercise: Predict, reply: dict[str, Any]) -> dict[str, object]:
    """Read the answers that a program gave in its trial."""
    for found in reply["found"]:
        if found["event"] == "answers":
            return {
                name: plain(ast.literal_eval(value))
                for name, value in found["answers"].items()
            }
    raise ExerciseError(
        f"{exercise.id}: the program gives no answers: {reply['printed']}"
    )


IMPORT = "your file can be imported"
MISSING = "there is in your file what was asked for"


def in_words(promises: dict[str, str], key: str) -> str:
    """Say what was promised."""
    return promises.get(key, IMPORT)


def count_kept(reply: dict[str, Any], key: str) -> int:
    """Count the promises that were kept before `key` was broken."""
    return sum(
        found["event"] == "kept" and found["promise"] != "import"
        for found in reply["found"]
    )


def ending_of(reply: dict[str, Any], name: str) -> Ending | None:
    """Return what went wrong first."""
    running = ""
    slips: list[dict[str, Any]] = []
    for found in reply["found"]:
        if found["event"] == "start":
            running, slips = found["promise"], []
        elif found["event"] == "slip":
            slips.append(found)
        elif found["event"] == "broken":
            return with_slip(found, slips)
        elif found["event"] in ("unfinished", "syntax"):
            what = found["what"]
            if what.startswith(NONE):
                what += f": {RESET}"
            return Ending("import", what, found["line"], plain=True)
    line = place_in(reply["stack"], name)
    happened = {
        LATE: f"{TOO_LATE}{waiting(line)}",
        STORM: TOO_MANY,
        GONE: f"{ENDED}, with status {reply['status']}",
    }.get(reply["how"])
    if happened is None:
        return None
    return Ending(running, happened, line, plain=True)


def with_slip(broken: dict[str, Any], slips: list[dict[str, Any]]) -> Ending:
    """Put the first slip of the pen before what came of it."""
    happened, line = broken["happened"], broken["line"]
    plain = broken["plain"]
    if slips and slips[0]["what"] not in happened:
        first = slips[0]
        happened, line = f"{first['what']}. And so: {happened}", first["line"]
        plain = True
    return Ending(broken["promise"], happened, line, plain)


def waiting(line: int) -> str:
    """Say where it waited, if that is known."""
    return f": it was in line {line}" if line else ""


def place_in(stack: str, name: str) -> int:
    """Return the innermost line of the learner's file in a stack."""
    found = re.search(rf'File "{re.escape(name)}", line (\d+)', stack)
    return int(found[1]) if found else 0


def caught(ending: Ending | None) -> Ending | None:
    """Turn what came of a test on a plant round: it should have failed."""
    if ending is None:
        return Ending("", "your test passes there all the same")
    return ending if ending.promise == "import" else None


def relevant(exercise: Exercise, source: str) -> str:
    """Return the part of the file that matters, in one spelling.

    Comments, docstrings and line breaks are gone, so that a pattern can be
    looked for in it.
    """
    tree = ast.parse(source)
    names: Iterable[str] = ()
    if isinstance(exercise, Fill):
        names = exercise.symbols
    elif isinstance(exercise, Catch):
        names = (exercise.test(),)
    nodes = [locate(tree, name) for name in names]
    return "\n".join(ast.unparse(node) for node in nodes if node)


def known(
    mistakes: Iterable[Mistake], key: str, code: str, ending: Ending
) -> Mistake | None:
    """Return the mistake that fits best: those with patterns go first.

    What is plain enough as it is gets no guess: a pattern has to fit.
    """
    fitting = [
        each
        for each in mistakes
        if each.fails == key
        and each.fits(code, ending.happened)
        and (each.patterns or not ending.plain)
    ]
    fitting.sort(key=lambda each: -each.patterns)
    return fitting[0] if fitting else None


def _line(source: str, number: int) -> str:
    lines = source.splitlines()
    return lines[number - 1].strip() if 0 < number <= len(lines) else ""
