"""Programs that the companion starts, and sees to the end of."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


@contextmanager
def supervised(
    command: list[str], *, grace: float = 0.0, **settings: Any
) -> Iterator[subprocess.Popen[str]]:
    """Start a program, and do not leave before it has ended.

    After a Ctrl-C, which it hears as we do, it has `grace` seconds to end by
    itself; whatever else ends us ends it at once.
    """
    let_go = hold_back_signals()
    try:
        program = subprocess.Popen(command, **settings)
    except BaseException:
        let_go()
        raise
    with program:
        try:
            let_go()
            yield program
            program.wait()
        except BaseException as reason:
            if isinstance(reason, KeyboardInterrupt):
                with suppress(subprocess.TimeoutExpired):
                    program.wait(grace)
            program.terminate()
            program.wait()
            raise


def hold_back_signals() -> Callable[[], None]:
    """Have what ends us wait, and return the call that lets it go.

    A Ctrl-C or SIGTERM that came while a program is being started would leave
    a program that nobody knows of.
    """
    if threading.current_thread() is not threading.main_thread():
        return lambda: None  # signals are for the main thread alone
    heard: list[int] = []
    usual = {
        number: signal.signal(number, lambda number, _: heard.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }

    def let_go() -> None:
        for number, handler in usual.items():
            signal.signal(number, handler)
        if heard:
            signal.raise_signal(heard[0])

    return let_go


def end_group(child: subprocess.Popen[bytes]) -> None:
    """Kill the process and all that it has started, and collect it."""
    if hasattr(os, "killpg"):
        # The group is gone if the process was its last member.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()
    child.wait()


def run_group(
    command: list[str],
    folder: Path,
    environment: dict[str, str],
    limit: float,
    meanwhile: Callable[[], None] | None = None,
) -> int | None:
    """Run a command, unseen, and end all that it leaves.

    Returns its status, None if it took longer than `limit` seconds. Each
    second until then, `meanwhile` is called.
    """
    over = time.monotonic() + limit
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while (left := over - time.monotonic()) > 0:
            with suppress(subprocess.TimeoutExpired):
                return process.wait(min(left, 1) if meanwhile else left)
            if meanwhile:
                meanwhile()
        return None
    finally:
        end_group(process)
