"""Run a script under the recorder: `companion.xray.store` starts this.

It has a process of its own, so that whatever a server does, a deadlock
included, ends with that process and leaves nothing behind.
"""

from __future__ import annotations

import importlib
import sys
import sysconfig
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from companion.text import TEXT

from . import stage, watch, wraps
from .journal import Journal
from .kernel import Kernel
from .recorder import SERVER, Recorder
from .values import failure

# What an `await` does inside would bury what it does for the server.
ASIDE = {"stepping.py", "waiting.py"}
LONGEST = 5000  # steps of a process, where nobody knows what it will do
ORIGINAL = Path(sysconfig.get_path("stdlib"), "socketserver.py")


def files(script: Path, name: str) -> dict[str, str]:
    """Name the files whose steps are of interest."""
    text = {
        str(path): path.name
        for path in TEXT.glob("*.py")
        if path.name not in ASIDE
    }
    return text | {str(ORIGINAL): ORIGINAL.name, str(script): name}


def play(script: Path) -> None:
    """Run the script as if it had been called by its name."""
    module = ModuleType("__main__")
    module.__file__ = str(script)
    sys.modules["__main__"] = module
    sys.argv = [str(script), *sys.argv[6:]]
    sys.path[0] = str(script.parent)
    exec(compile(script.read_bytes(), str(script), "exec"), vars(module))


def main(script: str, name: str, folder: str, back_end: str, time: str) -> int:
    """Record a script into a folder; return its exit status."""
    path = Path(script)
    held = time == "held"
    journal = Journal(Path(folder), SERVER, None if held else LONGEST)
    recorder = Recorder(journal, files(path, name), path)
    kernel = Kernel(recorder, hold_time=held)
    stage.Stage.recorder, stage.Stage.kernel = recorder, kernel
    wraps.install(kernel)
    # What a module does on its import is no part of a run.
    importlib.import_module("socketserver")
    watch.start(recorder, back_end)
    status: Any = 0
    try:
        play(path)
    except SystemExit as leave:
        status = leave.code
    except BaseException as error:
        journal.note(died=_where(error, path))
        _report(error)
        status = 1
    finally:
        watch.stop(back_end)
    journal.note(ended="main")
    if isinstance(status, str):
        print(status, file=sys.stderr)
    return status if isinstance(status, int) else int(status is not None)


def _report(error: BaseException) -> None:
    """Print a traceback as the script alone would have had it."""
    if isinstance(error, KeyboardInterrupt):
        return
    told = traceback.TracebackException.from_exception(error)
    ours = str(Path(__file__).parent)
    told.stack = traceback.StackSummary.from_list(
        [each for each in told.stack if not each.filename.startswith(ours)]
    )
    print("".join(told.format()), end="", file=sys.stderr)


def _where(error: BaseException, script: Path) -> str:
    """Say what went wrong, and on which line of the script."""
    trace, line = error.__traceback__, 0
    while trace:
        if trace.tb_frame.f_code.co_filename == str(script):
            line = trace.tb_lineno
        trace = trace.tb_next
    return f"{failure(error)}" + (f" (line {line})" if line else "")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:6]))
