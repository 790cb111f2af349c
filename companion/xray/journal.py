"""What is written down while a run goes on: a line of JSON for each step.

Each process has a file of its own in one folder, and each line is written at
once: what was seen until then survives whatever ends the process.
"""

from __future__ import annotations

import itertools
import json
import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SUFFIX = ".steps"


class _Serial(threading.local):
    """A number for each thread; the system's own are used again."""

    count = itertools.count()

    def __init__(self) -> None:
        self.number = next(self.count)


serial = _Serial()


@dataclass
class Track:
    """A lane while it is recorded: its open calls, its number of steps."""

    id: str
    kind: str
    process: str
    parent: str = ""
    count: int = 0
    stack: list[Any] = field(default_factory=list)
    raised: BaseException | None = None
    aside: bool = False

    @property
    def now(self) -> tuple[str, int]:
        """The lane's last step so far: what comes later can refer to it."""
        return self.id, self.count


class Journal:
    """The file of one process; after a fork, the child begins its own.

    With a `limit`, each process writes so many steps at most.
    """

    def __init__(
        self, folder: Path, process: str, limit: int | None = None
    ) -> None:
        self.folder, self.limit = folder, limit
        self.begin(process)

    def begin(self, process: str) -> None:
        """Open the file of a process, in place of the one before."""
        self.process, self.steps = process, 0
        path = self.folder / f"{process.replace(' ', '-')}{SUFFIX}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self.file = os.open(path, flags | getattr(os, "O_BINARY", 0), 0o644)

    def lane(self, track: Track) -> None:
        """Write that there is a lane."""
        about = {name: getattr(track, name) for name in ("id", "kind")}
        self._write(about | {"process": track.process, "of": track.parent})

    def step(self, track: Track, step: dict[str, Any], at: int = 0) -> None:
        """Write one step of a lane; `at` is when, if not at once."""
        self.steps += 1
        if self.limit and self.steps > self.limit:
            if self.steps == self.limit + 1:
                self.note(full=self.process)
            return
        track.count += 1
        self._write(
            {"lane": track.id, "by": serial.number}
            | {"t": at or time.monotonic_ns()}
            | {key: value for key, value in step.items() if value}
        )

    def note(self, **facts: Any) -> None:
        """Write something that is no step."""
        self._write(facts)

    def _write(self, entry: dict[str, Any]) -> None:
        line = json.dumps(entry, ensure_ascii=False) + "\n"
        os.write(self.file, line.encode("utf-8", "backslashreplace"))


def read(folder: Path) -> list[dict[str, Any]]:
    """Return all that the processes wrote, each file in its own order.

    A last line that was cut off by the end of its process is left out.
    """
    entries = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                entries.append(json.loads(line))
            except ValueError:
                break
    return entries
