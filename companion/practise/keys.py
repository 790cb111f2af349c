"""One key at a time, and whatever else wakes the screen.

terminal ── key ──▶ ┐
watch ──── save ──▶ ├──▶ wait() ──▶ one event
judge ── verdict ─▶ ┘
"""

from __future__ import annotations

import contextlib
import os
import queue
import select
import signal
import sys
import termios
import threading
import tty
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from watchfiles import watch

NAMED = {
    b"\x1b[A": "up",
    b"\x1b[B": "down",
    b"\x1bOA": "up",
    b"\x1bOB": "down",
    b"\r": "enter",
    b"\n": "enter",
    b"\x1b": "escape",
    b"\x03": "quit",
    b"\x04": "quit",
}
KEY, SAVED, DONE, SIZE, TICK = "key", "saved", "done", "size", "tick"
LOOK = 1.0  # seconds between two looks at a file, where no event comes


@dataclass(frozen=True)
class Event:
    """What has happened: a key, a save, the end of a check, a new size."""

    kind: str
    what: object = None


class Events:
    """Collects what happens, from any thread."""

    def __init__(self) -> None:
        self.queue: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.ear, self.bell = os.pipe()
        os.set_blocking(self.bell, False)

    def put(self, event: Event) -> None:
        """Add an event and wake whoever waits."""
        self.queue.put(event)
        with contextlib.suppress(OSError):  # full, or closed at the end
            os.write(self.bell, b"!")

    def close(self) -> None:
        """Give the pipe back."""
        os.close(self.ear)
        os.close(self.bell)

    def wait(self, keyboard: int | None) -> Event:
        """Return the next event; TICK when there was none for a while."""
        with contextlib.suppress(queue.Empty):
            return self.queue.get_nowait()
        watched = [self.ear] if keyboard is None else [self.ear, keyboard]
        ready, _, _ = select.select(watched, [], [], LOOK)
        if self.ear in ready:
            os.read(self.ear, 1024)
            return self.wait(keyboard)
        if ready and keyboard is not None:
            for key in keys_in(os.read(keyboard, 1024)):
                self.queue.put(Event(KEY, key))
            return self.queue.get()
        return Event(TICK)

    @contextlib.contextmanager
    def of_saves(self, folder: Path) -> Iterator[None]:
        """Watch a folder: each change in it is an event."""
        stop = threading.Event()

        def follow() -> None:
            # It polls by itself where the system tells nothing at once.
            with contextlib.suppress(OSError, RuntimeError):
                for _ in watch(
                    folder,
                    stop_event=stop,
                    debounce=100,
                    step=20,
                    rust_timeout=200,
                    raise_interrupt=False,
                ):
                    self.put(Event(SAVED))

        watcher = threading.Thread(target=follow)
        watcher.start()
        try:
            yield
        finally:
            stop.set()
            watcher.join()

    @contextlib.contextmanager
    def of_sizes(self) -> Iterator[None]:
        """Tell of each new size of the terminal."""
        usual = signal.signal(
            signal.SIGWINCH, lambda *_: self.put(Event(SIZE))
        )
        try:
            yield
        finally:
            signal.signal(signal.SIGWINCH, usual)


def keys_in(typed: bytes) -> list[str]:
    """Name the keys that were typed; none at all is the terminal's end."""
    found = []
    while typed:
        codes = [code for code in NAMED if typed.startswith(code)]
        code = max(codes, key=len, default=typed[:1])
        name = NAMED.get(code, code.decode("ascii", "ignore").lower())
        found.append(name)
        typed = typed[len(code) :]
    return found or ["quit"]


@contextlib.contextmanager
def single_keys() -> Iterator[int]:
    """Have keys arrive at once and unseen; put it back at the end."""
    keyboard = sys.stdin.fileno()
    usual = termios.tcgetattr(keyboard)
    try:
        tty.setcbreak(keyboard)
        yield keyboard
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, usual)
