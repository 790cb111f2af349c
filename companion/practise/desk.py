"""Where a learner sits: the folder, the judge, and a console to tell by.

What the keys of the screen do and what the commands do is done here, once.
"""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console, RenderableType
from rich.text import Text

from companion.practise import blanks, telling, whole, yours
from companion.practise.folder import Practice
from companion.practise.format import Exercise, Fill, Predict, Whole
from companion.practise.judge import Judge, Verdict


class Desk:
    """A learner's place. `plain` means: no colours and no links."""

    def __init__(
        self, practice: Practice, judge: Judge, *, plain: bool = False
    ) -> None:
        self.practice, self.judge, self.plain = practice, judge, plain
        # `rich` looks at NO_COLOR and at the terminal by itself.
        self.console = Console(
            highlight=False,
            no_color=True if plain else None,
            color_system=None if plain else "auto",
        )

    # -- Telling

    def say(self, *what: RenderableType) -> None:
        """Print something, each on its own."""
        for each in what:
            self.console.print(each, markup=False)

    def notes(self) -> list[str]:
        """Take what has come up meanwhile."""
        notes, self.practice.notes = self.practice.notes, []
        return notes

    def introduce(self) -> None:
        """Say which exercise is on, and where its file is."""
        practice = self.practice
        exercise = practice.current
        path = practice.go(exercise)
        self.say(*self.notes())
        self.say(
            telling.bar(practice),
            telling.title(exercise, practice),
            telling.place(path, practice),
            "",
        )

    # -- Checking

    def check(self) -> Verdict:
        """Check the current exercise, tell and remember."""
        exercise = self.practice.current
        verdict = self.judged(exercise, self.say)
        self.remember(exercise, verdict)
        self.say(telling.verdict(exercise, verdict, self.practice))
        if verdict.passed:
            self.join(exercise)
        self.say(*self.notes())
        return verdict

    def judged(self, exercise: Exercise, say: Callable[..., None]) -> Verdict:
        """Check an exercise; nothing is remembered.

        What takes long tells by `say` how far it is.
        """
        if isinstance(exercise, Whole):
            return whole.check(self.practice, say)
        source = self.practice.source(exercise)
        name = self.practice.shown(self.practice.path(exercise))
        return self.judge.check(exercise, source, name)

    def remember(self, exercise: Exercise, verdict: Verdict) -> None:
        """Note how a check came out."""
        self.practice.tried(exercise, passed=verdict.passed)

    def join(self, exercise: Exercise) -> None:
        """Let a solved piece join the learner's package."""
        if isinstance(exercise, Fill):
            missing = yours.assemble(self.practice)
            where = self.practice.shown(yours.folder(self.practice))
            left = f"{len(missing)} symbols to go" if missing else "complete"
            self.practice.notes.append(f"Your package {where}: {left}.")

    # -- Helping

    def hint(self) -> None:
        """Give one more hint."""
        exercise = self.practice.current
        number = self.practice.hint(exercise)
        self.say(telling.hint(exercise, number))

    def solution(self, exercise: Exercise) -> bool:
        """Show the solution, if it was solved; tell whether it was."""
        if not self.practice.is_solved(exercise):
            self.say(
                f"{exercise.id} is not solved yet: the solution is shown "
                f"when it is. Until then there is `hint`."
            )
            return False
        self.say(telling.code(self.solved(exercise)))
        return True

    def solved(self, exercise: Exercise) -> str:
        """Return the solution."""
        answers: dict[str, object] = {}
        if isinstance(exercise, Predict):
            answers = self.judge.answers(exercise)
        return blanks.solution(exercise, answers)

    def reset(self, exercise: Exercise) -> None:
        """Begin an exercise anew."""
        aside = self.practice.reset(exercise)
        if isinstance(exercise, Fill):
            yours.assemble(self.practice)
        path = self.practice.shown(self.practice.path(exercise))
        self.say(f"{path} is as it was at the beginning.")
        if aside is not None:
            self.say(f"What you had is in {self.practice.shown(aside)}.")

    # -- Overviews

    def list(self) -> None:
        """List all exercises."""
        here = self.practice.current
        for each in telling.lines(self.practice, here):
            if self.console.is_terminal:
                self.console.print(each, no_wrap=True, overflow="ellipsis")
            else:  # a file's lines are as long as they are
                self.console.out(each.plain, highlight=False)
        self.say(telling.legend())

    def progress(self) -> None:
        """Tell how far the learner is."""
        self.say(*self.notes(), *telling.progress(self.practice))

    def levels(self) -> None:
        """Tell which levels there are, and which one is on."""
        for name, told in blanks.LEVELS.items():
            is_on = name == self.practice.progress.level
            sign = telling.HERE if is_on else " "
            self.say(Text(f"{sign} {name:10} {told}"))
        self.say("It holds for files that are made from here on: `reset NAME`")
        self.say("makes one anew, and keeps what you had.")
