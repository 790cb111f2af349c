"""Run one side of one of CPython's suites, in processes of its own.

A side is the original, or an implementation in its place. Its tests run in a
fresh folder, in a child process with a time limit, and what the child leaves
behind is ended and removed. The child is `companion.suites.child`.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from companion.environment import ROOT
from companion.processes import end_group

STANDIN = ROOT / "companion" / "standin"

TEST_LIMIT = 60.0  # seconds for one test: several times the slowest
SUITE_LIMIT = 300.0  # seconds for one side of one suite

# A module may end Python while it is imported, and leave status 0.
IMPORTED = "socketserver is imported"

LATE = "did not end in time"

# A test may end in several parts; the worst of them counts.
RANK = ("passed", "skipped", "failed")


@dataclass(frozen=True)
class Suite:
    """A suite of the interpreter, and which of its tests are wanted.

    `select` holds patterns of test names; `resources` what regrtest's
    option -u would allow.
    """

    name: str
    select: tuple[str, ...] = ("*",)
    resources: tuple[str, ...] = ("walltime", "cpu")


@dataclass(frozen=True)
class Outcome:
    """How one test ended: passed, skipped or failed, and what it said.

    `message` has one line, `detail` the traceback or the output.
    """

    word: str
    message: str = ""
    detail: str = ""


Outcomes = dict[str, Outcome]


@dataclass
class Run:
    """One side of one suite: how its tests ended, and its time.

    `skipped` is the reason if the suite skipped itself as a whole, `cut`
    what ended it before its last test.
    """

    outcomes: Outcomes = field(default_factory=dict)
    seconds: float = 0.0
    skipped: str = ""
    cut: str = ""

    def count(self, word: str) -> int:
        """How many tests ended so."""
        return Counter(o.word for o in self.outcomes.values())[word]

    def add(self, test: str, outcome: Outcome) -> None:
        """Take in how a test, or a part of it, ended."""
        known = self.outcomes.get(test)
        if not known or RANK.index(outcome.word) > RANK.index(known.word):
            self.outcomes[test] = outcome


class Runner:
    """Runs sides of suites. May be used by several threads at once.

    `impl` is the file or folder of the implementation that takes the
    original's place: the mini if there is none. `close` ends what still
    runs; what is asked for later comes back empty. After `patience` tests
    in a row that did not end in time, if given, the rest is not run.
    """

    def __init__(
        self,
        impl: Path | None = None,
        *,
        test_limit: float = TEST_LIMIT,
        suite_limit: float = SUITE_LIMIT,
        patience: int = 0,
    ) -> None:
        self.impl = impl
        self.test_limit = test_limit
        self.suite_limit = suite_limit
        self.patience = patience
        self.closed = False
        self.children: set[subprocess.Popen[bytes]] = set()

    def close(self) -> None:
        """End every process that still runs."""
        self.closed = True
        for child in list(self.children):
            end_group(child)

    def complaint(self) -> str:
        """What befell the implementation on its import, or nothing."""
        code = f"import http.server; print({IMPORTED!r})"
        try:
            found = subprocess.run(
                [sys.executable, "-c", code],
                env=self.environment(original=False),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=self.test_limit,
            )
        except subprocess.TimeoutExpired:
            return f"did not finish importing in {self.test_limit:g} s"
        if IMPORTED in found.stdout:
            return ""
        lines = found.stderr.strip().splitlines() or ["it ends Python"]
        return f"cannot be imported: {lines[-1]}"

    def environment(self, *, original: bool) -> dict[str, str]:
        """Return the variables under which a side runs."""
        path = [ROOT] if original else [STANDIN, ROOT]
        chosen = {"PYTHONPATH": os.pathsep.join(map(str, path))}
        if self.impl and not original:
            chosen["SOCKETSERVER_IMPL"] = str(self.impl)
        return {**os.environ, **chosen}

    def run(
        self,
        suite: Suite,
        *,
        original: bool,
        only: Iterable[str] | None = None,
    ) -> Run:
        """Run one side of `suite`, or `only` the tests of these names.

        A test that takes its process down with it counts as failed, and the
        tests behind it run in a new process while there is time.
        """
        run, start = Run(), time.monotonic()
        order = {
            "suite": f"test.{suite.name}",
            "select": suite.select,
            "resources": suite.resources,
            "only": None if only is None else list(only),
            "original": original,
            "limit": self.test_limit,
        }
        goes_on = True
        while goes_on and not self.closed:
            left = start + self.suite_limit - time.monotonic()
            order["without"] = list(run.outcomes)
            goes_on = self.part(run, order, left)
            if goes_on and 0 < self.patience <= late(run):
                run.cut = f"{self.patience} tests in a row did not end in time"
                goes_on = False
        run.seconds = time.monotonic() - start
        return run

    def both(
        self, suite: Suite, only: Iterable[str] | None = None
    ) -> tuple[Run, Run]:
        """Run the original's side, then the other."""
        return (
            self.run(suite, original=True, only=only),
            self.run(suite, original=False, only=only),
        )

    def part(self, run: Run, order: dict[str, object], left: float) -> bool:
        """Run one process and read its journal; whether another is due."""
        # The name is short: a Unix socket's path has about 100 bytes.
        with tempfile.TemporaryDirectory(
            prefix="suite", ignore_cleanup_errors=True
        ) as folder:
            how, output = self.child(order, Path(folder), left)
            journal = Path(folder, "journal").read_text(encoding="utf-8")
        before = len(run.outcomes)
        if read(journal, run, Outcome("failed", how, output)):
            return False
        in_time = not how.startswith("time limit")
        # A process that gets no further than the one before never will.
        if in_time and len(run.outcomes) > before:
            return True
        run.cut = how
        return False

    def child(
        self, order: dict[str, object], folder: Path, left: float
    ) -> tuple[str, str]:
        """Run a process in `folder`: how it ended, and what it printed."""
        journal, output = folder / "journal", folder / "output"
        journal.touch()
        with output.open("wb") as file:
            child = subprocess.Popen(
                [sys.executable, "-m", "companion.suites.child", journal],
                stdin=subprocess.PIPE,
                stdout=file,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={
                    **self.environment(original=bool(order["original"])),
                    "TMPDIR": str(folder),
                },
                start_new_session=True,
            )
        self.children.add(child)
        try:
            child.communicate(json.dumps(order).encode(), timeout=left)
            how = ""
        except subprocess.TimeoutExpired:
            how = f"time limit of {self.suite_limit:.0f} s"
        finally:
            self.children.discard(child)
            end_group(child)
        text = output.read_text(encoding="utf-8", errors="replace")
        return how or last_words(text, child.returncode), text


