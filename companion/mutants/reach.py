"""A pytest plugin: which lines of the library does each test reach?

The mutation check loads it by `-p companion.mutants.reach` and tells it by two
environment variables what to do. It writes lines of JSON, each at once and
with nothing kept back, because a test may fork, hang, or be killed.

    COMPANION_REACH    the file to write to
    COMPANION_TRACE    the folder to trace; without it, only the tests that
                       start, pass and fail are written down
"""

import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol


class Reach:
    """Write down what happens, test by test."""

    def __init__(self, journal: str, folder: str | None) -> None:
        self.descriptor = os.open(
            journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT
        )
        self.folder = folder
        self.seen: set[tuple[str, int]] = set()

    def write(self, **entry: object) -> None:
        """Append one line; whole, also when two processes write at once."""
        os.write(self.descriptor, f"{json.dumps(entry)}\n".encode())

    def pytest_runtest_protocol(
        self, item: pytest.Function, nextitem: pytest.Item | None
    ) -> bool:
        """Run a test; one that fails gets a second chance.

        On a busy machine a test may fail for reasons of its own, and a
        mistake that nobody has noticed must not count as noticed.
        """
        self.write(event="start", test=item.nodeid, at=time.monotonic())
        self.seen.clear()
        with self.tracing():
            reports = runtestprotocol(item, nextitem=nextitem, log=False)
        failed = [report for report in reports if report.failed]
        if failed and not any(map(_hung, failed)):
            reports = runtestprotocol(item, nextitem=nextitem, log=False)
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
            if report.failed:
                hung = _hung(report)
                self.write(event="failed", test=item.nodeid, hung=hung)
        self.write(event="end", test=item.nodeid, at=time.monotonic())
        return True

    @contextlib.contextmanager
    def tracing(self) -> Iterator[None]:
        """Follow this thread, and all that it starts."""
        if self.folder:
            threading.settrace(self.trace_call)
            sys.settrace(self.trace_call)
        yield
        sys.settrace(None)
        threading.settrace(None)

    def trace_call(self, frame: FrameType, event: str, _: object) -> Any:
        """Follow the functions of the library, and no others."""
        if frame.f_code.co_filename.startswith(str(self.folder)):
            return self.trace_line(frame, event, None)
        return None

    def trace_line(self, frame: FrameType, event: str, _: object) -> Any:
        """Write a line down when this process reaches it first."""
        if event == "line":
            place = frame.f_code.co_filename, frame.f_lineno
            if place not in self.seen:
                self.seen.add(place)
                name = Path(frame.f_code.co_filename).stem
                self.write(event="line", module=name, line=frame.f_lineno)
        return self.trace_line


def _hung(report: pytest.TestReport) -> bool:
    """Whether it was pytest-timeout that ended the test."""
    return "Failed: Timeout" in report.longreprtext


def pytest_configure(config: pytest.Config) -> None:
    """Start to write, if we were told where to."""
    journal = os.environ.get("COMPANION_REACH")
    if journal:
        folder = os.environ.get("COMPANION_TRACE")
        config.pluginmanager.register(Reach(journal, folder), "reach")
