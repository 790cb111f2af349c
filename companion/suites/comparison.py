"""`suites`: CPython's own tests, on the original and on the mini.

A drop-in for `socketserver` must let everything pass that passes on the
original. So each suite of the running interpreter that stands on
`socketserver` runs twice: on the original, and with the mini in its place.
A *regression* is a test that passes on the original and not on the mini.

What looks like one runs again, alone, on both sides. It is called a
regression if it comes out the same, and *unsteady* if it does not.
"""

import argparse
import importlib.util
import json
import os
import platform
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from companion.options import writable
from companion.suites.run import (
    SUITE_LIMIT,
    TEST_LIMIT,
    Outcome,
    Outcomes,
    Run,
    Runner,
    Suite,
)

# All that starts a server of `socketserver`, found by watching
# `BaseServer.__init__` in every suite that imports it, also by way of
# others. A suite is cut down only where most of it starts none, and what is
# left out stands beside it. The longest come first, so that no core is idle
# at the end. The resource `network` is given only where it means this
# machine; elsewhere it means the internet.
SUITES = (
    Suite("test_imaplib"),
    Suite(  # the rest tries texts
        "test_pydoc", select=("*PydocServerTest.*",)
    ),
    Suite("test_xmlrpc"),
    Suite(
        "test_logging",
        select=(  # the rest takes longer than these together
            "*SocketHandlerTest.*",
            "*SysLogHandlerTest.*",
            "*DatagramHandlerTest.*",
            "*HTTPHandlerTest.*",
            "*ConfigDictTest.*",
        ),
    ),
    Suite("test_docxmlrpc"),
    Suite("test_urllib2_localnet"),
    Suite("test_httpservers"),
    Suite("test_socketserver", resources=("network", "walltime", "cpu")),
    Suite("test_asyncio.test_sock_lowlevel"),
    Suite(  # the rest tries event loops alone
        "test_asyncio.test_events",
        select=("*EventLoopTests.test_create_*connection*",),
    ),
    Suite("test_asyncio.test_streams"),
    Suite(  # the rest reads from sockets that are none
        "test_httplib", select=("*HTTPSTest.*",)
    ),
    Suite(  # the rest has a server of its own
        "test_ssl", select=("*ThreadedTests.test_socketserver",)
    ),
    Suite("test_wsgiref"),
    Suite("test_robotparser"),
)

# What fails on a package and is no defect of it. A test that stops failing
# is reported, so that this list cannot outlive its reasons.
EXPECTED = {
    "test.test_socketserver.MiscTestCase.test_all": (
        "it counts only the classes whose `__module__` is 'socketserver'; in "
        "a package each class names the module that it stands in"
    ),
}

# The tests mostly wait, so there may be more of them than there are cores.
WORKERS = 2 * (os.cpu_count() or 1)


@dataclass
class Report:
    """What the two sides of a suite say about each other."""

    name: str
    original: Run
    mini: Run
    regressions: Outcomes = field(default_factory=dict)
    unsteady: Outcomes = field(default_factory=dict)
    expected: Outcomes = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    @property
    def same(self) -> int:
        """How many tests pass on both sides."""
        both = self.original.outcomes.keys() & self.mini.outcomes.keys()
        return sum(
            self.original.outcomes[test].word
            == self.mini.outcomes[test].word
            == "passed"
            for test in both
        )

    @property
    def failed(self) -> int:
        """How many things are wrong."""
        return len(self.regressions) + len(self.errors)

    @property
    def verdict(self) -> str:
        """The last column of the table."""
        found = {
            "ERRORS": self.errors,
            "REGRESSIONS": self.regressions,
            "unsteady": self.unsteady,
            "expected": self.expected,
        }
        said = [f"{len(what)} {name}" for name, what in found.items() if what]
        return ", ".join(said) or self.original.skipped or "no regression"


# -- Comparing

NOT_RUN = Outcome("failed", "did not run")


