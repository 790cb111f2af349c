"""One trial of a learner's code, in a process that may be killed.

The process belongs to the trial alone: `warden` has forked it, given it a
session, a folder and limits, and watches it. What is found goes out line by
line, so that what was seen is known even if the process ends in the middle.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.abc
import importlib.machinery
import io
import json
import linecache
import os
import re
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import CodeType, FrameType, ModuleType, SimpleNamespace
from typing import Any, NoReturn

from companion.practise import blanks
from companion.practise import format as exercises
from companion.practise.splice import Spliced, UnfinishedError, splice

ENDED = "it ended Python itself"
NO_CHILD = "the parent called os._exit()"
WAIT = 1.0  # seconds that a promise waits for something before it is broken
PLANT_WAIT = 0.6  # the same for a test on a plant, which shall fail
YOURS = "yours"  # the learner's package, and what it is called in a promise
WAITED = re.compile(r"\(waited [\d.]+ s\)$")  # how the toolkit says it
ENDLESS = "must come to an end"
# What is raised by a slip of the pen, and by hardly anything else.
SLIPS = (
    NameError,
    AttributeError,
    TypeError,
    ImportError,
    EOFError,
    MemoryError,
    RecursionError,
)


class Trial:
    """A learner's file under trial; `out` is where the findings go."""

    def __init__(self, order: Mapping[str, Any], out: int) -> None:
        self.exercise = exercises.read(Path(order["exercise"]))
        self.source: str = order["source"]
        self.name: str = order["name"]
        self.part: str = order["part"]
        self.out, self.pid = out, os.getpid()
        self.home, self.spliced = "", Spliced(())  # a fill's module

    def run(self) -> None:
        """Try what the order asks for, and tell."""
        self.look_out()
        lines = self.source.splitlines(keepends=True)
        linecache.cache[self.name] = (len(self.source), None, lines, self.name)
        try:
            {
                "predict": self.predict,
                "fill": self.fill,
                "catch": self.catch,
            }[self.exercise.kind]()
        except UnfinishedError as gap:
            self.tell("unfinished", what=gap.what, line=gap.line)
        except SyntaxError as error:
            self.tell("syntax", what=error.msg, line=error.lineno or 0)
        self.tell("end")

    def tell(self, event: str, **found: object) -> None:
        """Write one finding, whole and at once."""
        line = json.dumps({"event": event, **found}) + "\n"
        os.write(self.out, line.encode())

    # -- Slips of the pen

    def look_out(self) -> None:
        """Tell of each slip in the learner's file, also of one swallowed.

        A server reports errors and goes on, and so do some promises. What
        is left then is that nothing happened, which says little.
        """
        if self.exercise.kind == "fill":
            threading.settrace(self.enters)
            sys.settrace(self.enters)

    def enters(
        self, frame: FrameType, event: str, _: object
    ) -> Callable[..., Any] | None:
        """Follow the learner's functions, and no others."""
        if frame.f_code.co_filename != self.name:
            return None
        frame.f_trace_lines = False
        return self.follows

    def follows(
        self, frame: FrameType, event: str, found: Any
    ) -> Callable[..., Any]:
        """Tell of a slip in the very frame in which it is made."""
        if event == "exception":
            kind, error, trace = found
            # None where it was thrown into a coroutine.
            made_here = trace is not None and trace.tb_next is None
            if made_here and issubclass(kind, SLIPS):
                self.tell("slip", what=in_short(error), line=frame.f_lineno)
        return self.follows

    # -- The three kinds

    def predict(self) -> None:
        """Run the program and tell the answers."""
        exercise = self.exercise
        assert isinstance(exercise, exercises.Predict)
        seen = run_program(exercise.listing())
        answers = exercise.module.answers(seen)
        self.tell(
            "answers",
            answers={name: repr(value) for name, value in answers.items()},
        )

    def fill(self) -> None:
        """Put the learner's code into the text and check its promises."""
        exercise = self.exercise
        assert isinstance(exercise, exercises.Fill)
        module = blanks.home(exercise.symbols)
        spliced = splice(module.source, exercise.symbols, self.source)
        self.home, self.spliced = f"{YOURS}.{module.name}", spliced
        yours: list[ModuleType] = []

        def imported() -> None:
            yours.append(package(YOURS, module.name, spliced, self.name))

        if not self.keeps("import", imported):
            return
        for function, promise in exercise.functions():
            name = function.removeprefix(exercises.PROMISE)
            if not self.keeps(name, functools.partial(promise, yours[0])):
                return

    def catch(self) -> None:
        """Let the learner's test loose on the text, or on a plant."""
        exercise = self.exercise
        assert isinstance(exercise, exercises.Catch)
        lib = importlib.import_module("minisocketserver")
        for plant in exercise.plants:
            if plant.name == self.part:
                wait_less(PLANT_WAIT)
                lib = planted(exercise, plant)
        space: dict[str, Any] = {"__name__": "exercise"}
        code = compile(self.source, self.name, "exec")
        check_gaps(self.source, exercise.test())
        if self.keeps("import", lambda: exec(code, space)):
            test = space[exercise.test()]
            self.keeps(self.part, lambda: test(lib))

    # -- One promise

    def keeps(self, name: str, check: Callable[[], object]) -> bool:
        """Check one promise, and tell whether it was kept."""
        self.tell("start", promise=name)
        try:
            check()
        except BaseException as error:
            self.leave_if_child(name)
            self.tell("broken", promise=name, **self.explain(error))
            return False
        self.leave_if_child(name)
        self.tell("kept", promise=name)
        return True

    def leave_if_child(self, name: str) -> None:
        """End a forked child that has come back to us, and say so."""
        if os.getpid() != self.pid:
            happened = (
                "a forked child came back from the call that made it, and "
                "went on with the parent's program"
            )
            self.tell(
                "broken", promise=name, happened=happened, line=0, plain=False
            )
            LEAVE(1)

    def explain(self, error: BaseException) -> dict[str, Any]:
        """Say what happened, and in which line of the learner's file.

        `plain` is what says by itself what is wrong: an exception, or that
        it does not end. It is then no matter which promise was checked.
        """
        line = 0
        for frame, number in traceback.walk_tb(error.__traceback__):
            line = self.theirs(frame, number) or line
        line = line or self.line_of_a_thread()
        said, plain = str(error), True
        # pytest's `fail` raises a `Failed`, which is no AssertionError.
        if type(error).__name__ in ("AssertionError", "Failed"):
            said = said or failed_line(error)
            plain = said.startswith(NO_CHILD)
            if WAITED.search(said):
                plain = ENDLESS in said
                said = said.replace(ENDLESS, "did not come to an end")
                said += f": it was in line {line}" if line else ""
        elif type(error) is SystemExit:
            said = f"{ENDED} ({in_short(error)})"
        else:
            said = in_short(error)
        return {"happened": said, "line": line, "plain": plain}

    def theirs(self, frame: FrameType, number: int) -> int:
        """Return the line of the learner's file for a frame's, 0 if none.

        An import of theirs, or what they write into a class, runs as part
        of the text's own module: there, the splice knows whose line it is.
        """
        if frame.f_code.co_filename == self.name:
            return number
        is_home = frame.f_globals.get("__name__") == self.home
        return self.spliced.theirs(number) if is_home else 0

    def line_of_a_thread(self) -> int:
        """Return where a thread is, if one is in the learner's file."""
        for frame in sys._current_frames().values():
            inner: FrameType | None = frame
            while inner is not None:
                if inner.f_code.co_filename == self.name:
                    return inner.f_lineno
                inner = inner.f_back
        return 0


