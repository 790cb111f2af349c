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
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from companion.environment import CACHE, ROOT
from companion.practise import yours
from companion.practise.folder import Practice
from companion.practise.judge import Verdict
from companion.processes import run_group
from companion.suites.comparison import EXPECTED
from companion.suites.run import Runner, Suite

SUITE = Suite("test_socketserver", resources=("network", "walltime", "cpu"))
PROMISES = "tests/conformance"
SIDES = ("stdlib", "mini", "yours")
TEST_LIMIT = 10  # seconds for one test of a package that may hang
LIMIT = 600.0  # seconds for all
KEPT = CACHE / "practise.json"
ROW = "{:34}{:>14}{:>14}{:>14}"

Say = Callable[..., None]
Score = dict[str, int]  # passed, failed, skipped


def check(practice: Practice, say: Say) -> Verdict:
    """Put the learner's package together and let all tests loose on it."""
    missing = yours.assemble(practice)
    folder = yours.folder(practice)
    say(f"Your package: {practice.shown(folder)}. This takes a minute or two.")
    scores = known()
    if not scores:
        scores = {
            side: {"suite": suite(side, None), "conformance": promises(side)}
            for side in SIDES[:2]
        }
        keep(scores)
    own = {
        "suite": suite("yours", folder),
        "conformance": promises(str(folder)),
    }
    scores["yours"] = own
    say(*table(scores))
    return verdict(own, missing)


def verdict(own: dict[str, Score], missing: list[str]) -> Verdict:
    """Say whether all tests have passed."""
    failed = [name for name, score in own.items() if not is_clean(score)]
    happened = ", ".join(
        f"{own[name]['failed']} tests of the {name} fail" for name in failed
    )
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
    )


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


def suite(side: str, impl: Path | None) -> Score:
    """Run CPython's own tests on one side.

    What fails on every package, and is no defect of it, counts as skipped.
    """
    runner = Runner(impl, test_limit=TEST_LIMIT)
    try:
        run = runner.run(SUITE, original=side == "stdlib")
    finally:
        runner.close()
    words: Counter[str] = Counter()
    for test, outcome in run.outcomes.items():
        excused = side != "stdlib" and test in EXPECTED
        words["skipped" if excused else outcome.word] += 1
    if run.cut:
        words["failed"] += 1
    return score_of(words)


def promises(impl: str) -> Score:
    """Run the promises on one side."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        run_pytest(impl, report)
        try:
            cases = ET.parse(report).iter("testcase")
        except (OSError, ET.ParseError):  # it was ended, or cannot begin
            return score_of(Counter(failed=1))
        return score_of(Counter(map(word, cases)))


def run_pytest(impl: str, report: Path) -> None:
    """Run the promises, in a session that is killed when it is over."""
    command = [sys.executable, "-m", "pytest", PROMISES, f"--impl={impl}"]
    command += ["-q", "--tb=no", "-p", "no:cacheprovider", "-p", "no:randomly"]
    command += [f"--timeout={TEST_LIMIT}", f"--junit-xml={report}"]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    run_group(command, ROOT, environment, LIMIT)


def word(case: ET.Element) -> str:
    """Return how a test ended."""
    kinds = {each.tag for each in case}
    if kinds & {"failure", "error"}:
        return "failed"
    return "skipped" if "skipped" in kinds else "passed"


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
