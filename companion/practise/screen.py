"""The loop: save, see the answer, go on.

    ┌ progress ─────────────┐
    │ exercise, its file    │
    │ what the check says   │
    │ …                     │
    └ keys ─────────────────┘

The check runs in a thread, so that keys are heard meanwhile. A verdict about
what is no longer on the screen is thrown away.
"""

from __future__ import annotations

import contextlib
import threading

from rich.console import Group, RenderableType
from rich.control import Control
from rich.text import Text

from companion.environment import TroubleError
from companion.practise import telling
from companion.practise.desk import Desk
from companion.practise.format import Exercise, Whole
from companion.practise.judge import Verdict
from companion.practise.keys import (
    DONE,
    KEY,
    SAVED,
    SIZE,
    TICK,
    Event,
    Events,
    single_keys,
)

KEYS = {
    "n": "next",
    "h": "hint",
    "l": "list",
    "s": "solution",
    "r": "reset",
    "k": "skip",
    "c": "check",
    "q": "quit",
}
Stamp = tuple[int, int]


class Loop:
    """One sitting of a learner."""

    def __init__(self, desk: Desk, events: Events) -> None:
        self.desk, self.events = desk, events
        self.practice = desk.practice
        self.exercise: Exercise = self.practice.current
        self.shown: RenderableType = Text()
        self.stamp: Stamp | None = None
        self.worker: threading.Thread | None = None
        self.again = False
        self.told: list[str] = []
        self.solved: Exercise | None = None
        self.open(self.exercise)

    # -- The exercise on the screen

    def open(self, exercise: Exercise) -> None:
        """Put an exercise on the screen."""
        self.practice.go(exercise)
        self.exercise = exercise
        self.stamp = None
        if isinstance(exercise, Whole):
            self.shown = Text("Press c to let all tests loose on it.")
            self.stamp = self.look()
        else:
            self.shown = Text("Checking ...", telling.QUIET)
            self.look_again()

    def look(self) -> Stamp | None:
        """Return what changes when the learner saves."""
        try:
            found = self.practice.path(self.exercise).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    def look_again(self) -> bool:
        """Check the file, if it is another than at the last look.

        Tells whether it is another.
        """
        stamp = self.look()
        if stamp == self.stamp and stamp is not None:
            return False
        self.stamp = stamp
        if not isinstance(self.exercise, Whole):
            self.check()
        return True

    # -- Checking

    def check(self) -> None:
        """Start a check; one that is asked for meanwhile comes after it."""
        if self.worker is not None:
            self.again = True
            return
        exercise, self.told = self.exercise, []
        self.worker = threading.Thread(target=self.work, args=(exercise,))
        self.worker.start()

    def work(self, exercise: Exercise) -> None:
        """Check an exercise, in a thread."""
        found: object
        try:
            found = self.desk.judged(exercise, self.tell)
        except Exception as error:  # it belongs to the main thread
            found = error
        self.events.put(Event(DONE, (exercise, found)))

    def tell(self, *lines: str) -> None:
        """Show how far a check is that takes long."""
        self.told += lines
        self.shown = Text("\n".join(self.told))
        self.events.put(Event(SIZE))

    def done(self, exercise: Exercise, found: object) -> None:
        """Take in a verdict; raises what the check has raised."""
        assert self.worker is not None
        self.worker.join()
        self.worker = None
        if self.again or exercise is not self.exercise:
            self.again = False
            self.check()
            return
        if isinstance(found, TroubleError):
            self.shown = Text(str(found))
        elif isinstance(found, Exception):
            raise found
        elif isinstance(found, Verdict):
            self.desk.remember(exercise, found)
            self.solved = exercise if found.passed else None
            self.shown = Group(
                *self.told,
                telling.verdict(exercise, found, self.practice),
                *self.desk.notes(),
            )

    def catch_up(self) -> bool:
        """Do what may come after the answer; tell whether there was any."""
        exercise, self.solved = self.solved, None
        if exercise is None:
            return False
        self.desk.join(exercise)
        self.shown = Group(self.shown, *self.desk.notes())
        return True

    def finish(self) -> None:
        """Wait for a check that still runs."""
        if self.worker is not None:
            self.worker.join()


