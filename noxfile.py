"""The library on every Python that is here: `python -m nox`.

`library` runs the promises of `tests/conformance`, and what is quick of
`tests/mini`; `suites` lets CPython's own tests loose on the original and the
mini. What the caller has tested already on its own Python is left out by
`-- tested=3.13`.
"""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import nox

PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.14"]
PYTEST = ["pytest", "pytest-randomly", "pytest-timeout", "pytest-xdist"]

nox.options.reuse_existing_virtualenvs = True
# Said aloud, but no failure: few people have them all. CI has not either.
nox.options.error_on_missing_interpreters = False
# The suites mostly wait, so those of all Pythons run side by side.
nox.options.parallel = len(PYTHONS)

# On a Ctrl-C nox ends what it has started; on a SIGTERM it would not.
signal.signal(signal.SIGTERM, signal.default_int_handler)


@nox.session(python=PYTHONS)
def library(session):
    """The promises, on the original and on the mini, and what is ours."""
    skip_if_tested(session)
    install(session, *PYTEST)
    pytest = ["python", "-m", "pytest", "-n", "auto"]
    session.run(*pytest, "tests/conformance")
    session.run(*pytest, "tests/mini", "-m", "not slow")


@nox.session(python=PYTHONS)
def notebooks(session):
    """Every notebook, twice in one kernel of this Python."""
    skip_if_tested(session)
    groups = ("-r", "requirements/site.in", "-r", "requirements/notebooks.in")
    install(session, *groups, *PYTEST)
    session.run(
        *("python", "-m", "pytest", "-n", "auto"),
        *("tests/notebooks/test_running.py", "-k", "twice_in_one_kernel"),
    )


@nox.session(python=PYTHONS, allow_parallel=True)
def suites(session):
    """CPython's own tests, on the original and on the mini."""
    session.run("python", "-m", "companion", "suites")


def skip_if_tested(session):
    """End the session here if its tests have run on this Python."""
    if f"tested={session.python}" in session.posargs:
        session.skip("tested on this Python in an earlier step")


def install(session, *wanted):
    """Install packages as pinned, with one start of pip."""
    session.install("-q", "-c", "requirements.lock", *wanted)


def from_pyenv(minor):
    """Return the folders of pyenv's Pythons of a minor version, newest first.

    pyenv's own commands on the path refuse to run a version that nobody
    switched on; those in its folders always run.
    """
    root = os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv"
    versions = Path(root, "versions").glob(f"{minor}.*/bin")
    return sorted(versions, key=lambda path: numbers(path.parent.name))[::-1]


def numbers(version):
    """Return what sorts 3.10.13 after 3.10.2."""
    return [int(number) for number in re.findall(r"\d+", version)]


def runs(python):
    """Tell whether a command of this name is here, and works."""
    return bool(
        shutil.which(python)
        and not subprocess.run(
            [python, "--version"], capture_output=True, check=False
        ).returncode
    )


for minor in PYTHONS:
    if not runs(f"python{minor}"):
        folders = [str(folder) for folder in from_pyenv(minor)[:1]]
        os.environ["PATH"] = os.pathsep.join([*folders, os.environ["PATH"]])
