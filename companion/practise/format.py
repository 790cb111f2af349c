"""What is an exercise? A file of `tests/exercises`, read.

Three kinds, and a last one. `Predict` asks what a program does, and lets the
program answer. `Fill` takes code out of the text. `Catch` asks for a test that
tells the text from copies with a mistake in them. `Whole` puts all of it
together. How one is written is told in `tests/exercises/README.md`.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import ClassVar

from companion.environment import ROOT, TroubleError
from companion.implementation import load

EXERCISES = ROOT / "tests" / "exercises"
PROMISE = "promise_"  # how the names of a fill's promises begin
REFERENCE = "reference"  # the promise of a test to pass on the text
NUMBER = re.compile(r"\d+_")

Edit = tuple[str, str]


class ExerciseError(TroubleError):
    """An exercise that is not well made: said to its author."""


@dataclass(frozen=True)
class Mistake:
    """A plausible wrong solution, and what is said to whoever makes it.

    `name` calls it by its name. `symptom` is what one sees of it, `reason`
    why that is so. `fails` names the promise, the question or the plant that
    notices it first. Where several are noticed by the same, a pattern tells
    them apart: the solution `has` or `lacks` some code, or what happened is
    `said` so. The mistake itself is an `edit` of the solution, one or more
    pairs of old and new code, or the wrong `answer` to a question.
    """

    name: str
    reason: str
    fails: str
    edit: tuple[Edit, ...] | Edit = ()
    symptom: str = ""
    has: str = ""
    lacks: str = ""
    said: str = ""
    answer: object = None

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The edits, also where there is one."""
        if self.edit and isinstance(self.edit[0], str):
            return ((self.edit[0], self.edit[1]),)  # type: ignore[arg-type]
        return self.edit  # type: ignore[return-value]

    @property
    def patterns(self) -> int:
        """How many patterns it has: the more, the surer it is."""
        return sum(map(bool, (self.has, self.lacks, self.said)))

    def fits(self, code: str, happened: str) -> bool:
        """Tell whether code that failed has made this mistake."""
        return (
            (not self.has or bool(re.search(self.has, code)))
            and not (self.lacks and re.search(self.lacks, code))
            and (not self.said or bool(re.search(self.said, happened)))
        )