def in_short(error: BaseException) -> str:
    """Return an error's name and what it says."""
    return f"{type(error).__name__}: {error}".rstrip(": ")


def failed_line(error: BaseException) -> str:
    """Return the line of an assertion that says nothing itself."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"this did not hold: {last.line}"


def check_gaps(source: str, test: str) -> None:
    """Raise UnfinishedError if the learner's test is not complete."""
    splice("x = 1\ndef there(): pass\n", (test,), source)


# -- What a promise is checked on


def run_program(program: str) -> SimpleNamespace:
    """Run a program; return its names, and as `printed` its lines."""
    out = io.StringIO()
    space: dict[str, Any] = {"__name__": "program"}
    name = "the program"
    linecache.cache[name] = (
        len(program),
        None,
        program.splitlines(keepends=True),
        name,
    )
    with contextlib.redirect_stdout(out):
        exec(compile(program, name, "exec"), space)
    seen = SimpleNamespace(**space)
    seen.printed = out.getvalue().splitlines()
    return seen


def planted(exercise: exercises.Catch, plant: exercises.Plant) -> ModuleType:
    """Return the text with a mistake in it."""
    where = f"{exercise.path}: the plant {plant.name!r}"
    code = blanks.edits_of(plant.symbol, plant.edits, where)
    module = blanks.home((plant.symbol,))
    spliced = splice(module.source, (plant.symbol,), code)
    return package("planted", module.name, spliced, "the planted mistake")


def package(name: str, module: str, spliced: Spliced, file: str) -> ModuleType:
    """Import the text under another name, one of its modules replaced.

    What comes from the learner is known by the name of their `file`.
    """
    code = {
        each.name: compile(each.source, str(each.path), "exec")
        for each in blanks.library().values()
        if each.name != module
    }
    path = str(blanks.library()[module].path)
    code[module] = attributed(
        compile(spliced.source, path, "exec"), spliced, file
    )
    sys.meta_path.insert(0, _Shelf(name, code))
    return importlib.import_module(name)


def attributed(code: CodeType, spliced: Spliced, file: str) -> CodeType:
    """Give the learner's functions their own file and lines."""
    inner = [
        attributed(each, spliced, file) if isinstance(each, CodeType) else each
        for each in code.co_consts
    ]
    line = spliced.theirs(code.co_firstlineno)
    if line and code.co_name != "<module>":
        return code.replace(
            co_consts=tuple(inner), co_filename=file, co_firstlineno=line
        )
    return code.replace(co_consts=tuple(inner))


class _Shelf(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """A package that is compiled already and lies in no file."""

    def __init__(self, name: str, code: dict[str, CodeType]) -> None:
        self.name, self.code = name, code

    def find_spec(
        self, fullname: str, path: object, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find the package, and what is in it."""
        first, _, rest = fullname.partition(".")
        if first != self.name or (rest or "__init__") not in self.code:
            return None
        return importlib.machinery.ModuleSpec(
            fullname, self, is_package=not rest
        )

    def exec_module(self, module: ModuleType) -> None:
        """Run a module's code."""
        name = module.__name__.partition(".")[2] or "__init__"
        exec(self.code[name], vars(module))


# -- Guards


LEAVE = os._exit


def only_children_leave() -> None:
    """Turn a parent's `os._exit` into a failure: only a child may."""
    parent = os.getpid()

    def leave_as_child(status: int) -> NoReturn:
        if os.getpid() == parent:
            raise AssertionError(f"{NO_CHILD}: only the child may")
        LEAVE(status)

    os._exit = leave_as_child  # type: ignore[assignment]


def wait_less(seconds: float) -> None:
    """Let the toolkit of the tests give up sooner: somebody is waiting."""
    toolkit = importlib.import_module("tests.conformance.toolkit")
    toolkit.DEADLINE = seconds
