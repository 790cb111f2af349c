"""A copy of the checkout in which the library may be broken.

The mutation check works here. The checkout itself is never touched, and
whatever a broken library leaves behind, processes and files, goes with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from companion.environment import ROOT
from companion.mutants.mistakes import Mutation
from companion.processes import run_group

SUITE = "tests/conformance"
COPIED = (
    "pyproject.toml",
    "minisocketserver",
    "companion",
    "tests/conftest.py",
    SUITE,
)
TEST_LIMIT = 5  # seconds for one test of a broken library
RUN_LIMIT = 60  # seconds for pytest itself, whatever happens
SLACK = 5  # times as long as expected a run may take


@dataclass(frozen=True)
class Outcome:
    """What a run of tests came to.

    `failed` is the test that did, or that `hung`; `broken` says that there
    was no test to fail, because nothing could be imported.
    """

    failed: str | None = None
    hung: bool = False
    broken: bool = False


class Lab:
    """A copy of the checkout in which the library can be broken."""

    def __init__(self, folder: Path, root: Path = ROOT) -> None:
        self.root = folder / "checkout"
        self.journal = folder / "journal"
        self.scratch = folder / "tmp"
        self.scratch.mkdir(parents=True)
        self.age = 0
        ignored = shutil.ignore_patterns("__pycache__")
        for name in COPIED:
            source, target = root / name, self.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=ignored)
            elif source.exists():
                shutil.copy(source, target)

    @contextlib.contextmanager
    def broken(
        self, name: str, source: str, mutation: Mutation
    ) -> Iterator[None]:
        """Put a mistake into a module of the library; take it out again."""
        path = self.root / "minisocketserver" / f"{name}.py"
        try:
            self.write(path, mutation.apply(source))
            yield
        finally:
            self.write(path, source)

    def write(self, path: Path, source: str) -> None:
        """Write a file that is younger than all before it, by a second.

        Python keeps compiled files by size and second, and a mistake may
        change neither.
        """
        path.write_text(source, encoding="utf-8")
        self.age += 1
        os.utime(path, (self.age, self.age))

    def run(
        self, tests: Sequence[str], seconds: float, *, trace: bool = False
    ) -> Outcome:
        """Run tests up to the first that fails.

        They are ended when they take much longer than so many `seconds`.
        """
        self.journal.unlink(missing_ok=True)
        command = [sys.executable, "-m", "pytest", "-q", "-x", "--tb=no"]
        command += ["-p", "companion.mutants.reach", "-p", "no:cacheprovider"]
        command += ["-p", "no:randomly", "-p", "no:xdist", "--impl=mini"]
        command += ["-W", "ignore::SyntaxWarning", f"--timeout={TEST_LIMIT}"]
        environment = os.environ | {
            "COMPANION_REACH": str(self.journal),
            "TMPDIR": str(self.scratch),
        }
        environment.pop("PYTHONPATH", None)
        environment.pop("PYTEST_ADDOPTS", None)
        if trace:
            folder = self.root / "minisocketserver"
            environment["COMPANION_TRACE"] = f"{folder}{os.sep}"
        limit = RUN_LIMIT + SLACK * seconds
        command += tests
        return self.outcome(run_group(command, self.root, environment, limit))

    def entries(self) -> list[dict[str, Any]]:
        """Read what the plugin wrote."""
        if not self.journal.exists():
            return []
        lines = self.journal.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def outcome(self, status: int | None) -> Outcome:
        """Tell what a run came to; its status is None if it was killed."""
        entries = self.entries()
        for entry in entries:
            if entry["event"] == "failed":
                return Outcome(failed=entry["test"], hung=entry["hung"])
        started = [entry for entry in entries if entry["event"] == "start"]
        if status is None and started:
            return Outcome(failed=started[-1]["test"], hung=True)
        return Outcome(broken=status != 0)
