"""The calls by which lanes touch one another, wrapped to be written down.

Sockets, sleep, threads, events and forks. Each wrapper does what it wraps and
tells of it. What lets another lane go on bears the time before it is done;
what waits for another lane, the time after.
"""

from __future__ import annotations

import asyncio
import functools
import os
import select
import selectors
import sys
import threading
from contextlib import suppress
from typing import Any

from . import sockets
from .kernel import Kernel, Known
from .recorder import plain
from .sockets import is_ready, replace
from .values import Pid, token


def install(kernel: Kernel) -> None:
    """Wrap everything, for the rest of this process's life."""
    sockets.install(kernel)
    _Sleep(kernel).install()
    _Threads(kernel).install()
    _Tasks(kernel).install()
    if hasattr(os, "fork"):
        _Forks(kernel).install()


class _Sleep:
    """`select`: how a loop sleeps, and what wakes it."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel, self.recorder = kernel, kernel.recorder

    def install(self) -> None:
        for name in ("PollSelector", "SelectSelector"):
            if hasattr(selectors, name):
                replace(getattr(selectors, name), "select", self.select)
        if selectors.DefaultSelector.__name__ not in (
            "PollSelector",
            "SelectSelector",
        ):
            replace(selectors.DefaultSelector, "select", self.turn)

    def turn(
        self, real: Any, selector: Any, timeout: float | None = None
    ) -> Any:
        """Let an event loop sleep: it has a clock and a bell of its own."""
        held = self.kernel.hold_time
        if not self.recorder.looks or not held or timeout == 0:
            return real(selector, timeout)
        poll = select.poll()
        for key in selector.get_map().values():
            poll.register(key.fd, _mask(key.events))
        with self.recorder.waiting(
            "a client", functools.partial(_any_ready, selector)
        ):
            poll.poll()
        self.recorder.rest.let_others_finish()
        found = real(selector, 0)
        self.tell([key.fd for key, _ in found], None, quiet=True)
        return found

    def select(
        self, real: Any, selector: Any, timeout: float | None = None
    ) -> Any:
        if not self.recorder.looks:
            return real(selector, timeout)
        patience = self.kernel.patience
        watched = [key.fd for key in selector.get_map().values()]

        def ready() -> bool:
            return is_ready(*watched, patience.ear)

        cause = None
        with self.recorder.waiting("a client", ready):
            if self.kernel.hold_time and (timeout is None or timeout > 0):
                self.sleep(watched, patience.ear)
                found = real(selector, 0)
            else:
                found = real(selector, timeout)
        if self.kernel.hold_time:
            cause = None if found else patience.wake()
            self.recorder.rest.let_others_finish()
        self.tell([key.fileobj for key, _ in found], cause)
        return found

    def sleep(self, watched: list[int], ear: int) -> None:
        """Wait for a socket, or for somebody to lose patience."""
        poll = select.poll()
        for descriptor in [*watched, ear]:
            poll.register(descriptor, select.POLLIN)
        poll.poll()

    def tell(
        self, found: list[Any], cause: Any, *, quiet: bool = False
    ) -> None:
        """Tell what has woken a sleeper; if `quiet`, only sockets do."""
        woken = [sock for each in found if (sock := self.socket_of(each))]
        names = sorted(self.kernel.on(known) for known in woken)
        sync = {"do": "select", "ready": [known.number for known in woken]}
        if cause:
            sync["after"] = [cause]
        detail = ", ".join(names) or "nobody"
        if names or not quiet:
            self.recorder.act("select", "", detail, sync=sync)

    def socket_of(self, watched: Any) -> Known | None:
        """Find the socket behind what a selector watches: by descriptor."""
        with self.recorder.unseen():
            is_number = isinstance(watched, int)
            descriptor = watched if is_number else watched.fileno()
        return next(
            (
                known
                for sock, known in self.kernel.known.items()
                if sock.fileno() == descriptor
            ),
            None,
        )


def _mask(events: int) -> int:
    """Return for `poll` what a selector waits for."""
    reads = select.POLLIN if events & selectors.EVENT_READ else 0
    return reads | (select.POLLOUT if events & selectors.EVENT_WRITE else 0)


def _any_ready(selector: Any) -> bool:
    """Tell whether anything has come that a selector waits for."""
    poll = select.poll()
    for key in selector.get_map().values():
        poll.register(key.fd, _mask(key.events))
    return bool(poll.poll(0))


class _Tasks:
    """Tasks of an event loop, each with a lane of its own."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel, self.recorder = kernel, kernel.recorder
        self.count = 0

    def install(self) -> None:
        replace(asyncio.BaseEventLoop, "create_task", self.create)
        if self.kernel.hold_time:
            # No limit passes: a loop that nobody wakes sleeps on.
            replace(asyncio.BaseEventLoop, "time", lambda *_: 0.0)

    def create(self, real: Any, loop: Any, coro: Any, **named: Any) -> Any:
        task = real(loop, coro, **named)
        code = getattr(coro, "cr_code", None)
        if (
            not self.recorder.looks
            or not code
            or not self.recorder.wants(code)
        ):
            return task
        if code.co_name == "serve":
            name = "serve"
        else:
            self.count += 1
            name = f"task {self.count}"
        track = self.recorder.open_task(task, name)
        sync = {"do": "task", "lane": track.id}
        self.recorder.act("task", _lane(track.id), sync=sync)
        return task


