"""Your package under every test: CPython's own suite, and the promises.

    stdlib │ mini │ yours     passed of all, side by side

The first two columns change with the text and the Python only, so they are
kept in `.cache/`.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from companion.environment import CACHE, ROOT
from companion.practise import yours
from companion.practise.folder import Practice
from companion.practise.journal import CUT, VARIABLE
from companion.practise.judge import Verdict
from companion.processes import run_group
from companion.suites.comparison import EXPECTED
from companion.suites.run import Runner, Suite

SUITE = Suite("test_socketserver", resources=("network", "walltime", "cpu"))
PROMISES = "tests/conformance"
SIDES = ("stdlib", "mini", "yours")
TEST_LIMIT = 10  # seconds for one test of a package that may hang
LIMIT = 600.0  # seconds for all
PATIENCE = 3  # tests of the suite that do not end
FIRST, SHOWN = 5, 100  # failures that are listed, characters of each
KEPT = CACHE / "practise.json"
ROW = "{:34}{:>14}{:>14}{:>14}"

Say = Callable[..., None]
Score = dict[str, int]  # passed, failed, skipped


@dataclass
class Failure:
    """A test that failed, what it said, and what it is about."""

    test: str
    message: str = ""
    about: tuple[str, ...] = ()


@dataclass
class Result:
    """How one kind of tests came out; `cut` says why some were not run."""

    score: Score = field(default_factory=lambda: score_of(Counter()))
    failures: list[Failure] = field(default_factory=list)
    cut: str = ""


def check(practice: Practice, say: Say) -> Verdict:
    """Put the learner's package together and let all tests loose on it."""
    missing = yours.assemble(practice)
    folder = yours.folder(practice)
    say(f"Your package: {practice.shown(folder)}. This takes a minute or two.")
    scores = known()
    if not scores:
        say("First, once: the original and the mini, to compare with.")
        scores = {
            side: {
                "suite": suite(side, None).score,
                "conformance": promises(side).score,
            }
            for side in SIDES[:2]
        }
        keep(scores)
    say(f"CPython's {SUITE.name} on yours ...")
    own = {"suite": suite("yours", folder)}
    say("The promises of the text on yours ...")
    own["conformance"] = promises(str(folder), say)
    scores["yours"] = {name: each.score for name, each in own.items()}
    say(*table(scores))
    return verdict(own, missing, practice)


def verdict(
    own: dict[str, Result], missing: list[str], practice: Practice
) -> Verdict:
    """Say whether all tests have passed, and which have not."""
    failed = [name for name, each in own.items() if not is_clean(each.score)]
    happened = ", ".join(
        f"{own[name].score['failed']} tests of the {name} fail"
        for name in failed
    )
    cuts = [own[name].cut for name in failed if own[name].cut]
    if cuts:
        happened += f"; {cuts[0]}, so the rest was not run"
    if missing:
        happened += f"; still to be written: {', '.join(missing)}"
    return Verdict(
        passed=not failed,
        kept=len(own) - len(failed),
        total=len(own),
        promise=next(iter(failed), ""),
        promised="all tests pass on your package" if failed else "",
        happened=happened.removeprefix("; ") if failed else "",
        unfinished=bool(missing) and bool(failed),
        details=tuple(
            line
            for name in failed
            for line in shown(name, own[name], practice)
        ),
    )


def shown(name: str, result: Result, practice: Practice) -> Iterator[str]:
    """List the first tests that failed, and whose exercise is concerned."""
    if not result.failures:
        return
    yield f"The first that fail of the {name}:"
    for each in result.failures[:FIRST]:
        message = f": {each.message[:SHOWN]}" if each.message else ""
        yield f"  {in_short(each.test)}{message}"
        if exercise := exercise_of(each.about, practice):
            yield f"    about {each.about[0]}, see {exercise}"


def in_short(test: str) -> str:
    """Return a test's name without what all have in common."""
    return re.sub(r"^.*/|^test\.test_|\byours-|\[yours\]$", "", test)


def exercise_of(about: tuple[str, ...], practice: Practice) -> str:
    """Name the exercise that one of some symbols was written in, if any."""
    for symbol in about:
        for exercise in yours.fills(practice.exercises):
            owner = symbol.partition(".")[0]
            if {symbol, owner}.intersection(exercise.symbols):
                return exercise.id
    return ""


def is_clean(score: Score) -> bool:
    """Tell whether tests ran and none has failed."""
    return score["passed"] > 0 and not score["failed"]


def table(scores: dict[str, dict[str, Score]]) -> Iterator[str]:
    """Draw the table, a line each."""
    yield ROW.format("passed of all", *SIDES)
    for name, told in (
        ("suite", f"CPython's {SUITE.name}"),
        ("conformance", "promises of the text"),
    ):
        cells = []
        for side in SIDES:
            score = scores[side][name]
            ran = score["passed"] + score["failed"]
            cells.append(f"{score['passed']} of {ran}")
        yield ROW.format(told, *cells)


