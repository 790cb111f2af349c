"""Two ways to be told of every call, line and return; the same is told.

Python 3.12 brought `sys.monitoring`, which costs nothing where nobody looks.
Before, there was `sys.settrace`. Both are asked here to call the same five
methods of a `Watcher`.
"""

from __future__ import annotations

import opcode
import sys
import threading
from types import CodeType, FrameType
from typing import Any, Protocol

BACK_ENDS = ("monitoring", "settrace")

_RETURNS = {"RETURN_VALUE", "RETURN_CONST", "RETURN_GENERATOR"}
# From 3.13 on, a frame that is put aside stands where it will go on.
_YIELDS = {"YIELD_VALUE", "RESUME"}

# Python 3.10 stands before its `YIELD_FROM`, to come by there again.
_AHEAD = 2 if sys.version_info < (3, 11) else 0


class Watcher(Protocol):
    """Who is told; `wants` is asked once for each piece of code."""

    def wants(self, code: CodeType) -> bool:
        """Tell whether a piece of code is of interest."""

    def called(self, frame: FrameType) -> None:
        """Hear of a call."""

    def at_line(self, frame: FrameType, line: int) -> None:
        """Hear of a line that is about to run."""

    def raised(self, frame: FrameType, error: BaseException) -> None:
        """Hear of an exception that comes up in a frame."""

    def returned(self, frame: FrameType, value: object) -> None:
        """Hear of a function's result."""

    def paused(self, frame: FrameType) -> None:
        """Hear of a coroutine or generator that is put aside."""

    def left(self, frame: FrameType, error: BaseException | None) -> None:
        """Hear of a function that an exception leaves."""


def usual() -> str:
    """Name the back end that this Python does best with."""
    return "monitoring" if hasattr(sys, "monitoring") else "settrace"


def start(watcher: Watcher, back_end: str) -> None:
    """Have the watcher told, in this thread and in all that start later."""
    if back_end == "monitoring":
        _Monitoring(watcher).start()
    else:
        tracing = _Tracing(watcher)
        threading.settrace(tracing.enter)
        sys.settrace(tracing.enter)


def stop(back_end: str) -> None:
    """Have the watcher told nothing any more."""
    if back_end == "monitoring":
        sys.monitoring.set_events(_Monitoring.tool, 0)
        sys.monitoring.free_tool_id(_Monitoring.tool)
    else:
        threading.settrace(None)  # type: ignore[arg-type]
        sys.settrace(None)


class _Tracing:
    """By `sys.settrace`, whose events are nearly those we want."""

    def __init__(self, watcher: Watcher) -> None:
        self.watcher = watcher
        self.failed: dict[FrameType, int] = {}

    def enter(self, frame: FrameType, event: str, _: Any) -> Any:
        if event != "call" or not self.watcher.wants(frame.f_code):
            return None
        self.watcher.called(frame)
        return self.inside

    def inside(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event == "line":
            self.watcher.at_line(frame, frame.f_lineno)
        elif event == "exception":
            self.failed[frame] = frame.f_lasti
            self.watcher.raised(frame, arg[1])
        elif event == "return":
            # It is told of a function that an exception leaves, too, with
            # None. The instruction at which it stands knows better.
            failed_here = self.failed.pop(frame, None) == frame.f_lasti
            if _stands_at(frame) in _RETURNS:
                self.watcher.returned(frame, arg)
            elif _yields(frame) and not failed_here:
                self.watcher.paused(frame)
            else:
                self.watcher.left(frame, None)
        return self.inside


def _stands_at(frame: FrameType, ahead: int = 0) -> str:
    """Name the instruction that a frame is at, or one further on."""
    code, place = frame.f_code.co_code, frame.f_lasti + ahead
    return opcode.opname[code[place]] if place < len(code) else ""


def _yields(frame: FrameType) -> bool:
    """Tell whether a frame stands where it can be put aside."""
    if _stands_at(frame) in _YIELDS:
        return True
    return bool(_AHEAD) and _stands_at(frame, _AHEAD) == "YIELD_FROM"


class _Monitoring:
    """By `sys.monitoring`: the callbacks are given code, not a frame."""

    tool = 3  # the first number that is nobody's by convention

    def __init__(self, watcher: Watcher) -> None:
        self.watcher = watcher

    def start(self) -> None:
        events = sys.monitoring.events
        callbacks = {
            events.PY_START: self.called,
            events.PY_RESUME: self.called,
            events.PY_THROW: self.thrown,
            events.LINE: self.at_line,
            events.RAISE: self.raised,
            events.PY_RETURN: self.returned,
            events.PY_YIELD: self.paused,
            events.PY_UNWIND: self.left,
        }
        sys.monitoring.use_tool_id(self.tool, "companion xray")
        for event, callback in callbacks.items():
            sys.monitoring.register_callback(self.tool, event, callback)
        sys.monitoring.set_events(self.tool, sum(callbacks))

    def called(self, code: CodeType, offset: int) -> Any:
        if not self.watcher.wants(code):
            return sys.monitoring.DISABLE
        return self.watcher.called(sys._getframe(1))

    def thrown(self, code: CodeType, offset: int, error: Any) -> None:
        if self.watcher.wants(code):
            self.watcher.called(sys._getframe(1))

    def at_line(self, code: CodeType, line: int) -> Any:
        if not self.watcher.wants(code):
            return sys.monitoring.DISABLE
        return self.watcher.at_line(sys._getframe(1), line)

    def raised(self, code: CodeType, offset: int, error: Any) -> None:
        if self.watcher.wants(code):
            self.watcher.raised(sys._getframe(1), error)

    def returned(self, code: CodeType, offset: int, value: object) -> Any:
        if not self.watcher.wants(code):
            return sys.monitoring.DISABLE
        return self.watcher.returned(sys._getframe(1), value)

    def paused(self, code: CodeType, offset: int, value: object) -> Any:
        if not self.watcher.wants(code):
            return sys.monitoring.DISABLE
        return self.watcher.paused(sys._getframe(1))

    def left(self, code: CodeType, offset: int, error: Any) -> None:
        if self.watcher.wants(code):
            self.watcher.left(sys._getframe(1), error)
