"""A process that keeps watch over learners' code, so that nothing escapes.

    companion ──order──▶ warden ──fork──▶ trial ──▶ whatever it starts
              ◀─reply───        ◀─findings─         │
                                ── kill ────────────┘

The warden runs none of that code itself. Each trial is a process with a
session, a folder and limits of its own. When it ends, or its time is over, or
the companion is gone, everything that it has started is killed.

Run as `python -m companion.practise.warden`; orders and replies are lines of
JSON on standard input and output.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import importlib
import json
import mmap
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from companion.practise import blanks, trial

LIMIT = 4.0  # seconds for a trial
FORKS = 100  # that a trial may make, its children's among them
LONGEST = 4000  # characters of what it prints that are kept
OUTPUT = 8 << 20  # bytes that it may write to a file
MEMORY = 4 << 30  # bytes of address space
FILES = 256  # descriptors
PAUSE = 0.02  # seconds between two looks at a process
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36

ENDED, LATE, STORM, GONE = "ended", "late", "storm", "gone"


@dataclass
class Reply:
    """What became of a trial: how it ended, and what was found."""

    how: str = GONE
    status: int = 0
    found: list[dict[str, Any]] = field(default_factory=list)
    printed: str = ""
    stack: str = ""


class Orders:
    """The lines that the companion sends; knows when it is gone."""

    def __init__(self) -> None:
        self.rest = b""

    def next(self) -> dict[str, Any] | None:
        """Wait for the next order; None when there will be none."""
        while b"\n" not in self.rest:
            if not self.hear():
                return None
        line, _, self.rest = self.rest.partition(b"\n")
        order: dict[str, Any] = json.loads(line)
        return order

    def hear(self) -> bool:
        """Take in what was sent; False if the companion is gone."""
        more = os.read(0, 65536)
        self.rest += more
        return bool(more)


class Watch:
    """One trial, from its fork to the end of its last process."""

    def __init__(self, order: dict[str, Any], orders: Orders) -> None:
        self.order, self.orders = order, orders
        self.limit = float(order.get("limit", LIMIT))
        self.reply = Reply()
        self.forks = mmap.mmap(-1, 8)
        # The name is short: a Unix socket's path has about 100 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="p"))
        self.reader, writer = os.pipe()
        self.over = time.monotonic() + self.limit
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.reader)
            self.live_as_trial(writer)
        os.close(writer)

    def close(self, others: set[int]) -> None:
        """Kill what is left, `others` excepted, and read what it wrote."""
        try:
            self.end(others)
            self.read()
        finally:
            os.close(self.reader)
            self.forks.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    # -- In the trial's process

    def live_as_trial(self, writer: int) -> None:
        """Shut ourselves in, try the code and end: this never returns."""
        status = 1
        try:
            os.setsid()
            ask_kernel(PR_SET_PDEATHSIG, signal.SIGKILL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self.shut_in()
            # Kept open until the end, for the one who writes into it.
            stack = (self.folder / "stack").open("w")
            faulthandler.dump_traceback_later(0.9 * self.limit, file=stack)
            trial.only_children_leave()
            trial.wait_less(trial.WAIT)
            sys.addaudithook(self.count_forks)
            # 3.12 and later warn of it, rightly: some promises need both.
            warnings.filterwarnings("ignore", ".*multi-threaded, use of fork")
            trial.Trial(self.order, writer).run()
            status = 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            trial.LEAVE(status)

    def shut_in(self) -> None:
        """Give ourselves a folder, files in place of the terminal, limits."""
        os.chdir(self.folder)
        os.environ["TMPDIR"] = tempfile.tempdir = str(self.folder)
        nothing = os.open(os.devnull, os.O_RDONLY)
        output = os.open("output", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        os.dup2(nothing, 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(nothing)
        os.close(output)
        for what, most in (
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_FSIZE, OUTPUT),
            (resource.RLIMIT_NOFILE, FILES),
            (resource.RLIMIT_AS, MEMORY),
            (resource.RLIMIT_CPU, int(self.limit) + 2),
        ):
            # Where the limit is lower already, that one stays.
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(what, (most, most))

    def count_forks(self, event: str, _: object) -> None:
        """Count the processes of this trial; too many are killed, all."""
        if event in ("os.fork", "os.forkpty", "subprocess.Popen"):
            count = int.from_bytes(self.forks[:8], "little") + 1
            self.forks[:8] = count.to_bytes(8, "little")
            if count > FORKS:
                os.killpg(0, signal.SIGKILL)

    # -- In the warden

    def follow(self) -> bool:
        """Take in the findings until the end; False if nobody listens."""
        reader, text = self.reader, b""
        os.set_blocking(reader, False)
        while True:
            ready, _, _ = select.select([reader, 0], [], [], PAUSE)
            if 0 in ready and not self.orders.hear():
                return False
            if reader in ready:
                more = os.read(reader, 65536)
                text += more
            over = b'{"event": "end"}\n' in text or has_ended(self.pid)
            if over or time.monotonic() > self.over:
                self.reply.how = ENDED if over else LATE
                break
        with contextlib.suppress(BlockingIOError):
            while more := os.read(reader, 65536):
                text += more
        lines = text.decode(errors="replace").splitlines()
        self.reply.found = [json.loads(line) for line in lines if line]
        return True

    def end(self, others: set[int]) -> None:
        """Kill the trial's process and all that comes from it."""
        pid = self.pid
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        # The group may not be there yet: then the process is alone.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        self.reply.status = os.waitstatus_to_exitcode(status)
        # Who has left the group is ours since its parent has ended.
        deadline = time.monotonic() + 2
        while left := children() - others:
            for each in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(each, signal.SIGKILL)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(each, 0)
            if time.monotonic() > deadline:
                break

    def read(self) -> None:
        """Read what it printed and where it was."""
        reply, folder = self.reply, self.folder
        reply.printed = head(folder / "output")
        reply.stack = head(folder / "stack")
        if int.from_bytes(self.forks[:8], "little") > FORKS:
            reply.how = STORM
        elif reply.how == ENDED and not any(
            found["event"] == "end" for found in reply.found
        ):
            reply.how = GONE