def lost(original: Outcomes, mini: Outcomes) -> Outcomes:
    """Tell what fails or is missing on the mini alone, as it ends there.

    Not only tests: a module or a fixture that fails has a name of its own.
    """
    passing = {
        test for test, outcome in original.items() if outcome.word == "passed"
    }
    ends = {test: mini.get(test, NOT_RUN) for test in original} | mini
    return {
        test: outcome
        for test, outcome in ends.items()
        if (test in passing and outcome.word != "passed")
        or (test not in original and outcome.word == "failed")
    }


def compare(
    name: str,
    original: Run,
    mini: Run,
    again: Callable[[Iterable[str] | None], tuple[Run, Run]],
    expected: Iterable[str] = (),
    *,
    strict: bool = True,
) -> Report:
    """Judge the two sides of a suite.

    `again` runs the tests of these names, or all, once more on both sides.
    The tests in `expected` may fail on the mini; if this is `strict`, they
    must, where the original has them.
    """
    report = Report(name, original, mini)
    if original.cut:
        report.errors.append(f"the original did not end: {original.cut}")
    elif not original.outcomes and not original.skipped:
        report.errors.append("not one test is selected")
    suspects = lost(original.outcomes, mini.outcomes)
    for test in original.outcomes.keys() & expected:
        if test in suspects:
            report.expected[test] = suspects.pop(test)
        elif strict:
            report.errors.append(f"{test} is expected to fail, and does not")
    if suspects:
        are_tests = suspects.keys() <= original.outcomes.keys()
        first, second = again(suspects if are_tests else None)
        still = lost(first.outcomes, second.outcomes).keys()
        for test, outcome in suspects.items():
            verdict = report.regressions if test in still else report.unsteady
            verdict[test] = outcome
    return report


# -- Telling

ROW = "{:<30}{:>6}  {:>13}  {:>13}  {:>12}  {}"
FOOTER = "A REGRESSION is a test that passes on the original, and only there."


def heading(impl: str) -> str:
    """Return the two lines on top of the table."""
    counts = "pass/fail/skip"
    return "\n".join(
        (
            ROW.format("", "", "original", impl, "seconds", ""),
            ROW.format("suite", "tests", counts, counts, "each", "verdict"),
        )
    )


def row(report: Report) -> str:
    """Return one suite's line of the table."""
    sides = report.original, report.mini
    words = "passed", "failed", "skipped"
    return ROW.format(
        report.name,
        len(report.original.outcomes),
        *("/".join(str(run.count(word)) for word in words) for run in sides),
        " / ".join(f"{run.seconds:.1f}" for run in sides),
        report.verdict,
    )


def stories(report: Report) -> Iterable[str]:
    """Tell what there is to say about single tests, a line each."""
    for error in report.errors:
        yield f"ERROR in {report.name}: {error}"
    for test, outcome in report.regressions.items():
        yield f"REGRESSION: {test}: {outcome.message}"
    for test, outcome in report.unsteady.items():
        yield (
            f"Unsteady, so it ran again and did not come out the same: "
            f"{test}: {outcome.message}"
        )
    for test in report.expected:
        yield f"Expected to fail: {test}: {EXPECTED[test]}."


def figures(reports: Sequence[Report], missing: int) -> str:
    """Sum up: passing on both sides, wrong, and neither.

    A suite that this Python does not have counts as one that is skipped.
    """
    same = sum(report.same for report in reports)
    failed = sum(report.failed for report in reports)
    rest = missing + sum(
        len(report.original.outcomes.keys() - report.regressions)
        for report in reports
    )
    return f"{same} passed, {failed} failed, {rest - same} skipped"


