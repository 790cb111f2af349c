"""The practice folder: the learner's files, and how far they are.

    practice/
        progress.json           what is solved; yours to read
        06_mixins/who_is_asked.py   an exercise each, made when it is reached
        yours/                  the package that your solved pieces add up to
        backup/                 what `reset` has put aside

A file of the learner's is never overwritten: `reset` keeps what was there.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from companion.environment import ROOT, TroubleError
from companion.practise import blanks
from companion.practise.format import Exercise

PRACTICE = ROOT / "practice"
PROGRESS = "progress.json"
NAMED = 6  # exercises that a name may mean, until it says too little


@dataclass
class Record:
    """What is known of one exercise.

    `solved` is the day, "" if it is not. `content` names the exercise as it
    was then.
    """

    solved: str = ""
    content: str = ""
    hints: int = 0
    tries: int = 0
    skipped: bool = False


@dataclass
class Progress:
    """How far a learner is: kept in a file that they can read."""

    level: str = "guided"
    current: str = ""
    exercises: dict[str, Record] = field(default_factory=dict)

    def of(self, exercise: Exercise) -> Record:
        """Return the record of an exercise, a new one if there is none."""
        return self.exercises.setdefault(exercise.id, Record())


class Practice:
    """The practice folder, and the exercises that it is about.

    `notes` are things to tell the learner, a sentence each.
    """

    def __init__(
        self, exercises: Sequence[Exercise], folder: Path = PRACTICE
    ) -> None:
        self.exercises = list(exercises)
        self.folder = folder
        self.notes: list[str] = []
        self.progress = self.read()

    # -- The state

    def read(self) -> Progress:
        """Read how far the learner is; a damaged file is put aside."""
        path = self.folder / PROGRESS
        try:
            text = path.read_text(encoding="utf-8")
            found, bad = progress_from(text)
        except FileNotFoundError:
            return Progress()
        except OSError as error:
            raise unwritable(error, path) from error
        except (ValueError, TypeError, AttributeError):
            aside = free(path.with_suffix(".damaged"))
            with written(path):
                path.rename(aside)
            self.notes.append(
                f"{self.shown(path)} could not be read and is "
                f"{aside.name} from here on. Your files are as they were; "
                f"`check` each solved one again to have it counted."
            )
            return Progress()
        if bad:
            aside = free(path.with_suffix(".damaged"))
            with written(path):
                aside.write_text(text, encoding="utf-8")
            self.notes.append(
                f"In {self.shown(path)} some of this could not be used: "
                f"{', '.join(bad)}. The rest counts, and the file as it was "
                f"is {aside.name}."
            )
        return found

    def catch_up(self) -> None:
        """Take over what was noted in another window; stay where we are."""
        path = self.folder / PROGRESS
        # Gone or damaged: what is known here is written in its place.
        with contextlib.suppress(
            OSError, ValueError, TypeError, AttributeError
        ):
            noted, _ = progress_from(path.read_text(encoding="utf-8"))
            self.progress = replace(noted, current=self.progress.current)

    def save(self) -> None:
        """Write down how far the learner is, whole or not at all."""
        path = self.folder / PROGRESS
        known = {
            name: asdict(record)
            for name, record in self.progress.exercises.items()
            if record != Record()
        }
        state = {
            "level": self.progress.level,
            "current": self.progress.current,
            "exercises": known,
        }
        with written(path):
            self.folder.mkdir(parents=True, exist_ok=True)
            whole = path.with_suffix(".new")
            whole.write_text(json.dumps(state, indent=2) + "\n", "utf-8")
            whole.replace(path)

    # -- Which exercise

    @property
    def current(self) -> Exercise:
        """The exercise that the learner is at."""
        for exercise in self.exercises:
            if exercise.id == self.progress.current:
                return exercise
        return self.next_open() or self.exercises[-1]

    def next_open(self) -> Exercise | None:
        """Return what comes after the current one and is to be done.

        Those that were skipped come back at the end. None if all is done.
        """
        names = [each.id for each in self.exercises]
        here = 0
        if self.progress.current in names:
            here = names.index(self.progress.current) + 1
        ring = self.exercises[here:] + self.exercises[:here]
        todo = [each for each in ring if not self.is_solved(each)]
        fresh = [each for each in todo if not self.progress.of(each).skipped]
        return next(iter([*fresh, *todo]), None)

    def go(self, exercise: Exercise) -> Path:
        """Make an exercise the current one; return its file."""
        self.catch_up()
        self.progress.current = exercise.id
        path = self.make(exercise)
        self.save()
        return path

    def is_solved(self, exercise: Exercise) -> bool:
        """Tell whether an exercise was solved, in whatever version."""
        return bool(self.progress.of(exercise).solved)

    def solved(self) -> int:
        """Count what is solved."""
        return sum(map(self.is_solved, self.exercises))

    def find(self, name: str) -> Exercise:
        """Find an exercise by its name, a part of it, or its chapter.

        Of a chapter, it is the first exercise that is to be done.
        """
        name = name.removesuffix(".py").strip("/")
        name = name.removeprefix(f"{self.folder.name}/")
        if name.isdigit():
            number = f"{int(name):02}_"
            found = [e for e in self.exercises if e.id.startswith(number)]
            todo = [each for each in found if not self.is_solved(each)]
            for each in (*todo, *found):
                return each
        for matches in (
            lambda each: each.id == name,
            lambda each: each.id.partition("/")[2] == name,
            lambda each: name in each.id,
        ):
            found = [each for each in self.exercises if matches(each)]
            if len(found) == 1:
                return found[0]
            if found:
                names = ", ".join(each.id for each in found[:NAMED])
                if len(found) > NAMED:
                    names += f" or {len(found) - NAMED} others"
                raise TroubleError(f"{name!r} may be {names}: say which.")
        raise TroubleError(
            f"There is no exercise {name!r}. `list` shows what there is."
        )

    # -- The learner's files

    def path(self, exercise: Exercise) -> Path:
        """Return where the learner's file is, or will be."""
        return self.folder / f"{exercise.id}.py"

    def shown(self, path: Path) -> str:
        """Return a path as it is shown: short, where that is possible."""
        with contextlib.suppress(ValueError):
            return str(path.relative_to(ROOT))
        return str(path)

    def make(self, exercise: Exercise) -> Path:
        """Make the learner's file, unless it is there."""
        path = self.path(exercise)
        with written(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError), path.open("x") as file:
                file.write(blanks.shipped(exercise, self.progress.level))
        return path

    def source(self, exercise: Exercise) -> str:
        """Read the learner's file; a missing one is made anew."""
        path = self.make(exercise)
        try:
            return path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise TroubleError(
                f"{self.shown(path)} is not text in UTF-8: save it as such, "
                f"or `reset` the exercise."
            ) from None
        except OSError as error:
            raise unwritable(error, path) from error

    def is_untouched(self, exercise: Exercise) -> bool:
        """Tell whether the learner's file is as it was made."""
        made = {blanks.shipped(exercise, each) for each in blanks.LEVELS}
        return self.path(exercise).read_text("utf-8", "replace") in made

    def reset(self, exercise: Exercise) -> Path | None:
        """Begin an exercise anew; return where the old file went, if any."""
        path, aside = self.path(exercise), None
        with written(path):
            if path.exists() and not self.is_untouched(exercise):
                aside = free(self.folder / "backup" / f"{exercise.id}.py")
                aside.parent.mkdir(parents=True, exist_ok=True)
                path.rename(aside)
            path.unlink(missing_ok=True)
        self.catch_up()
        self.progress.exercises.pop(exercise.id, None)
        self.make(exercise)
        self.save()
        return aside

    # -- What happens to an exercise

    def tried(self, exercise: Exercise, *, passed: bool) -> None:
        """Note a check that was made, and how it came out."""
        self.catch_up()
        record = self.progress.of(exercise)
        if not record.solved:
            record.tries += 1
        if passed:
            record.solved = record.solved or str(datetime.date.today())
            record.content = exercise.digest
            record.skipped = False
        self.save()

    def hint(self, exercise: Exercise) -> int:
        """Take one more hint; return how many that makes."""
        self.catch_up()
        record = self.progress.of(exercise)
        record.hints = min(record.hints + 1, len(exercise.hints))
        self.save()
        return record.hints

    def skip(self, exercise: Exercise) -> Exercise | None:
        """Leave an exercise for later; return what comes instead."""
        self.catch_up()
        self.progress.of(exercise).skipped = True
        self.progress.current = exercise.id
        self.save()
        after = self.next_open()
        if after is not None:
            self.go(after)
        return after