def head(path: Path) -> str:
    """Return the beginning of a file, "" if there is none."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(LONGEST)
    except OSError:
        return ""


def has_ended(pid: int) -> bool:
    """Tell whether a child has ended; it stays to be collected."""
    options = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, pid, options) is not None


def children() -> set[int]:
    """Name the processes whose parent we are, where the system tells."""
    path = Path(f"/proc/self/task/{os.getpid()}/children")
    try:
        return {int(pid) for pid in path.read_text().split()}
    except OSError:
        return set()


def ask_kernel(option: int, value: int) -> None:
    """Set one of Linux's options for a process; elsewhere do nothing."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def main() -> None:
    """Carry out orders until there are no more."""
    ask_kernel(PR_SET_CHILD_SUBREAPER, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Done once here, in place of once in each trial.
    blanks.library()
    importlib.import_module("minisocketserver")
    trial.wait_less(trial.WAIT)  # imports it
    orders = Orders()
    while (order := orders.next()) is not None:
        replies = watch(order["trials"], orders)
        if replies is None:
            break
        sys.stdout.write(json.dumps(replies) + "\n")
        sys.stdout.flush()


def watch(
    wanted: list[dict[str, Any]], orders: Orders
) -> list[dict[str, Any]] | None:
    """Make some trials side by side; None if the companion is gone."""
    watches = [Watch(order, orders) for order in wanted]
    there = True
    left = {each.pid for each in watches}
    for each in watches:
        try:
            there = there and each.follow()
        finally:
            left.discard(each.pid)
            each.close(left)
    return [vars(each.reply) for each in watches] if there else None


if __name__ == "__main__":
    main()
