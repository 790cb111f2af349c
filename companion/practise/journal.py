"""A plugin of pytest's: how each promise came out, as soon as it is known.

    pytest -p companion.practise.journal ──▶ $PRACTISE_JOURNAL, lines of JSON

A package whose loop hangs would make each test wait for its time. So after a
few in a row that did, the rest is not run.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

VARIABLE = "PRACTISE_JOURNAL"
PATIENCE = 3  # tests in a row that wait in vain
IN_VAIN = re.compile(r"\(waited [\d.]+ s\)|Timeout|timed out|TimeoutError")
CUT = f"{PATIENCE} tests in a row did not end in time"


class Journal:
    """What is written down, and how many in a row have waited in vain."""

    def __init__(self, path: Path) -> None:
        self.path, self.in_vain = path, 0
        self.about: dict[str, list[str]] = {}

    def write(self, **entry: object) -> None:
        """Write one line, at once."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Write how many there are, and remember what each is about."""
        for item in session.items:
            marks = item.iter_markers("about")
            self.about[item.nodeid] = [
                each for mark in marks for each in mark.args
            ]
        self.write(event="begin", count=len(session.items))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write how a test came out: once, or twice if its end failed."""
        if report.when == "call" or not report.passed:
            said = message(report)
            hung = report.failed and bool(IN_VAIN.search(said))
            self.write(
                event="outcome",
                test=report.nodeid,
                word=report.outcome,
                message=said,
                about=self.about.get(report.nodeid, []),
            )
            if report.when == "call":
                self.in_vain = self.in_vain + 1 if hung else 0

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        """Give up where nothing ends."""
        if self.in_vain >= PATIENCE:
            self.write(event="cut")
            item.session.shouldstop = CUT


def message(report: Any) -> str:
    """Return what a test that failed says, in a line."""
    crash = getattr(report.longrepr, "reprcrash", None)
    said = str(crash.message if crash else report.longrepr or "").strip()
    return said.splitlines()[0] if said and report.failed else ""


def pytest_configure(config: pytest.Config) -> None:
    """Begin, where somebody has asked for a journal."""
    if path := os.environ.get(VARIABLE):
        config.pluginmanager.register(Journal(Path(path)), "practise-journal")