class Screen(Loop):
    """The loop on a screen of its own, with keys."""

    def __init__(self, desk: Desk, events: Events) -> None:
        self.chosen: int | None = None  # in the list; None where it is shut
        self.asks_reset = False
        self.page = 0
        super().__init__(desk, events)

    # -- Drawing

    def draw(self) -> RenderableType:
        """Return the whole screen."""
        width, height = self.desk.console.size
        top: list[RenderableType] = [
            telling.bar(self.practice, max(10, width - 40)),
            telling.title(self.exercise, self.practice),
            telling.place(self.practice.path(self.exercise), self.practice),
            Text(),
        ]
        bottom = self.keys()
        used = self.lines_of(Group(*top)) + self.lines_of(bottom) + 1
        room = max(3, height - used)
        return Group(*top, self.body(width, room), bottom)

    def body(self, width: int, room: int) -> Group:
        """Return what is in the middle, cut to the room that there is."""
        if self.chosen is not None:
            lines = self.list_lines()
            start = max(0, min(self.row - room // 2, len(lines) - room))
        else:
            lines = self.rendered(self.shown, width)
            start = self.page * (room - 1) if len(lines) > room else 0
            if start >= len(lines):
                start = self.page = 0
            if len(lines) > room:
                more = len(lines) - start - (room - 1)
                lines = lines[start : start + room - 1]
                told = f"({more} lines more: space)" if more > 0 else "(space)"
                lines.append(Text(told, telling.QUIET))
                start = 0
        lines = lines[start : start + room]
        return Group(*lines, *[Text()] * (room - len(lines)))

    def rendered(self, what: RenderableType, width: int) -> list[Text]:
        """Return something as lines of text."""
        console = self.desk.console
        options = console.options.update(width=width)
        lines = console.render_lines(what, options, pad=False)
        return [
            Text.assemble(
                *((piece.text, piece.style or "") for piece in line),
                no_wrap=True,
            )
            for line in lines
        ]

    def lines_of(self, what: RenderableType) -> int:
        """Count the lines that something takes."""
        return len(self.desk.console.render_lines(what, pad=False))

    def list_lines(self) -> list[Text]:
        """Return the list of exercises, with the chosen one marked."""
        lines = telling.lines(self.practice, self.exercise)
        exercises = self.practice.exercises
        row, before = -1, ""
        for number, each in enumerate(exercises):
            row += 1 if each.chapter == before else 2
            before = each.chapter
            if number == self.chosen:
                self.row = row
                lines[row].stylize("reverse")
        return [*lines, telling.legend()]

    def keys(self) -> Text:
        """Say which keys there are, of those that do something here."""
        if self.chosen is not None:
            return Text("up, down: choose   enter: go there   l: back")
        if self.asks_reset:
            return Text("Begin anew? Your file goes to backup/.   y: yes")
        names = dict(KEYS)
        if not self.practice.is_solved(self.exercise):
            del names["s"]
        said = Text()
        for key, name in names.items():
            said.append(key, telling.STRONG)
            said.append(f":{name}  ")
        if self.worker is not None:
            said.append("checking ...", telling.QUIET)
        return said

    # -- Keys

    def press(self, key: str) -> bool:
        """Do what a key says; False if that is to end."""
        if key in ("q", "quit"):
            return False
        if self.asks_reset:
            self.asks_reset = False
            if key == "y":
                self.reset()
        elif self.chosen is not None:
            self.press_in_list(key, self.chosen)
        elif key == " ":
            self.page += 1
        elif key == "r":
            self.asks_reset = True
        elif key in KEYS:
            self.page = 0
            getattr(self, KEYS[key])()
        return True

    def press_in_list(self, key: str, chosen: int) -> None:
        """Move in the list, or leave it."""
        exercises = self.practice.exercises
        if key in ("up", "down"):
            step = 1 if key == "down" else -1
            self.chosen = min(max(chosen + step, 0), len(exercises) - 1)
        elif key in ("enter", "l", "escape"):
            self.chosen = None
            if key == "enter":
                self.open(exercises[chosen])

    def next(self) -> None:
        """Go on, to what comes next and is not solved."""
        after = self.practice.next_open()
        if after is None:
            self.shown = Text("All is solved. There is nothing left to do.")
        elif after is not self.exercise:
            self.open(after)

    def skip(self) -> None:
        """Leave the exercise for later."""
        after = self.practice.skip(self.exercise)
        if after is not None:
            self.open(after)

    def hint(self) -> None:
        """Show one more hint."""
        number = self.practice.hint(self.exercise)
        self.shown = telling.hint(self.exercise, number)

    def list(self) -> None:
        """Show the list."""
        self.chosen = self.practice.exercises.index(self.exercise)

    def solution(self) -> None:
        """Show the solution of what is solved."""
        if self.practice.is_solved(self.exercise) and self.worker is None:
            self.shown = telling.code(self.desk.solved(self.exercise))

    def reset(self) -> None:
        """Begin anew; what there was is kept."""
        aside = self.practice.reset(self.exercise)
        if aside is not None:
            name = self.practice.shown(aside)
            self.practice.notes.append(f"What you had is in {name}.")
        self.open(self.exercise)


def watch(desk: Desk) -> int:
    """Watch on a screen, until the learner quits."""
    events = Events()
    practice = desk.practice
    practice.go(practice.current)
    with contextlib.ExitStack() as stack:
        stack.callback(events.close)
        keyboard = stack.enter_context(single_keys())
        stack.enter_context(events.of_saves(practice.folder))
        stack.enter_context(events.of_sizes())
        loop = Screen(desk, events)
        stack.callback(loop.finish)
        # What still runs is killed, so that the wait for it is short.
        stack.callback(desk.judge.runner.close)
        with desk.console.screen(hide_cursor=True) as screen:
            go_on = True
            while go_on:
                desk.console.control(Control.home())
                screen.update(loop.draw())
                if loop.catch_up():
                    continue
                event = events.wait(keyboard)
                # What stays as it is, is not drawn, nor read aloud, again.
                while event.kind == TICK and not loop.look_again():
                    event = events.wait(keyboard)
                go_on = handle(loop, event)
    desk.say(
        telling.bar(practice), "Go on with: python3 -m companion practise"
    )
    return 0


def handle(loop: Screen, event: Event) -> bool:
    """Let an event have its effect; False for the end."""
    if event.kind == KEY:
        return loop.press(str(event.what))
    if event.kind == DONE:
        assert isinstance(event.what, tuple)
        loop.done(*event.what)
    elif event.kind == SAVED:
        loop.look_again()
    return True


def watch_plainly(desk: Desk) -> int:
    """Watch without a screen: print each verdict, until Ctrl-C."""
    events = Events()
    desk.introduce()
    desk.say("Save the file to have it checked. Ctrl-C ends this.", "")
    with contextlib.ExitStack() as stack:
        stack.callback(events.close)
        stack.enter_context(events.of_saves(desk.practice.folder))
        loop = Loop(desk, events)
        stack.callback(loop.finish)
        stack.callback(desk.judge.runner.close)
        before: RenderableType = loop.shown
        while True:
            event = events.wait(None)
            if event.kind == DONE:
                assert isinstance(event.what, tuple)
                loop.done(*event.what)
            elif event.kind in (SAVED, TICK):
                loop.look_again()
            if loop.shown is not before:
                before = loop.shown
                desk.say(before, *desk.notes(), "")
                if loop.solved is not None:
                    desk.join(loop.solved)
                    loop.solved = None
                    desk.say(*desk.notes(), "")
