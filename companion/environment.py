"""The companion's own Python: a virtual environment in the checkout.

`enter` is called by a bare Python. It returns in a Python that has the
pinned packages that a command needs, and makes that Python first if need be.
All of it lies in `.venv` and `.cache`: delete them, and nothing is left.

    bare Python ──▶ ready? ──no──▶ venv ──▶ pip ──▶ stamp
                      │yes                            │
                      └──────────▶ exec ◀─────────────┘

The stamp is written last and taken away first. So an interrupted start leaves
none, and the next one begins afresh.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from companion.processes import supervised

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
CACHE = ROOT / ".cache"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "companion.json"
PIP_LOG = CACHE / "pip.log"
PYTHON = VENV.joinpath(
    *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python"))
)
NEEDED_ROOM = "about 600 MB"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")

Stamp = dict[str, str]


class TroubleError(Exception):
    """What the user can put right: its text says what is wrong and how."""


def enter(groups: tuple[str, ...], arguments: list[str]) -> None:
    """Go on in the companion's Python, with the packages of `groups`.

    Returns only if it already runs there, or if `groups` is empty. Otherwise
    the companion starts again there, with `arguments`. Raises `TroubleError`
    if that Python cannot be made.
    """
    keep_inside()
    if not groups:
        return
    if not is_ready(groups):
        with explained(), only_one():
            prepare(groups)
    elif Path(sys.prefix).resolve() == VENV.resolve():
        return
    restart(arguments)


def keep_inside() -> None:
    """Let the tools keep their caches here, not in the user's home."""
    os.environ.setdefault("PIP_CACHE_DIR", str(CACHE / "pip"))
    os.environ.setdefault(
        "VIRTUALENV_OVERRIDE_APP_DATA", str(CACHE / "virtualenv")
    )


def restart(arguments: list[str]) -> None:
    """Go on as `python -m companion` with the companion's Python."""
    command = [str(PYTHON), "-m", "companion", *arguments]
    sys.stdout.flush()
    if os.name != "nt":
        os.execv(PYTHON, command)
    # On Windows `exec` would give the prompt back before the end.
    sys.exit(subprocess.run(command, check=False).returncode)


def is_ready(groups: Iterable[str]) -> bool:
    """Tell whether the packages of `groups` are there, as pinned."""
    stamp = read_stamp() if PYTHON.exists() else {}
    return stamp.get("python") == identity() and not missing(groups, stamp)


def missing(groups: Iterable[str], stamp: Stamp) -> list[str]:
    """List the groups that are not installed as pinned."""
    return [group for group in groups if stamp.get(group) != digest(group)]


def identity() -> str:
    """Name the Python that runs; one that differs needs its own packages."""
    version = ".".join(map(str, sys.version_info[:2]))
    name = sys.implementation.name
    return f"{name} {version} {sysconfig.get_platform()} {sys.base_prefix}"


def digest(group: str) -> str:
    """Name the state of what pins the packages of `group`."""
    pinned = LOCK.read_bytes() + requirements(group).read_bytes()
    return hashlib.sha256(pinned).hexdigest()


def requirements(group: str) -> Path:
    """Return the file that lists the direct requirements of `group`."""
    return ROOT / "requirements" / f"{group}.in"


def read_stamp() -> Stamp:
    """Return what is known to be installed."""
    try:
        return dict(json.loads(STAMP.read_text("utf-8")))
    except (OSError, ValueError):
        return {}


def write_stamp(stamp: Stamp) -> None:
    """Note what is installed; an empty stamp means: in the making."""
    whole = STAMP.with_suffix(".new")
    whole.write_text(json.dumps(stamp, indent=2) + "\n", "utf-8")
    whole.replace(STAMP)


def prepare(groups: tuple[str, ...]) -> None:
    """Make the environment and install what is missing of `groups`."""
    stamp = read_stamp()
    if stamp.get("python") != identity() or not PYTHON.exists():
        print("Making the companion's own Python in .venv, this once ...")
        make_venv()
        stamp = {"python": identity()}
    if wanted := missing(groups, stamp):
        print(
            f"Installing the packages for {' and '.join(wanted)}, as pinned "
            f"(a minute or so) ..."
        )
        install(wanted, stamp)