class _Threads:
    """Threads that start and are joined, events that are set and awaited."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel, self.recorder = kernel, kernel.recorder

    def install(self) -> None:
        replace(threading.Thread, "start", self.start)
        replace(threading.Thread, "join", self.join)
        replace(threading.Event, "set", self.set)
        replace(threading.Event, "wait", self.wait)

    def start(self, real: Any, thread: threading.Thread) -> None:
        if not self.recorder.looks:
            real(thread)
            return
        track = self.recorder.open_thread(thread)
        run, rest = thread.run, self.recorder.rest

        def run_in_lane() -> None:
            rest.replace(thread, threading.get_ident())
            self.recorder.here.track = track
            try:
                run()
            finally:
                self.recorder.here.track = None
                self.recorder.journal.note(ended=track.id)
                rest.end(threading.get_ident())

        thread.run = run_in_lane  # type: ignore[method-assign]
        rest.begin(thread)
        sync = {"do": "start", "lane": track.id}
        self.recorder.act("start", _lane(track.id), sync=sync)
        try:
            real(thread)
        except RuntimeError:
            rest.end(thread)
            raise

    def join(self, real: Any, thread: threading.Thread, *args: Any) -> None:
        lane = self.recorder.lane_of_thread(thread)
        if not self.recorder.looks or not lane:
            real(thread, *args)
            return
        with self.recorder.waiting(_lane(lane), lambda: not thread.is_alive()):
            real(thread, *args)
        if not thread.is_alive():
            sync = {"do": "join", "lane": lane}
            self.recorder.act("join", _lane(lane), sync=sync)

    def set(self, real: Any, event: threading.Event) -> None:
        name = self.name(event)
        if name:
            self.recorder.act("set", name)
            self.kernel.set_by[event] = self.recorder.track.now
        real(event)

    def wait(self, real: Any, event: threading.Event, *args: Any) -> bool:
        name = self.name(event)
        if not name:
            return real(event, *args)
        # Somebody in the library waits for somebody who may be asleep.
        hurry = self.kernel.hold_time and not self.in_script()
        if hurry:
            self.kernel.patience.lose(self.recorder.track.now)
        try:
            with self.recorder.waiting(name, event.is_set):
                result = real(event, *args)
        finally:
            if hurry:
                self.kernel.patience.regain()
        sync = {"after": [self.kernel.set_by.get(event)]} if result else {}
        self.recorder.act("waited", name, "" if result else "no", sync=sync)
        return result

    def in_script(self) -> bool:
        track = self.recorder.track
        code = track.stack[-1].frame.f_code
        return code.co_filename == self.recorder.script

    def name(self, event: threading.Event) -> str:
        """Name an event as the code that asks for it does; or not at all."""
        frame = sys._getframe(3)
        if not self.recorder.looks or not self.recorder.wants(frame.f_code):
            return ""
        owner = frame.f_locals.get("self")
        for names in (getattr(owner, "__dict__", {}), frame.f_locals):
            for name, value in names.items():
                if value is event:
                    return plain(name)
        for name, value in frame.f_globals.items():
            if value is event:
                return name
        return "an event"


def _lane(name: str) -> str:
    return token("name", name)


class _Forks:
    """`fork` returns twice; `waitpid` collects what is left of a child.

    `getpid` marks its number: to the eye it is one like any other.
    """

    def __init__(self, kernel: Kernel) -> None:
        self.kernel, self.recorder = kernel, kernel.recorder

    def install(self) -> None:
        replace(os, "fork", self.fork)
        replace(os, "_exit", self.leave)
        replace(os, "waitpid", self.waitpid)
        replace(os, "getpid", lambda real: Pid(real()))

    def fork(self, real: Any) -> int:
        if not self.recorder.looks:
            return real()
        self.kernel.forks += 1
        parent = self.recorder.journal.process
        prefix = "child " if parent == "server" else f"{parent}."
        child = f"{prefix}{self.kernel.forks}"
        sync = {"do": "fork", "lane": child}
        self.recorder.act("fork", _lane(child), sync=sync)
        pid = real()
        if pid:
            self.recorder.children[pid] = child
            self.recorder.journal.note(pid=pid, lane=child)
            return pid
        self.kernel.be_born(child)
        sync = {"do": "born", "lane": child}
        states = self.kernel.inherited()
        self.recorder.act("born", _lane(child), sync=sync, s=states)
        return 0

    def leave(self, real: Any, status: int) -> None:
        track = self.recorder.track
        if track and self.recorder.looks:
            self.recorder.act("exit", "", f"status {status}")
            self.recorder.journal.note(ended=track.id)
        real(status)

    def waitpid(self, real: Any, pid: int, options: int) -> tuple[int, int]:
        if pid > 0 and not options and hasattr(os, "waitid"):
            with self.recorder.waiting("a child"), suppress(ChildProcessError):
                os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        found, status = real(pid, options)
        child = self.recorder.children.get(found)
        if child and self.recorder.looks:
            code = os.waitstatus_to_exitcode(status)
            sync = {"do": "wait", "lane": child}
            self.recorder.act(
                "wait", _lane(child), f"status {code}", sync=sync
            )
        return found, status