def write_json(path: Path, reports: Sequence[Report]) -> None:
    """Write all that is known, with each test's traceback."""
    content = {
        "python": platform.python_version(),
        "suites": [asdict(report) for report in reports],
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


# -- The command


def is_here(suite: Suite) -> bool:
    """Whether this Python's `test` package has the suite.

    Only looked up: an import would start to run it.
    """
    package = importlib.util.find_spec("test")
    folders = (package and package.submodule_search_locations) or ()
    for folder in folders:
        path = Path(folder, *suite.name.split("."))
        if path.is_dir() or path.with_suffix(".py").is_file():
            return True
    return False


def split(names: Sequence[str] | None) -> tuple[list[Suite], list[Suite]]:
    """Find the suites of these names, or all: those here, those missing."""
    here, missing = [], []
    for suite in SUITES:
        if not names or suite.name in names:
            (here if is_here(suite) else missing).append(suite)
    return here, missing


def run_all(
    suites: Sequence[Suite], runner: Runner, expected: Iterable[str]
) -> list[Report]:
    """Run and compare the suites; print a row for each as it ends."""
    reports = []
    print(heading(runner.impl.name if runner.impl else "mini"), flush=True)
    with ThreadPoolExecutor(WORKERS) as pool, closing(runner):
        # Both sides start together, so that both meet the same machine.
        sides = [
            [
                pool.submit(runner.run, suite, original=original)
                for original in (True, False)
            ]
            for suite in suites
        ]
        for suite, (original, mini) in zip(suites, sides, strict=True):
            report = compare(
                suite.name,
                original.result(),
                mini.result(),
                partial(runner.both, suite),
                expected,
                strict=not runner.impl,
            )
            print(row(report), flush=True)
            reports.append(report)
    return reports


def seconds(text: str) -> float:
    """Read a time that a test may take."""
    try:
        if 0 < float(text) <= SUITE_LIMIT:
            return float(text)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(
        f"{text!r} is no positive number of seconds, {SUITE_LIMIT:.0f} at most"
    )


def arguments(argv: list[str]) -> argparse.Namespace:
    """Read what the caller asks for."""
    parser = argparse.ArgumentParser(
        prog="python3 -m companion suites",
        description="Run CPython's own tests on the original and the mini.",
    )
    parser.add_argument(
        "--suite",
        action="append",
        choices=[suite.name for suite in SUITES],
        metavar="NAME",
        help="run only this suite, as test_xmlrpc (may be repeated)",
    )
    parser.add_argument(
        "--impl",
        type=Path,
        metavar="PATH",
        help="a module's file or a package's folder in the mini's place",
    )
    parser.add_argument(
        "--limit",
        type=seconds,
        default=TEST_LIMIT,
        metavar="SECONDS",
        help="end a test that takes longer (default: %(default)s)",
    )
    parser.add_argument(
        "--json",
        type=writable,
        metavar="FILE",
        help="write all results there",
    )
    return parser.parse_args(argv)


def complaint(impl: Path | None, runner: Runner) -> str:
    """Say in a sentence why the implementation cannot be tried, if so."""
    if impl and not impl.exists():
        return f"There is no implementation at {impl}."
    if found := runner.complaint():
        return f"{impl or 'minisocketserver'} {found}."
    return ""


def main(argv: list[str]) -> int:
    """Run the command.

    Return 0 if there is no regression, 1 if there is one, 2 if the
    implementation cannot be tried at all.
    """
    options = arguments(argv)
    here, missing = split(options.suite)
    for suite in missing:
        print(
            f"{suite.name}: skipped, because the `test` package of this "
            "Python has no such suite (on Debian: libpython3-testsuite)."
        )
    if not here:
        print(figures([], len(missing)))
        return 0
    impl = options.impl and options.impl.resolve()
    runner = Runner(impl, test_limit=options.limit)
    if problem := complaint(impl, runner):
        print(problem, file=sys.stderr)
        return 2
    is_package = not impl or impl.is_dir()
    reports = run_all(here, runner, EXPECTED if is_package else ())
    print(FOOTER)
    for report in reports:
        for line in stories(report):
            print(line)
    if options.json:
        write_json(options.json, reports)
    print(figures(reports, len(missing)))
    return 1 if any(report.failed for report in reports) else 0
