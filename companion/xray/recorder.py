"""The recorder: what runs becomes steps, in the lane of whoever runs it.

    interpreter ──▶ watch ────▶ Recorder ──▶ Journal
    kernel calls ─▶ kernel ──────▲
    clients ──────▶ stage ───────┘

It runs inside the process that it records, and in each forked child.
"""

from __future__ import annotations

import re
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from .journal import Journal, Track
from .rest import Rest
from .symbols import symbol_of
from .values import Shower, failure

SERVER = "server"
MAIN = "main"

# Comprehensions have no frame of their own from 3.12 on: not one is told.
ANONYMOUS = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>", "<lambda>"}
OPTIMIZED = 1  # what the code of a function is, and that of a class is not
GIVEN_NAME = re.compile(r"Thread-\d+( \(.*\))?")


class Call:
    """An open call: its frame, and what its `self` looked like last."""

    def __init__(self, frame: FrameType, step: int) -> None:
        self.frame, self.step = frame, step
        code = frame.f_code
        self.owner = None
        if code.co_argcount and code.co_varnames[0] == "self":
            self.owner = frame.f_locals.get("self")
        self.line = 0


class Recorder:
    """Writes down what happens in the files that are looked at.

    `files` gives each file the name that its steps shall bear, `script`
    among them: the one whose module's own lines are of interest as well.
    """

    def __init__(
        self, journal: Journal, files: dict[str, str], script: Path
    ) -> None:
        self.journal, self.files, self.script = journal, files, str(script)
        self.rest = Rest()
        self.here = threading.local()
        self.tracks: dict[str, Track] = {}
        self.threads: dict[threading.Thread, Track] = {}
        self.children: dict[int, str] = {}
        self.tasks: weakref.WeakKeyDictionary[Any, Track]
        self.tasks = weakref.WeakKeyDictionary()
        self.counted: dict[str, int] = {}
        self.seen: dict[int, tuple[object, dict[str, str]]] = {}
        self.wanted: dict[CodeType, bool] = {}
        self.shower = Shower(self.lane_of_thread, self.children.get)
        main = self.open(MAIN, "main", "")
        self.threads[threading.main_thread()] = main
        self.rest.begin(threading.get_ident())
        self.here.track = main

    # -- Lanes

    def open(self, name: str, kind: str, parent: str) -> Track:
        """Begin a lane; one of the same name gets a number behind it."""
        number = self.counted[name] = self.counted.get(name, 0) + 1
        full = name if number == 1 else f"{name} {number}"
        process = "" if kind == "client" else self.journal.process
        track = Track(full, kind, process, parent)
        self.tracks[full] = track
        self.journal.lane(track)
        return track

    def open_thread(self, thread: threading.Thread) -> Track:
        """Begin the lane of a thread that is about to start."""
        name = thread.name
        if GIVEN_NAME.fullmatch(name):
            number = self.counted["thread"] = self.counted.get("thread", 0) + 1
            name = f"thread {number}"
        inside = self.journal.process
        name = name if inside == SERVER else f"{inside}, {name}"
        parent = self.track
        track = self.open(name, "thread", parent.id if parent else "")
        self.threads[thread] = track
        return track

    def lane_of_thread(self, thread: threading.Thread) -> str | None:
        """Name the lane of a thread, or None if it has none."""
        track = self.threads.get(thread)
        return track.id if track else None

    @property
    def track(self) -> Track | None:
        """The lane of the running task, or thread, if it has one."""
        usual = getattr(self.here, "track", None)
        asyncio = sys.modules.get("asyncio")
        if not asyncio or not asyncio._get_running_loop():
            return usual
        task = asyncio.current_task()
        return self.tasks.get(task, usual) if task else usual

    def open_task(self, task: Any, name: str) -> Track:
        """Begin the lane of a task that was made."""
        parent = self.track
        track = self.open(name, "task", parent.id if parent else "")
        self.tasks[task] = track
        return track

    @contextmanager
    def acting_as(self, track: Track) -> Iterator[None]:
        """Write the steps of a `with` block in another lane."""
        before, self.here.track = self.track, track
        try:
            yield
        finally:
            self.here.track = before

    @contextmanager
    def unseen(self) -> Iterator[None]:
        """Write nothing of what a `with` block does."""
        before = getattr(self.here, "busy", False)
        self.here.busy = True
        try:
            yield
        finally:
            self.here.busy = before

    def become(self, child: str) -> None:
        """Go on as the forked child that is called so."""
        parent = self.track
        self.journal.begin(child)
        self.rest = Rest()
        self.rest.begin(threading.get_ident())
        track = Track(child, "process", child, parent.id if parent else "")
        if parent:
            track.stack = list(parent.stack)
        self.journal.lane(track)
        self.tracks = {child: track}
        self.here.track = track

    # -- What the watcher is told

    def wants(self, code: CodeType) -> bool:
        """Tell whether the code lies in a file that is looked at."""
        known = self.wanted.get(code)
        if known is None:
            known = self.wanted[code] = self._judge(code)
        return known

    def _judge(self, code: CodeType) -> bool:
        if code.co_filename not in self.files or code.co_name in ANONYMOUS:
            return False
        if code.co_flags & OPTIMIZED:
            return True
        return code.co_name == "<module>" and code.co_filename == self.script

    def called(self, frame: FrameType) -> None:
        """Write a call, or a coroutine that goes on."""
        track = self._open_for(frame)
        if not track or self._goes_on(track, frame):
            return
        call = Call(frame, track.count + 1)
        code = frame.f_code
        step = self._step("c", code.co_firstlineno)
        symbol = symbol_of(code)
        step |= {"f": [symbol, self.files[code.co_filename]]}
        step["first"] = code.co_firstlineno
        if call.owner is not None:
            mro = type(call.owner).__mro__
            step["mro"] = [each.__name__ for each in mro]
            if code.co_name == "__init__" and not _is_open(track, call.owner):
                self.seen[id(call.owner)] = (call.owner, {})
        with self.unseen():
            step["a"] = self._arguments(frame)
        track.stack.append(call)
        self.journal.step(track, step)

    def _goes_on(self, track: Track, frame: FrameType) -> bool:
        """Tell whether a call is that of a coroutine that was put aside.

        The innermost of those that await one another speaks for all.
        """
        if not any(call.frame is frame for call in track.stack):
            return False
        if track.stack[-1].frame is frame and track.aside:
            track.aside = False
            self.act("resume")
        return True

    def paused(self, frame: FrameType) -> None:
        """Write that a task is put aside; a mere generator has returned."""
        track = self._track_of(frame)
        if track and track.kind == "task":
            track.aside = True
            self.act("aside")
        else:
            self.returned(frame, None)

    def at_line(self, frame: FrameType, line: int) -> None:
        """Write a line that is about to run."""
        track = self._track_of(frame)
        if not track:
            return
        call = track.stack[-1]
        changed = self._changed(call)
        # One that runs on is told once, whichever interpreter tells it.
        if line == call.line and not changed:
            return
        call.line = line
        self.journal.step(track, self._step("l", line) | {"w": changed})

    def raised(self, frame: FrameType, error: BaseException) -> None:
        """Write an exception where it first comes up."""
        track = self._track_of(frame)
        if not track or error is track.raised:
            return
        if isinstance(error, (StopIteration, GeneratorExit)):
            return
        track.raised = error
        step = self._step("x", frame.f_lineno) | {"e": failure(error)}
        self.journal.step(track, step | self._changes(track))

    def returned(self, frame: FrameType, value: object) -> None:
        """Write that a function has come to its end, with what result."""
        track = self._track_of(frame)
        if not track:
            return
        step = self._step("r", frame.f_lineno) | self._changes(track)
        if value is not None:
            with self.unseen():
                name = frame.f_code.co_name
                step["v"] = self.shower.show_named(name, value)
        self.journal.step(track, step)
        self._close(track)

    def left(self, frame: FrameType, error: BaseException | None) -> None:
        """Write that a function is left by an exception."""
        track = self._track_of(frame)
        if not track:
            return
        error = error or track.raised
        step = self._step("u", frame.f_lineno) | self._changes(track)
        if error:
            step["e"] = failure(error)
        self.journal.step(track, step)
        self._close(track)

    # -- What the wrappers around the kernel tell

    def act(
        self,
        what: str,
        on: str = "",
        detail: str = "",
        at: int = 0,
        **more: Any,
    ) -> None:
        """Write an act of the lane that runs, if anybody looks at it."""
        track = self.track
        if not track or not (track.stack or track.kind == "client"):
            return
        line = track.stack[-1].line if track.stack else self._script_line()
        step = self._step("a", line) | {"d": [what, on, detail]} | more
        self.journal.step(track, step, at)

    @property
    def looks(self) -> bool:
        """Whether an act would be written down."""
        track = self.track
        if not track or getattr(self.here, "busy", False):
            return False
        return bool(track.stack) or track.kind == "client"

    @contextmanager
    def waiting(
        self, what: str, ready: Callable[[], bool] | None = None
    ) -> Iterator[None]:
        """Wait for something in a `with` block; `ready` tells if it came."""
        track = self.track
        if track:
            self.journal.note(waits=track.id, count=track.count, what=what)
        with self.rest.wait(ready) if ready else self.rest.wait():
            yield

    def _script_line(self) -> int:
        """Return the line of the script that runs in this thread."""
        frame: FrameType | None = sys._getframe()
        while frame and frame.f_code.co_filename != self.script:
            frame = frame.f_back
        return frame.f_lineno if frame else 0

    # -- Pieces of a step

    def _open_for(self, frame: FrameType) -> Track | None:
        if getattr(self.here, "busy", False):
            return None
        track = self.track
        if track is None:
            track = self.threads.get(threading.current_thread())
            self.here.track = track
        return track

    def _track_of(self, frame: FrameType) -> Track | None:
        """Return the lane in which the frame is the innermost call."""
        track = self._open_for(frame)
        if track and track.stack and track.stack[-1].frame is frame:
            return track
        return None

    def _step(self, event: str, line: int) -> dict[str, Any]:
        return {"e!": event, "line": line}

    def _close(self, track: Track) -> None:
        track.stack.pop()
        if not track.stack:
            track.raised = None
            if track.kind == "task":
                self.journal.note(ended=track.id)

    def _arguments(self, frame: FrameType) -> dict[str, str]:
        code = frame.f_code
        count = code.co_argcount + code.co_kwonlyargcount
        for flag in (4, 8):  # *args, **kwargs
            count += bool(code.co_flags & flag)
        return {
            name: self.shower.show_named(name, frame.f_locals[name])
            for name in code.co_varnames[:count]
            if name != "self" and name in frame.f_locals
        }

    def _changes(self, track: Track) -> dict[str, Any]:
        changed = self._changed(track.stack[-1])
        return {"w": changed} if changed else {}

    def _changed(self, call: Call) -> dict[str, str]:
        """Return the attributes of `self` that this code has changed."""
        owner = call.owner
        if owner is None or not hasattr(owner, "__dict__"):
            return {}
        with self.unseen():
            known = self.seen.get(id(owner))
            if known is None or known[0] is not owner:
                known = self.seen[id(owner)] = (owner, {})
                known[1].update(self._look(owner, vars(owner)))
                return {}
            # What another thread does to the same object is told there.
            mine = [n for n in vars(owner) if n in call.frame.f_code.co_names]
            now = self._look(owner, mine)
            changed = {
                plain(name): text
                for name, text in now.items()
                if known[1].get(name) != text
            }
            known[1].update(now)
        return changed

    def _look(self, owner: object, names: Any) -> dict[str, str]:
        return {
            name: self.shower.show(vars(owner)[name]) for name in list(names)
        }

    def clock(self) -> int:
        """Return what all processes of this machine agree to be now."""
        return time.monotonic_ns()


def _is_open(track: Track, owner: object) -> bool:
    return any(call.owner is owner for call in track.stack)


def plain(name: str) -> str:
    """Give a name its two underscores back: no class in front of it."""
    return re.sub(r"^_[A-Za-z]\w*?(?=__\w)", "", name)