@dataclass(frozen=True)
class Plant:
    """A mistake in the text, for a test of the learner's to catch.

    `promised` is the promise that it breaks, said to whose test lets it by.
    """

    name: str
    symbol: str
    edit: tuple[Edit, ...] | Edit
    promised: str

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The edits, also where there is one."""
        if isinstance(self.edit[0], str):
            return ((self.edit[0], self.edit[1]),)  # type: ignore[arg-type]
        return self.edit  # type: ignore[return-value]


@dataclass(frozen=True)
class Question:
    """A question about a program; the program has the answer.

    `name` is the variable that the learner gives the answer to. `choices`
    are offered, if there are any.
    """

    name: str
    asks: str
    choices: tuple[object, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """What every exercise has: what it teaches, its hints, its mistakes.

    `learned` is said after success. `hints` go from a nudge to nearly the
    answer. `difficulty` is 1 to 5. `module` is the author's file.
    """

    kind: ClassVar[str]

    teaches: str
    learned: str
    hints: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    difficulty: int
    covers: tuple[str, ...] = ()
    path: Path = field(default=EXERCISES, compare=False)
    module: ModuleType = field(default=None, compare=False)  # type: ignore[assignment]

    @cached_property
    def chapter(self) -> str:
        """The chapter's folder: 06_mixins."""
        return self.path.parent.name

    @cached_property
    def id(self) -> str:
        """The name that stays when exercises are put in another order."""
        return f"{self.chapter}/{NUMBER.sub('', self.path.stem, count=1)}"

    @cached_property
    def title(self) -> str:
        """The first line of what the author's file says."""
        return self.text.partition("\n")[0]

    @cached_property
    def task(self) -> str:
        """The rest of it: what is to be done."""
        return self.text.partition("\n")[2].strip()

    @cached_property
    def text(self) -> str:
        """The author's docstring."""
        return inspect.cleandoc(self.module.__doc__ or "")

    @cached_property
    def digest(self) -> str:
        """Name the exercise's content: another one is another exercise."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()[:12]

    @cached_property
    def page(self) -> str:
        """The chapter's page, from the root of the checkout."""
        slug = self.chapter.replace("_", "-", 1)
        return f"docs/en/guide/{slug}.md"

    def promises(self) -> dict[str, str]:
        """Name what is checked, in that order, and say what is promised."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Predict(Exercise):
    """Questions about a `program`, which is run to get their answers.

    The author's file has a function `answers(seen)`: it is given what the
    program left, its names as attributes and what it printed as the list of
    lines `seen.printed`, and returns an answer for each question.
    """

    kind = "predict"

    program: str
    questions: tuple[Question, ...]

    def promises(self) -> dict[str, str]:
        """Each question is one."""
        return {each.name: each.asks for each in self.questions}

    def listing(self) -> str:
        """The program, as the learner is shown it."""
        return textwrap.dedent(self.program).strip("\n")


@dataclass(frozen=True, kw_only=True)
class Fill(Exercise):
    """Some methods or classes of the text, for the learner to write.

    The author's file has functions `promise_...(yours)`, whose docstring is
    the promise. Each is given the text with the learner's code in it, as a
    package, and fails as a test does.

    Without any one statement of the solution, a promise is broken; those
    for which that is not so stand in `survives`, by their first line, with
    the reason.
    """

    kind = "fill"

    symbols: tuple[str, ...]
    survives: Mapping[str, str] = field(default_factory=dict)

    def promises(self) -> dict[str, str]:
        """Each function of that name, in the order of the file."""
        return {
            name.removeprefix(PROMISE): _promise(function)
            for name, function in self.functions()
        }

    def functions(self) -> Iterator[tuple[str, Callable[..., object]]]:
        """Yield what checks the promises, by name."""
        for name, value in list(vars(self.module).items()):
            if name.startswith(PROMISE) and inspect.isfunction(value):
                yield name, value


@dataclass(frozen=True, kw_only=True)
class Catch(Exercise):
    """A test for the learner to complete.

    The author's file has it complete, a function `test_...(lib)`; what stands
    between the lines `# <<<` and `# >>>` is taken away. It must pass on the
    text and fail on each of the `plants`.
    """

    kind = "catch"

    plants: tuple[Plant, ...]

    def promises(self) -> dict[str, str]:
        """To pass on the text, and to fail on each plant."""
        passes = "the test passes on the text as it is"
        return {REFERENCE: passes} | {
            plant.name: f"the test notices a broken promise: {plant.promised}"
            for plant in self.plants
        }

    def test(self) -> str:
        """The name of the function."""
        names = [name for name in vars(self.module) if name[:5] == "test_"]
        if len(names) != 1:
            raise ExerciseError(
                f"{self.path}: one function `test_...(lib)` is wanted, and "
                f"there are {len(names)}."
            )
        return names[0]


@dataclass(frozen=True, kw_only=True)
class Whole(Exercise):
    """The learner's package as a whole, under every test there is.

    Nothing is written: the solved pieces are put together and tried.
    """

    kind = "whole"

    def promises(self) -> dict[str, str]:
        """The two suites."""
        return {
            "suite": "CPython's own tests pass on your package as on its own",
            "conformance": "your package keeps every promise of the text",
        }


def _promise(function: Callable[..., object]) -> str:
    """Return the promise that a function checks: its docstring's start."""
    text = inspect.getdoc(function) or function.__name__
    return text.partition("\n\n")[0].replace("\n", " ")


# -- Reading them


def read(path: Path) -> Exercise:
    """Read one exercise. Raises ExerciseError if it is none."""
    name = f"exercise_{path.parent.name}_{path.stem}"
    try:
        module = load(name, path)
    except (Exception, SystemExit) as error:
        raise ExerciseError(
            f"{path}: {type(error).__name__}: {error}"
        ) from error
    found = getattr(module, "EXERCISE", None)
    if not isinstance(found, Exercise):
        raise ExerciseError(f"{path}: there is no `EXERCISE` in it.")
    object.__setattr__(found, "path", path)
    object.__setattr__(found, "module", module)
    return found


def paths(folder: Path = EXERCISES) -> list[Path]:
    """List the files of the exercises, in the order of the chapters."""
    return sorted(folder.glob("[0-9][0-9]_*/[0-9]*.py"))


def read_all(folder: Path = EXERCISES) -> list[Exercise]:
    """Read all exercises, in their order."""
    return [read(path) for path in paths(folder)]


def source_of(exercise: Exercise) -> tuple[str, ast.Module]:
    """Return the author's file, and its tree."""
    source = exercise.path.read_text(encoding="utf-8")
    return source, ast.parse(source)
