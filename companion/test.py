"""`test`: everything that can fail, one step after the other."""

import argparse
import os
import subprocess
import sys
import time

from companion.environment import (
    ROOT,
    TroubleError,
    find_browser,
    in_ci,
)
from companion.processes import supervised

Step = tuple[str, list[str]]  # a heading, and what Python is to run

CHECKS: list[Step] = [
    ("Lint", ["ruff", "check", "."]),
    ("Format", ["ruff", "format", "--check", "."]),
    ("Types of the library", ["mypy"]),
    ("Comments of the library", ["companion", "lint"]),
]
TESTS = ["pytest", "-n", "auto", "--dist", "loadgroup"]
SITE = "tests/site"
NOTEBOOKS = "tests/notebooks"
EVERY_PYTHON: Step = ("The library on every Python that is here", ["nox"])


def main(argv: list[str]) -> int:
    """Run every step, whatever becomes of it; 1 if one has failed."""
    options = parse(argv)
    if not os.access(ROOT, os.W_OK):
        raise TroubleError(
            f"{ROOT} cannot be written, and the tools that check it keep "
            f"their caches there: put the checkout where you may write."
        )
    results = {}
    if not options.quick:
        results["A browser for the site"] = look_for_browser()
    for heading, module in [*CHECKS, *tests(options)]:
        results[heading] = run(heading, module)
    return summarise(results)


def tests(options: argparse.Namespace) -> list[Step]:
    """List the runs of the tests that the command line asks for."""
    if options.quick:
        quick = [*TESTS, "tests/conformance", "--impl=mini", "--tb=short"]
        quick += options.pytest
        return [("Promises, on the mini", quick)]
    if options.pytest:
        return [("Tests", [*TESTS, *options.pytest]), EVERY_PYTHON]
    # These steps have tested this Python, whose suites alone are left.
    heading, nox = EVERY_PYTHON
    here = ".".join(map(str, sys.version_info[:2]))
    # Apart, because a browser is a child process that stays for the whole
    # run, and the tests that fork have opinions on children.
    return [
        ("Tests", [*TESTS, f"--ignore={SITE}", f"--ignore={NOTEBOOKS}"]),
        ("The notebooks", [*TESTS, NOTEBOOKS]),
        ("The site in a browser", [*TESTS, SITE]),
        (heading, [*nox, "--", f"tested={here}"]),
    ]


def parse(argv: list[str]) -> argparse.Namespace:
    """Read the command line; what follows `--` is for pytest."""
    parser = argparse.ArgumentParser(
        prog="python3 -m companion test",
        description="Run the checks and the tests: all of them, also after "
        "a failure.",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="only the checks, and the promises on the mini: for after a save",
    )
    parser.add_argument(
        "pytest",
        nargs="*",
        metavar="-- ARGUMENT",
        help="handed on to pytest: -- -k shutdown",
    )
    return parser.parse_args(argv)


def look_for_browser() -> bool:
    """Say where the browser tests stand; only CI must have a browser."""
    title("A browser for the site")
    if browser := find_browser():
        print(browser)
        return True
    print(
        "No Chromium was found: the tests that look at the site in a browser "
        "are left out. Install chromium (Debian: sudo apt install chromium)."
    )
    return not in_ci()


def run(heading: str, arguments: list[str]) -> bool:
    """Run Python's module with `arguments`; tell whether all is well."""
    title(heading)
    began = time.monotonic()
    command = [sys.executable, "-m", *arguments]
    with supervised(
        command, grace=5, cwd=ROOT, stdin=subprocess.DEVNULL
    ) as program:
        status = program.wait()
    print(f"({time.monotonic() - began:.0f} s)")
    return status == 0


def title(heading: str) -> None:
    """Print a heading, easy to find in a long output."""
    print(f"\n=== {heading} ===")


def summarise(results: dict[str, bool]) -> int:
    """Print how each step went and how many; return the exit status."""
    title("Summary")
    for heading, passed in results.items():
        print(f"{'passed' if passed else 'FAILED'}  {heading}")
    passed = sum(results.values())
    failed = len(results) - passed
    print(f"\nSteps: {passed} passed, {failed} failed")
    return 1 if failed else 0