def progress_from(text: str) -> tuple[Progress, list[str]]:
    """Read the state, and name what of it cannot be used.

    Raises ValueError, TypeError or AttributeError if all of it is damaged.
    """
    state = json.loads(text)
    bad = []
    level = state.get("level", "guided")
    if level not in blanks.LEVELS:
        bad.append("level")
        level = "guided"
    records = {}
    for name, noted in state.get("exercises", {}).items():
        known = asdict(Record())
        fields = noted if isinstance(noted, dict) else {}
        good = {
            each: value
            for each, value in fields.items()
            if each in known and type(value) is type(known[each])
        }
        if good != noted:
            bad.append(name)
        records[str(name)] = Record(**good)
    return Progress(level, str(state.get("current", "")), records), bad


def free(path: Path) -> Path:
    """Return a path that is not taken: name.py, name.1.py, name.2.py."""
    number, found = 0, path
    while found.exists():
        number += 1
        found = path.with_suffix(f".{number}{path.suffix}")
    return found


@contextlib.contextmanager
def written(path: Path) -> Iterator[None]:
    """Say in a sentence when something cannot be written."""
    try:
        yield
    except OSError as error:
        raise unwritable(error, path) from error


def unwritable(error: OSError, path: Path) -> TroubleError:
    """Return the sentence about a folder that is not ours to write."""
    why = os.strerror(error.errno or 0)
    return TroubleError(
        f"{error.filename or path} cannot be used ({why}): "
        f"the exercises keep your files in a folder of their own. Give "
        f"another one with --folder, or make it writable."
    )
