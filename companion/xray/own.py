"""A run of the reader's own server: recorded until it ends, or is ended.

Nobody holds the time here, and clients may be anywhere: the steps are shown
in the order in which they came.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from companion.environment import ROOT
from companion.processes import end_group

from . import assemble, journal, kernel, watch
from .recording import Recording
from .run import LONGEST
from .store import RecordingError

GRACE = 2.0  # seconds that a script has to end after a Ctrl-C
MODULES = "socketserver or minisocketserver"


@dataclass(frozen=True)
class Run:
    """What became of a script: its recording, and a sentence if it failed."""

    recording: Recording
    trouble: str


def check(script: Path) -> None:
    """Raise RecordingError if there is no such script."""
    if not script.is_file():
        raise RecordingError(
            f"There is no file {script}. Give the path of a script that "
            f"makes a server."
        )


def run(script: Path, arguments: list[str], limit: float) -> Run:
    """Record a script until it ends, for `limit` seconds at most.

    A Ctrl-C ends it as well. Raises RecordingError if there is nothing to
    show: no such script, or one that runs no server.
    """
    check(script)
    with tempfile.TemporaryDirectory() as folder:
        trouble = _play(script, arguments, Path(folder), limit)
        entries = journal.read(Path(folder))
    died = _died(script, entries)
    if not _has_server(script, entries):
        raise RecordingError(_nothing(script, died, trouble))
    trouble = died or trouble
    return Run(_assembled(script, entries, trouble), trouble)


def shown_name(script: Path) -> str:
    """Return what a script is called; not like a file of the text."""
    text = ROOT / "minisocketserver" / script.name
    return f"./{script.name}" if text.exists() else script.name


def _play(
    script: Path, arguments: list[str], folder: Path, limit: float
) -> str:
    """Run a script; return a sentence if it did not end by itself."""
    name = shown_name(script)
    places = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    command = [
        *(sys.executable, "-m", "companion.xray.run"),
        *(str(script.resolve()), name, str(folder)),
        *(watch.usual(), "real", *arguments),
    ]
    with subprocess.Popen(
        command,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, places))},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    ) as program:
        try:
            program.wait(limit)
        except subprocess.TimeoutExpired:
            _end(program)
            return (
                f"{script} had not ended after {limit:g} s and was stopped; "
                f"--limit gives it more time."
            )
        except KeyboardInterrupt:
            _end(program)
            return ""
        except BaseException:
            end_group(program)
            raise
        end_group(program)  # whatever it has left running
        return _left(script, program.returncode)


def _end(program: subprocess.Popen[bytes]) -> None:
    """End a script as Ctrl-C would, and all that is left of it for sure."""
    program.send_signal(signal.SIGINT)
    try:
        program.wait(GRACE)
    except subprocess.TimeoutExpired:
        pass
    finally:
        end_group(program)


def _left(script: Path, status: int) -> str:
    """Say how a script ended, unless all went well."""
    if status < 0 and -status != signal.SIGINT:
        name = signal.Signals(-status).name
        return f"{script} was ended by {name}."
    return f"{script} ended with status {status}." if status > 0 else ""


def _died(script: Path, entries: list[dict[str, Any]]) -> str:
    """Say which exception ended a script, unless it was a Ctrl-C."""
    died = [entry["died"] for entry in entries if "died" in entry]
    if not died or died[0].startswith("KeyboardInterrupt"):
        return ""
    why = ": xray gives it no input" * died[0].startswith("EOFError")
    return f"{script} died of {died[0]}{why}."


def _has_server(script: Path, entries: list[dict[str, Any]]) -> bool:
    """Tell whether anything of the module under study was called."""
    name = shown_name(script)
    return any("f" in entry and entry["f"][1] != name for entry in entries)


def _nothing(script: Path, died: str, trouble: str) -> str:
    """Say why there is nothing to show, and what to do."""
    if died:
        return (
            f"{died} That was before it called anything of {MODULES}, so "
            f"there is nothing to show: mend it, and record it again."
        )
    said = trouble or f"{script} came to its end."
    return (
        f"{said} Nothing was recorded, for it called nothing of {MODULES}: "
        f"have it make a server, and run it."
    )


def _assembled(
    script: Path, entries: list[dict[str, Any]], trouble: str
) -> Recording:
    title, teaches = assemble.docstring(script)
    files = {entry["f"][1] for entry in entries if "f" in entry}
    full = any("full" in entry for entry in entries)
    cut = (
        f"Only the beginning is here: the run was longer than {LONGEST} "
        f"steps, and no more are recorded of a process."
    )
    return assemble.assemble(
        entries,
        script,
        held=False,
        name=script.stem,
        title=title,
        teaches=teaches,
        implementation=("mini" if files & assemble.text_files() else "stdlib"),
        script=shown_name(script),
        python=sys.version.split()[0],
        kernel=kernel.KERNEL,
        ended=" ".join(filter(None, [trouble, cut * full])),
    )