def make_venv() -> None:
    """Make an empty virtual environment in place of what was there."""
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise TroubleError(no_venv())
    if VENV.exists() or VENV.is_symlink():
        if not STAMP.exists():
            raise TroubleError(
                f"{VENV} is there already, and the companion did not make "
                f"it. Rename or delete it, and run the command again."
            )
        shutil.rmtree(VENV)
    VENV.mkdir()
    write_stamp({})
    # A Python inside an environment is a guest: ask its host to make one.
    python = getattr(sys, "_base_executable", sys.executable)
    done = subprocess.run(
        [python, "-m", "venv", str(VENV)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        close_fds=False,  # it holds the lock, too: see `only_one`
    )
    if done.returncode:
        check_room(done.stdout)
        raise TroubleError(no_venv())


def no_venv() -> str:
    """Say that this Python cannot make environments, and what to do."""
    version = ".".join(map(str, sys.version_info[:2]))
    return (
        f"This Python {version} cannot make a virtual environment: its "
        f"module venv or ensurepip is missing or broken. On Debian and "
        f"Ubuntu install it (sudo apt install python{version}-venv), "
        f"elsewhere install Python from python.org; then run the command "
        f"again."
    )


def install(groups: list[str], stamp: Stamp) -> None:
    """Let pip install the pinned packages of `groups`; renew the stamp."""
    command = [str(PYTHON), "-m", "pip", "install", "--progress-bar", "off"]
    command += ["--disable-pip-version-check", "-c", str(LOCK)]
    for group in groups:
        command += ["-r", str(requirements(group))]
    write_stamp({})
    with PIP_LOG.open("w+", encoding="utf-8") as log:
        with supervised(
            command,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            close_fds=False,  # it holds the lock, too
        ) as pip:
            touched = follow(pip.stdout, log)
        if not pip.returncode:
            write_stamp(stamp | {group: digest(group) for group in groups})
            return
        if not touched:
            write_stamp(stamp)
        log.seek(0)
        raise TroubleError(pip_trouble(log.read()))


def follow(output: Iterable[str], log: TextIO) -> bool:
    """Show how pip gets on; tell whether it began to change anything."""
    began = time.monotonic()
    touched = False
    print("  fetching packages ", end="", flush=True)
    for line in output:
        log.write(line)
        if line.startswith("Collecting "):
            print(".", end="", flush=True)
        elif "WARNING: Retrying" in line:
            print(" no answer, trying again ", end="", flush=True)
        elif line.startswith("Installing collected packages"):
            touched = True
            count = line.count(",") + 1
            print(f"\n  installing {count} packages ...", end="", flush=True)
    print(f" {time.monotonic() - began:.0f} s")
    return touched


def pip_trouble(output: str) -> str:
    """Turn what pip wrote into a sentence with a cure."""
    check_room(output)
    errors = [
        line for line in output.splitlines() if line.startswith("ERROR: ")
    ]
    return (
        f"The packages could not be installed. Is there a network? Then look "
        f"at pip's settings (python3 -m pip config list) and at "
        f"{PIP_LOG.relative_to(ROOT)}, and run the command again: it goes on "
        f"where it stopped. pip said: "
        f"{errors[0].removeprefix('ERROR: ') if errors else 'nothing'}"
    )


def check_room(output: str) -> None:
    """Raise if a program has failed because the disk is full."""
    if "No space left on device" in output:
        raise TroubleError(full_disk())


def full_disk() -> str:
    """Say that the disk is full, and what to do."""
    return (
        f"The disk is full: free {NEEDED_ROOM} where {ROOT} and the "
        f"system's temporary files lie, and run the command again."
    )


@contextmanager
def explained() -> Iterator[None]:
    """Turn what the system refuses into a sentence with a cure."""
    try:
        yield
    except OSError as error:
        check_room(str(error))
        raise TroubleError(
            f"{error.filename or ROOT} could not be written "
            f"({error.strerror}): the companion keeps all that it makes in "
            f"its own folder. Put the checkout where you may write, and run "
            f"the command again."
        ) from error


@contextmanager
def only_one() -> Iterator[None]:
    """Let one process at a time work on the environment.

    The programs that we start for it inherit the lock. Should we be killed,
    they go on without us, and nobody else begins before they have ended.
    """
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "venv.lock").open("w") as file:
        os.set_inheritable(file.fileno(), True)  # noqa: FBT003
        if not try_lock(file):
            print("Another companion is preparing .venv; waiting for it ...")
            wait_for_lock(file)
        yield


def try_lock(file: TextIO) -> bool:
    """Lock `file` until it is closed, unless another process has it."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def wait_for_lock(file: TextIO) -> None:
    """Lock `file` until it is closed, once no other process has it."""
    if os.name == "nt":
        while not try_lock(file):
            time.sleep(0.5)  # there it wakes nobody
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)


def find_browser() -> str | None:
    """Return where Chromium is, for the tests of the site, if anywhere."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def in_ci() -> bool:
    """Tell whether this is the run that judges: it may leave out nothing."""
    return os.environ.get("CI") == "true"
