"""Recordings, made when asked for and kept until something they show changes.

scenario ──▶ run, in a process of its own ──▶ assemble ──▶ .cache/xray/
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path

from companion.environment import CACHE, ROOT, TroubleError
from companion.processes import end_group
from companion.text import TEXT

from . import assemble, journal, kernel, lines, watch
from .recording import Recording

SCENARIOS = (
    "tcp",
    "udp",
    "unix-stream",
    "unix-datagram",
    "threading-tcp",
    "threading-udp",
    "forking-tcp",
    "async-tcp",
    "verify-says-no",
    "handler-raises",
    "handler-exits",
    "timeout",
    "shutdown",
    "shutdown-deadlock",
    "mixin-swapped",
    "client-hangs-up",
    "keep-alive",
    "close-while-busy",
    "hub",
)
"""The names of the scenarios, in the order in which they teach."""

WITHOUT_ORIGINAL = {
    "async-tcp": "an asynchronous server",
    "hub": "a hub",
}
"""What a scenario needs that the original does not have."""

HERE = Path(__file__).parent

# What only shows a recording: it may change, and the recording is kept.
SHOWING = {
    "listing.py",
    "moments.py",
    "page.py",
    "player.py",
    "quiz.py",
    "sequence.py",
    "words.py",
}
STANDIN = ROOT / "companion" / "standin"
LIMIT = 30.0  # seconds until a scenario is given up
PREFIX = "scenario/"


class RecordingError(TroubleError):
    """There is no such recording, or it could not be made."""


def script(name: str) -> Path:
    """Return the script of a scenario.

    Raises RecordingError for a name that is none.
    """
    if name not in SCENARIOS:
        known = ", ".join(SCENARIOS)
        raise RecordingError(
            f"There is no scenario {name!r}. There are: {known}."
        )
    return HERE / "scenarios" / f"{name.replace('-', '_')}.py"


def load(name: str, implementation: str = "mini") -> Recording:
    """Return the recording of a scenario: from the cache, or made anew.

    `implementation` is mini or stdlib. Raises RecordingError for an unknown
    name, and for a scenario that does not come to its end.
    """
    files = [script(name), *sorted(TEXT.glob("*.py"))]
    stamps = tuple((file, file.stat().st_mtime_ns) for file in files)
    return _load(name, implementation, stamps)


@lru_cache(maxsize=64)
def _load(
    name: str, implementation: str, stamps: tuple[tuple[Path, int], ...]
) -> Recording:
    """Return the recording of a scenario, with the lines of these files."""
    (path, _), *texts = stamps
    shown = {PREFIX + path.name: lines.read(path)}
    shown |= {text.name: lines.read(text) for text, _ in texts}
    kept = CACHE / "xray" / f"{name}-{_digest(shown, implementation)}.json"
    # Not asked beforehand: somebody else may clear it away meanwhile.
    try:
        recording = Recording.from_json(kept.read_text(encoding="utf-8"))
    except FileNotFoundError:
        recording = record(name, implementation)
        _keep(lines.renumbered(recording, _counter(shown)), kept)
        return recording
    title, teaches = assemble.docstring(path)
    recording = replace(recording, title=title, teaches=teaches)
    return lines.renumbered(recording, _finder(shown))


def _counter(shown: dict[str, lines.Lines]) -> Callable[[str, int], int]:
    return lambda file, n: shown[file].count(n) if file in shown else n


def _finder(shown: dict[str, lines.Lines]) -> Callable[[str, int], int]:
    return lambda file, n: shown[file].find(n) if file in shown else n


def _keep(recording: Recording, kept: Path) -> None:
    """Write a recording into the cache; older ones of it go."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    name, implementation, _ = kept.stem.rsplit("-", 2)
    for stale in kept.parent.glob(f"{name}-{implementation}-*.json"):
        if stale != kept:
            stale.unlink(missing_ok=True)
    # Whole or not at all, whoever else builds at the same time.
    whole = kept.with_suffix(f".{os.getpid()}")
    whole.write_text(recording.to_json() + "\n", encoding="utf-8")
    whole.replace(kept)


def _digest(shown: dict[str, lines.Lines], implementation: str) -> str:
    """Name all that a recording depends on: of the text, its code."""
    state = _tools().copy()
    for file, each in shown.items():
        state.update(f"{file}\n{each.code}\n".encode())
    return f"{implementation}-{state.hexdigest()[:16]}"


@cache
def _tools() -> hashlib._Hash:
    """Begin a digest with this Python and the recorder."""
    state = hashlib.sha256(sys.version.encode())
    for tool in sorted(HERE.glob("*.py")):
        if tool.name not in SHOWING:
            state.update(tool.read_bytes())
    return state


def record(
    name: str, implementation: str = "mini", back_end: str = ""
) -> Recording:
    """Record a scenario, whatever the cache has.

    Raises RecordingError as `load` does.
    """
    path = script(name)
    if implementation != "mini" and name in WITHOUT_ORIGINAL:
        raise RecordingError(
            f"The original has nothing to record for {name!r}: it lacks "
            f"{WITHOUT_ORIGINAL[name]}."
        )
    title, teaches = assemble.docstring(path)
    shown = PREFIX + path.name
    with tempfile.TemporaryDirectory() as folder:
        output = _play(path, shown, folder, implementation, back_end)
        entries = journal.read(Path(folder))
        stopped = [e["stopped"] for e in entries if "stopped" in e]
        died = [e["died"] for e in entries if "died" in e]
        if died or output is None:
            raise RecordingError(
                f"The scenario {name!r} did not come to its end on "
                f"{implementation}: "
                f"{died[0] if died else f'it took over {LIMIT:.0f} seconds'}."
            )
        return assemble.assemble(
            entries,
            path,
            held=True,
            name=name,
            title=title,
            teaches=teaches,
            implementation=implementation,
            script=shown,
            python=sys.version.split()[0],
            kernel=kernel.KERNEL,
            ended=stopped[0] if stopped else "",
        )


def _play(
    path: Path, shown: str, folder: str, implementation: str, back_end: str
) -> str | None:
    """Run a scenario; return what it printed, None if it never ended."""
    places = [str(STANDIN)] if implementation == "mini" else []
    arguments = [path, shown, folder, back_end or watch.usual(), "held"]
    with subprocess.Popen(
        [sys.executable, "-m", "companion.xray.run", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([*places, str(ROOT)])},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as program:
        try:
            output, _ = program.communicate(timeout=LIMIT)
        except BaseException as reason:
            end_group(program)
            if isinstance(reason, subprocess.TimeoutExpired):
                return None
            raise
        return output.decode("utf-8", "replace")
