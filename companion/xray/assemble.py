"""From steps in one order to a recording: names in place of numbers."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

from companion.text import TEXT

from . import merge
from .merge import Event, Run
from .recording import Function, Lane, Recording, Socket
from .values import CLOSE, OPEN

TOKEN = re.compile(f"{OPEN}(name|port|pid) ([^{CLOSE}]*){CLOSE}")

KINDS = ("client", "main", "thread", "task", "process")


class Names:
    """What each token stands for, once the order of all steps is known."""

    def __init__(self, run: Run, order: list[Event]) -> None:
        self.run = run
        self.kinds = {note["socket"]: note for note in run.noted("socket")}
        self.sockets: dict[str, Socket] = {}
        self.ports: dict[str, str] = {"0": "0"}
        self.pids = {
            str(note["pid"]): note["lane"] for note in run.noted("pid")
        }
        pairs = [note["pair"] for note in run.noted("pair")]
        self.ears = {pair[0] for pair in pairs if pair}
        self.owners: dict[str, str] = {}
        self.dos: dict[str, set[str]] = {}
        for event in order:
            sync = event.sync
            for number in (sync.get("socket"), sync.get("got")):
                if number:
                    self.owners.setdefault(number, event.lane)
                    self.dos.setdefault(number, set())
            if "socket" in sync:
                self.dos[sync["socket"]].add(sync["do"])
        self._name_all()
        for event in order:
            self._learn_port(event)

    def _name_all(self) -> None:
        plain = {number: self._plain(number) for number in self.owners}
        counts: dict[str, int] = {}
        for number, (name, kind) in plain.items():
            several = sum(each == (name, kind) for each in plain.values())
            counts[name] = counts.get(name, 0) + 1
            full = name if several == 1 else f"{name} {counts[name]}"
            family = self.kinds[number]["family"]
            self.sockets[number] = Socket(full, kind, family)

    def _plain(self, number: str) -> tuple[str, str]:
        """Name a socket after what is done with it, and give its kind."""
        lane, dos = self.owners[number], self.dos[number]
        kind = self.kinds[number]["kind"]
        if self.run.is_client(lane):
            return f"{lane}'s socket", "client"
        if kind == "bell":
            end = "ear" if number in self.ears else "button"
            return f"bell's {end}", "bell"
        if kind == "connection":
            return "connection", "connection"
        if "listen" in dos:
            return "listener", "listener"
        if "bind" in dos:
            return "datagram socket", "datagram"
        return ("client's socket" if "connect" in dos else "socket"), "client"

    def _learn_port(self, event: Event) -> None:
        sync = event.sync
        if "socket" not in sync or not sync.get("ends"):
            return
        socket, port = self.sockets[sync["socket"]], str(sync["ends"][0])
        if socket.kind in ("listener", "datagram"):
            self.ports[port] = "PORT"
        elif socket.kind == "client":
            owner = socket.name.removesuffix("'s socket")
            self.ports.setdefault(port, f"{owner}'s port")

    def put_in(self, text: str) -> str:
        """Put the names in the places of the tokens."""
        return TOKEN.sub(self._name, text)

    def _name(self, match: re.Match[str]) -> str:
        kind, value = match.groups()
        if kind == "port":
            return self.ports.get(value, "a port")
        if kind == "pid":
            return f"pid of {self.pids.get(value, 'a process')}"
        number = value.removeprefix("socket ")
        if number in self.sockets:
            return self.sockets[number].name
        return value


class Assembly:
    """Puts a recording together out of what was written down."""

    def __init__(self, run: Run, order: list[Event]) -> None:
        self.run, self.order = run, order
        self.names = Names(run, order)
        self.numbers = {event: i for i, event in enumerate(order, 1)}
        self.functions: dict[Function, int] = {}
        self.classes: dict[str, tuple[str, ...]] = {}
        present = [lane for lane in run.lanes if run.lanes[lane]]
        first = {lane: self.numbers[run.lanes[lane][0]] for lane in present}
        self.lanes = sorted(
            present,
            key=lambda lane: (
                KINDS.index(run.about[lane]["kind"]),
                first[lane],
            ),
        )

    def recording(self, **about: Any) -> Recording:
        """Return the recording; `about` is what the steps cannot know."""
        rows = tuple(self._row(event) for event in self.order)
        sockets = tuple(self.names.sockets.values())
        return Recording(
            lanes=tuple(self._lane(lane) for lane in self.lanes),
            functions=tuple(self.functions),
            classes=self.classes,
            sockets=sockets,
            rows=rows,
            **about,
        )

    def _lane(self, name: str) -> Lane:
        about = self.run.about[name]
        ended = self._has_hung_up(name) or any(
            note["ended"] == name for note in self.run.noted("ended")
        )
        waits = [n for n in self.run.noted("waits") if n["waits"] == name]
        end = "ended" if ended else "stopped"
        last = self.run.lanes[name][-1].count
        if not ended and waits and waits[-1]["count"] >= last:
            end = f"waits: {self.names.put_in(waits[-1]['what'])}"
        return Lane(
            name, about["kind"], name, about["process"], about["of"], end
        )

    def _has_hung_up(self, lane: str) -> bool:
        """Tell whether a lane is that of a client who is done."""
        last = self.run.lanes[lane][-1]
        return self.run.is_client(lane) and last.sync.get("do") == "close"

    def _row(self, event: Event) -> list[Any]:
        entry = event.entry
        more = self._call(entry) if entry["e!"] == "c" else {}
        more |= self._values(entry)
        if "d" in entry:
            more["d"] = self._trimmed(entry["d"])
        if entry.get("s"):
            more["s"] = [self._trimmed(state) for state in entry["s"]]
        more |= self._origin(event)
        lane = self.lanes.index(event.lane)
        row = [lane, entry["e!"], entry["line"]]
        return [*row, more] if more else row

    def _values(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Return arguments, changes, result and exception, by their key."""
        found: dict[str, Any] = {}
        for key in ("a", "w"):
            if entry.get(key):
                named = entry[key].items()
                found[key] = {k: self.names.put_in(v) for k, v in named}
        for key in ("v", "e"):
            if key in entry:
                found[key] = self.names.put_in(entry[key])
        return found

    def _origin(self, event: Event) -> dict[str, Any]:
        """Return what had to come first, and the fork that a child is of."""
        found: dict[str, Any] = {}
        if event.sync.get("do") == "born":
            forks = [e for e in event.after if e.sync.get("do") == "fork"]
            found["p"] = self.numbers[forks[0]]
        if event.after:
            found["o"] = sorted(self.numbers[each] for each in event.after)
        return found

    def _call(self, entry: dict[str, Any]) -> dict[str, Any]:
        function = Function(*entry["f"], entry["first"])
        number = self.functions.setdefault(function, len(self.functions))
        mro = entry.get("mro")
        if not mro:
            return {"f": number}
        self.classes.setdefault(mro[0], tuple(mro))
        return {"f": number, "k": mro[0]}

    def _trimmed(self, texts: list[str]) -> list[str]:
        """Put the names in; leave out what is empty at the end."""
        named = [self.names.put_in(text) for text in texts]
        while len(named) > 1 and not named[-1]:
            named.pop()
        return named


def assemble(
    entries: list[dict[str, Any]],
    path: Path,
    *,
    held: bool,
    **about: Any,
) -> Recording:
    """Make a recording of what the processes of a run wrote down."""
    run = Run(entries, path)
    order = merge.in_order(run) if held else merge.by_the_clock(run)
    return Assembly(run, order).recording(**about)


def text_files() -> set[str]:
    """Name the files of the text, as a recording does."""
    return {path.name for path in TEXT.glob("*.py")}


def docstring(script: Path) -> tuple[str, str]:
    """Return the title of a script and what it teaches, if it says so."""
    tree = ast.parse(script.read_text(encoding="utf-8"))
    title, _, rest = (ast.get_docstring(tree) or "").partition("\n\n")
    return title.rstrip(".") or script.name, rest.strip()