# -- The two suites


def suite(side: str, impl: Path | None) -> Result:
    """Run CPython's own tests on one side.

    What fails on every package, and is no defect of it, counts as skipped.
    """
    runner = Runner(impl, test_limit=TEST_LIMIT, patience=PATIENCE)
    try:
        run = runner.run(SUITE, original=side == "stdlib")
    finally:
        runner.close()
    words: Counter[str] = Counter()
    result = Result(cut=run.cut)
    for test, outcome in run.outcomes.items():
        excused = side != "stdlib" and test in EXPECTED
        word = "skipped" if excused else outcome.word
        words[word] += 1
        if word == "failed":
            result.failures.append(Failure(test, outcome.message))
    if run.cut:
        words["failed"] += 1
    result.score = score_of(words)
    return result


def promises(impl: str, say: Say = lambda *_: None) -> Result:
    """Run the promises on one side; tell by `say` how far that is."""
    with tempfile.TemporaryDirectory() as folder:
        journal = Path(folder, "journal")
        journal.touch()
        reader = Reader(journal, say)
        run_pytest(impl, journal, reader.read)
        reader.read()
        return reader.result()


class Reader:
    """Reads the journal of the promises while it is written."""

    def __init__(self, path: Path, say: Say) -> None:
        self.path, self.say = path, say
        self.count, self.told, self.cut = 0, 0, ""
        self.words: dict[str, str] = {}
        self.failures: dict[str, Failure] = {}

    def read(self) -> None:
        """Take in what is there, and tell at each quarter."""
        text = self.path.read_text(encoding="utf-8")
        whole, _, _ = text.rpartition("\n")
        for line in whole.splitlines():
            self.take(json.loads(line))
        quarter = 4 * len(self.words) // self.count if self.count else 0
        if self.told < quarter < 4:
            failed = len(self.failures)
            self.say(f"  {len(self.words)} of {self.count}, {failed} fail")
        self.told = max(quarter, self.told)

    def take(self, entry: dict[str, Any]) -> None:
        """Take in one line; twice the same is once."""
        if entry["event"] == "begin":
            self.count = entry["count"]
        elif entry["event"] == "cut":
            self.cut = CUT
        elif entry["word"] == "failed":
            test, about = entry["test"], tuple(entry["about"])
            self.words[test] = "failed"
            if not self.failures:
                self.say(f"  the first that fails: {in_short(test)}")
            self.failures[test] = Failure(test, entry["message"], about)
        else:
            self.words.setdefault(entry["test"], entry["word"])

    def result(self) -> Result:
        """Return what it came to: what was not run has not passed."""
        score = score_of(Counter(self.words.values()))
        cut = self.cut
        if not cut and (not self.count or len(self.words) < self.count):
            cut = "the tests did not come to their end"
            score["failed"] += 1
        return Result(score, list(self.failures.values()), cut)


def run_pytest(
    impl: str, journal: Path, meanwhile: Callable[[], None]
) -> None:
    """Run the promises, in a session that is killed when it is over."""
    command = [sys.executable, "-m", "pytest", PROMISES, f"--impl={impl}"]
    command += ["-q", "--tb=short", "-p", "no:cacheprovider"]
    command += ["-p", "no:randomly", "-p", "companion.practise.journal"]
    command += [f"--timeout={TEST_LIMIT}"]
    environment = os.environ | {
        "PYTHONDONTWRITEBYTECODE": "1",
        VARIABLE: str(journal),
    }
    environment.pop("PYTEST_ADDOPTS", None)
    run_group(command, ROOT, environment, LIMIT, meanwhile)


def score_of(words: Counter[str]) -> Score:
    """Return the three figures."""
    return {name: words[name] for name in ("passed", "failed", "skipped")}


# -- What is kept


def key() -> str:
    """Name the text, the promises and the Python that runs."""
    summed = hashlib.sha256(platform.python_version().encode())
    for folder in ("minisocketserver", PROMISES):
        for path in sorted((ROOT / folder).glob("*.py")):
            summed.update(path.read_bytes())
    return summed.hexdigest()


def known() -> dict[str, dict[str, Score]]:
    """Return what is known of the original and the mini, if anything."""
    try:
        kept: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept["scores"] if kept.get("key") == key() else {}


def keep(scores: dict[str, dict[str, Score]]) -> None:
    """Remember what the original and the mini came to."""
    CACHE.mkdir(exist_ok=True)
    kept = {"key": key(), "scores": scores}
    KEPT.write_text(json.dumps(kept) + "\n", encoding="utf-8")
