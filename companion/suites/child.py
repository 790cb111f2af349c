"""Run one of CPython's suites, and write down how each test ended.

`companion.suites.run` starts this in a process of its own. What it writes is a
journal: a line of JSON as each test starts and another as it ends, so that
what was seen until then survives a crash, a deadlock or a kill.
"""

# ruff: noqa: N802, N815 (the names are those of unittest's own hooks)

import faulthandler
import http.server
import json
import os
import socketserver
import sys
import sysconfig
import traceback
import unittest
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO, Any

from test import support


class Journal(unittest.TestResult):
    """A test result that is written down at once, line by line."""

    def __init__(self, file: IO[str], limit: float) -> None:
        super().__init__()
        self.file, self.limit = file, limit
        self.pid = os.getpid()

    def write(self, event: str, **entry: str) -> None:
        """Append one line, whole and at once."""
        self.file.write(json.dumps({"event": event, **entry}) + "\n")
        self.file.flush()

    def outcome(
        self, test: Any, word: str, message: str = "", detail: str = ""
    ) -> None:
        """Write how `test` ends; a part of a test speaks for the whole."""
        escaped = os.getpid() != self.pid
        if escaped:
            word, message = "failed", "a forked child came back to its caller"
        name = getattr(test, "test_case", test).id()
        self.write(
            "outcome", test=name, word=word, message=message, detail=detail
        )
        if escaped:
            # It would run the rest of the suite a second time.
            os._exit(1)

    def startTest(self, test: unittest.TestCase) -> None:
        """Write that `test` starts, and set a limit to it."""
        super().startTest(test)
        self.write("started", test=test.id())
        faulthandler.dump_traceback_later(
            self.limit, exit=True, file=sys.__stderr__
        )

    def stopTest(self, test: unittest.TestCase) -> None:
        """Write that `test` is over, and take its limit away."""
        super().stopTest(test)
        faulthandler.cancel_dump_traceback_later()
        self.write("stopped", test=test.id())

    def addSuccess(self, test: unittest.TestCase) -> None:
        """Write a pass."""
        self.outcome(test, "passed")

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        """Write a skip and its reason."""
        self.outcome(test, "skipped", reason)

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        """Write a failure: one line, and its traceback."""
        kind, error, _ = err
        first = (str(error).splitlines() or [""])[0]
        trace = "".join(traceback.format_exception(*err))
        self.outcome(test, "failed", f"{kind.__name__}: {first}", trace)

    addFailure = addError

    def addExpectedFailure(self, test: unittest.TestCase, err: Any) -> None:
        """Write a pass: the suite knows that this one fails."""
        self.outcome(test, "passed")

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        """Write a failure: the suite says that this one cannot pass."""
        self.outcome(test, "failed", "passes where the suite says it cannot")

    def addSubTest(
        self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any
    ) -> None:
        """Write a part of a test if it fails."""
        if err is not None:
            self.addError(test, err)


def tests_of(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    """Every test in `suite`, however deep it lies, in order."""
    for member in suite:
        if isinstance(member, unittest.TestSuite):
            yield from tests_of(member)
        else:
            yield member


def wanted(test: unittest.TestCase, order: dict[str, Any]) -> bool:
    """Whether the order asks for this test."""
    name = test.id()
    if name in order["without"]:
        return False
    if order["only"] is not None:
        return name in order["only"]
    return any(fnmatchcase(name, glob) for glob in order["select"])


def check_side(*, original: bool) -> None:
    """Make sure that this process stands on what it is meant to stand on.

    Raises RuntimeError if `socketserver`, or the server that `http.server`
    builds on it, comes from the wrong place.
    """
    base = http.server.HTTPServer.__mro__[1]
    stdlib = Path(sysconfig.get_path("stdlib"), "socketserver.py")
    is_stdlib = Path(sys.modules[base.__module__].__file__ or "") == stdlib
    if base is not socketserver.TCPServer or is_stdlib is not original:
        raise RuntimeError(f"the wrong socketserver: {socketserver!r}")


def run(order: dict[str, Any], journal: Journal) -> str:
    """Run the tests that `order` asks for; the reason if all are skipped."""
    support.use_resources = order["resources"]
    try:
        found = unittest.defaultTestLoader.loadTestsFromName(order["suite"])
    except unittest.SkipTest as reason:
        return str(reason)
    chosen = [test for test in tests_of(found) if wanted(test, order)]
    unittest.TestSuite(chosen).run(journal)
    return ""


def main() -> None:
    """Take the order from standard input, the journal's path from argv."""
    order = json.load(sys.stdin)
    check_side(original=order["original"])
    with Path(sys.argv[1]).open("a", encoding="utf-8") as file:
        journal = Journal(file, order["limit"])
        journal.write("ended", message=run(order, journal))


if __name__ == "__main__":
    main()