def late(run: Run) -> int:
    """Count the tests at the end, in a row, that did not end in time."""
    count = 0
    for outcome in reversed(run.outcomes.values()):
        if not outcome.message.startswith(LATE):
            break
        count += 1
    return count


def last_words(output: str, status: int) -> str:
    """How a process ended: what the interpreter says, or its status."""
    for line in output.splitlines():
        if line.startswith("Timeout ("):
            return f"{LATE}: {line}"
        if line.startswith("Fatal Python error"):
            return line
    lines = output.strip().splitlines()
    return f"exit status {status}" + (f": {lines[-1]}" if lines else "")


def read(journal: str, run: Run, broken: Outcome) -> bool:
    """Put a journal into `run`; whether it was written to its end.

    If not, the test that was running has ended as `broken`. So has a module
    or a fixture, where no test was running.
    """
    running = "between two tests"
    for line in journal.splitlines():
        entry = json.loads(line)
        if entry["event"] == "started":
            running = entry["test"]
        elif entry["event"] == "stopped":
            running = "between two tests"
        elif entry["event"] == "outcome":
            outcome = Outcome(entry["word"], entry["message"], entry["detail"])
            run.add(entry["test"], outcome)
        else:
            run.skipped = entry["message"]
            return True
    run.add(running, broken)
    return False
