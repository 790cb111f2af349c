"""A step in words: what the text twin says, and what is read aloud.

The sentences are Markdown with code in backticks and nothing else, so that a
page can link what they name; `inline` makes HTML of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from .listing import Listing
from .recording import Act, Recording, Step

# What an act is called; `{on}` is a socket, a lane or an event.
ACTS = {
    "socket": "makes a socket, {on}",
    "bind": "binds {on} to {detail}",
    "listen": "lets clients queue at {on}",
    "connect": "connects {on} to {detail}",
    "accept": "accepts {detail} at {on}",
    "send": "sends {detail} over {on}",
    "receive": "receives {detail} from {on}",
    "shutdown": "says over {on} that no more will be sent",
    "close": "closes {on}",
    "select": "wakes up: ready is {detail}",
    "start": "starts {on}",
    "join": "has waited for {on} to end",
    "task": "makes a task, {on}",
    "aside": "is put aside; its calls stay open",
    "resume": "goes on where it was put aside",
    "fork": "forks {on}",
    "born": "is born: here, `os.fork` returns 0",
    "exit": "ends, with status {detail}",
    "wait": "collects the status of {on}: {detail}",
    "set": "sets {on}",
    "waited": "has waited until {on} was set",
}
SILENT = {
    "receive": "receives nothing from {on}",
    "select": "wakes up: nobody is ready",
    "bind": "binds {on}",
    "connect": "connects {on}",
    "exit": "ends",
    "wait": "collects the status of {on}",
}

# A loop that sleeps is woken over a pair of sockets, on any system.
WIRE = {
    "bell's ear": ", the listening end of a wake-up pair",
    "bell's button": ", the end of that pair that rings the other",
}

STATES = {"goodbye": "has said goodbye"}
MODULE = "<module>"  # how Python calls the code outside of any function
CODE = re.compile(r"`([^`]+)`")


def code(text: str) -> str:
    """Set a text in backticks, whatever is in it."""
    return f"`{text.replace('`', chr(39))}`" if text else ""


def inline(sentence: str) -> str:
    """Make HTML of a sentence."""
    return CODE.sub(r"<code>\1</code>", escape(sentence, quote=False))


class Teller:
    """Says what happens in the steps of one recording."""

    def __init__(self, recording: Recording, listing: Listing) -> None:
        self.recording, self.listing = recording, listing
        self.titles = {lane.id: lane.title for lane in recording.lanes}
        self.going_on = {*self._going_on()}

    def _going_on(self) -> Iterator[int]:
        """Yield the steps inside of a statement that was told already."""
        inside: dict[tuple[int, ...] | str, tuple[str, int]] = {}
        for step in self.recording.steps():
            if step.event != "line":
                continue
            first, _ = self.listing.statement(step.file, step.line)
            here, frame = (step.file, first), step.stack or step.lane
            is_long = first != step.line or self._is_long(step)
            if is_long and inside.get(frame) == here:
                yield step.number
            inside[frame] = here

    def _is_long(self, step: Step) -> bool:
        """Tell whether the statement of a line goes on below it."""
        first, _ = self.listing.statement(step.file, step.line + 1)
        return first == step.line

    def sentence(self, step: Step) -> str:
        """Say what a step does; the subject is its lane."""
        said = self._act(step.act) if step.act else self._event(step)
        parts = [said, *self._changes(step)]
        if step.after:
            before = " and ".join(map(str, step.after))
            parts.append(f"not before step {before}")
        return "; ".join(parts) + "."

    def found(self, step: Step) -> str:
        """Say which class supplied the method that runs; '' for none."""
        if not step.function or not step.place:
            return ""
        if step.place == 1:
            return f"supplied by {code(step.cls)} itself, first in its MRO"
        supplier = code(step.function.supplier)
        where = f"number {step.place} of the MRO of {code(step.cls)}"
        return f"supplied by {supplier}, {where}"

    def _event(self, step: Step) -> str:
        symbol = step.function.symbol if step.function else ""
        if step.event == "call":
            return self._call(step, symbol)
        if step.event == "return" and symbol == MODULE:
            return f"comes to the end of {code(step.file)}"
        if step.event == "return":
            value = "" if step.value in (None, "None") else step.value
            return " ".join([code(symbol), "returns", code(value)]).strip()
        if step.event == "leave":
            return f"leaves {code(symbol)} by {code(step.error or '')}"
        return self._line(step)

    def _call(self, step: Step, symbol: str) -> str:
        if symbol == MODULE:
            return f"begins with {code(step.file)}"
        given = ", ".join(f"{k}={v}" for k, v in step.arguments.items())
        called = f"calls {code(f'{symbol}({given})')}"
        return ", ".join(filter(None, [called, self.found(step)]))

    def _line(self, step: Step) -> str:
        if step.number in self.going_on and not step.error:
            line = self.listing.code(step.file, step.line).rstrip(":")
            return f"goes on at {code(line)}, in the same statement"
        _, line = self.listing.statement(step.file, step.line)
        line = line.rstrip(":")
        if step.error:
            return f"meets {code(step.error)} at {code(line)}"
        return f"runs {code(line)}" if line else "goes on"

    def _act(self, act: Act) -> str:
        detail = act.detail.removeprefix("to ")
        if (act.what, detail) == ("receive", "the end"):
            return f"finds that {code(act.on)} has come to its end"
        known = ACTS if detail else ACTS | SILENT
        pattern = known.get(act.what, f"{act.what} {{on}} {{detail}}")
        on = self.titles.get(act.on, act.on)
        said = pattern.format(on=code(on), detail=code(detail))
        wire = WIRE.get(act.on, "") if act.what == "socket" else ""
        return " ".join(said.split()) + wire

    @staticmethod
    def _changes(step: Step) -> list[str]:
        # What a line changes is seen when it has run.
        now = " and ".join(
            f"{code(f'self.{name}')} has become {code(value)}"
            for name, value in step.changed.items()
        )
        changed = [f"before it, {now}"] if now else []
        for socket, process, state, tcp in step.sockets:
            kernel = f" (the kernel says {code(tcp)})" if tcp else ""
            where = f" in {process}" if process else ""
            now = STATES.get(state, f"is {state}")
            changed.append(f"{code(socket)}{where} {now}{kernel}")
        return changed
