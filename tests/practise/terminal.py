"""A learner at a terminal: what is typed, and what is on the screen."""

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

from companion.environment import ROOT

PATIENCE = 30.0  # seconds until what is expected must be there
CODES = re.compile(r"\x1b\]8;[^\x1b]*\x1b\\|\x1b\[[0-9;?]*[a-zA-Z]|\x1b[78=>]")
HOME = "\x1b[H"


class Terminal:
    """The companion's `practise` in a terminal of its own."""

    def __init__(self, arguments, size=(80, 24), **settings):
        self.text = ""
        self.ours, theirs = pty.openpty()
        columns, rows = size
        window = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, window)
        env = {
            name: value
            for name, value in os.environ.items()
            if name not in ("NO_COLOR", "COLUMNS", "LINES")
        }
        self.program = subprocess.Popen(
            [sys.executable, "-m", "companion", "practise", *arguments],
            cwd=ROOT,
            env=env | {"TERM": "xterm-256color"} | settings,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        self.before = termios.tcgetattr(theirs)
        self.theirs = theirs

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.program.poll() is None:
            self.program.terminate()
        try:
            self.end()  # a full terminal would hold up its last words
        finally:
            self.program.kill()
            self.program.wait()
            os.close(self.ours)
            os.close(self.theirs)

    def screen(self):
        """Return what is on the screen, without its colours."""
        return CODES.sub("", self.text.rpartition(HOME)[2])

    def until(self, pattern):
        """Wait for something to be on the screen; return the match."""
        deadline = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.screen())):
            if time.monotonic() > deadline:
                raise AssertionError(f"no {pattern!r} in\n{self.screen()}")
            self.read(0.1)
        return found

    def read(self, seconds):
        ready, _, _ = select.select([self.ours], [], [], seconds)
        if ready:
            with contextlib.suppress(OSError):  # it has ended
                self.text += os.read(self.ours, 65536).decode(errors="replace")

    def press(self, keys):
        os.write(self.ours, keys.encode())

    def end(self):
        """Wait for the program's end; return its status."""
        deadline = time.monotonic() + PATIENCE
        while self.program.poll() is None:
            assert time.monotonic() < deadline, "it goes on"
            self.read(0.05)
        self.read(0)
        return self.program.returncode

    def is_as_before(self):
        """Say whether the terminal has its old settings."""
        return termios.tcgetattr(self.theirs) == self.before
