"""Who runs next? Questions about a recording, with a reason for each answer.

    questions("threading-tcp")      all that a page asks
    Question ── situation, prompt, options ── text, right or not, reason

Nothing here is typed by hand: what is right, and why each other option is
wrong, is worked out from the recording and from the classes' own bodies. A
question whose answer could not be told beforehand is not asked, nor one that
has its answer in it, nor two that read alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from . import store
from .listing import Listing
from .recording import Recording, Step
from .words import Teller, code

LIMIT = 12  # questions about one recording
CHOICES = 4  # options of one question

# How a class is said: by its letters, or beginning with a "you" or a vowel.
LETTERS = re.compile("[A-Z]{2}")
SAID_YOU = re.compile("us[ei]|uni", re.I)

# Asked for their own sake by Python or by a selector, whatever happens.
DULL = {"fileno", "__enter__", "__exit__"}


@dataclass(frozen=True)
class Option:
    """One answer to pick: a class, a method or a lane; and why (not)."""

    text: str
    right: bool
    reason: str


@dataclass(frozen=True)
class Question:
    """Asked before step number `step` is shown.

    `kind` is class, method or lane: what the options name. All texts are
    Markdown with code in backticks. Of two questions, the one of more
    `interest` is asked.
    """

    kind: str
    step: int
    situation: str
    prompt: str
    options: tuple[Option, ...]
    interest: int = 1

    @property
    def answer(self) -> Option:
        """The one right option."""
        return next(option for option in self.options if option.right)

    def is_like(self, other: Question) -> bool:
        """Tell whether both are about one step, or read the same."""
        return self.step == other.step or (
            (self.situation, self.prompt) == (other.situation, other.prompt)
        )


def questions(name: str, limit: int = LIMIT) -> tuple[Question, ...]:
    """Return the questions about a scenario, in the order of its steps.

    Raises RecordingError as `load` does.
    """
    recording = store.load(name)
    return ask(recording, Listing(recording, store.script(name)), limit)


def ask(
    recording: Recording, listing: Listing, limit: int = LIMIT
) -> tuple[Question, ...]:
    """Return the most interesting questions about a recording.

    A class is interesting where several could supply the method, a lane
    where another one ran before.
    """
    found = list(candidates(recording, listing))
    chosen: list[Question] = []
    # A third of the places for each kind, as far as there are so many.
    for room in (limit // 3, limit // 2, limit):
        for each in sorted(found, key=lambda each: -each.interest):
            same = [other.kind for other in chosen].count(each.kind)
            is_new = not any(each.is_like(other) for other in chosen)
            if len(chosen) < limit and same < room and is_new:
                chosen.append(each)
    return tuple(sorted(chosen, key=lambda each: each.step))


def candidates(recording: Recording, listing: Listing) -> Iterator[Question]:
    """Yield all that can be asked about a recording, each subject once."""
    yield from _Quiz(recording, listing).every()


class _Quiz:
    """Makes the questions about one recording."""

    def __init__(self, recording: Recording, listing: Listing) -> None:
        self.recording, self.listing = recording, listing
        self.steps = recording.steps()
        self.teller = Teller(recording, listing)
        self.lanes = {lane.id: lane for lane in recording.lanes}

    def every(self) -> Iterator[Question]:
        """Yield what `candidates` promises."""
        asked: set[tuple[str, str]] = set()
        for step in self.calls:
            assert step.function
            for kind, make in (
                ("class", self._which_class),
                ("method", self._which_method),
                ("lane", self._which_lane),
            ):
                subject = kind, step.function.symbol
                question = None if subject in asked else make(step)
                if question:
                    asked.add(subject)
                    yield question

    @cached_property
    def calls(self) -> list[Step]:
        """The calls worth a question: no helpers, no names of its own."""
        return [
            step
            for step in self.steps
            if step.event == "call"
            and step.function
            and step.place
            and not step.function.symbol.startswith("_")
            and not self._is_private(step.function.name)
            and step.function.name not in DULL
        ]

    @staticmethod
    def _is_private(name: str) -> bool:
        return name.startswith("__") and not name.endswith("__")

    def _before(self, step: Step) -> Step | None:
        """Return the step before, in the same lane."""
        own = (s for s in reversed(self.steps[: step.number - 1]))
        return next((s for s in own if s.lane == step.lane), None)

    def _title(self, lane: str) -> str:
        return f"**{self.lanes[lane].title}**"

    # -- Which class supplies it?

    def _which_class(self, step: Step) -> Question | None:
        function, mro = step.function, self._mro(step.cls)
        assert function
        name, place = function.name, step.place - 1
        having = [cls for cls in mro if name in self.listing.methods[cls]]
        why = self._detour(step, mro, having)
        if len(mro) < 2 or why is None:
            return None
        reasons = {
            cls: _on_class(
                name, step.cls, i, place, has=cls in having, detour=why
            )
            for i, cls in enumerate(mro)
        }
        keen = [mro[place], mro[0], *having, *mro]
        kept = set(list(dict.fromkeys(keen))[:CHOICES])
        return Question(
            "class",
            step.number,
            self._calling(step) if why else self._called(step),
            f"Which class supplies {'that ' * bool(why)}{code(name)}?",
            tuple(
                Option(code(cls), cls == mro[place], reasons[cls])
                for cls in mro
                if cls in kept
            ),
            interest=3 if why else min(len(having), 2) + (place > 0),
        )

    def _called(self, step: Step) -> str:
        """Say which method is called; whoever has it first supplies it."""
        assert step.function
        return (
            f"{self._title(step.lane)} calls {code(step.function.name)} of "
            f"{_a(step.cls)}."
        )

    def _calling(self, step: Step) -> str:
        """Say from where a method is called; `super()` depends on that."""
        before = self._before(step)
        assert before
        assert before.function
        _, line = self.listing.statement(before.file, before.line)
        return (
            f"{self._title(step.lane)} is in {code(before.function.symbol)} "
            f"of {_a(step.cls)}, and runs {code(line)}."
        )

    def _mro(self, cls: str) -> list[str]:
        """Return the classes that are asked; empty if one is not known."""
        mro = [c for c in self.recording.classes.get(cls, ()) if c != "object"]
        known = self.listing.methods
        return mro if all(cls in known for cls in mro) else []

    def _detour(
        self, step: Step, mro: list[str], having: list[str]
    ) -> str | None:
        """Say why the first class that has it did not supply it.

        '' if it did; None if that cannot be told, or if the caller asks a
        class by its name.
        """
        assert step.function
        supplier = step.function.supplier
        if having[:1] == [supplier]:
            return ""
        before = self._before(step)
        line = self.listing.code(before.file, before.line) if before else ""
        if not before or not before.function or not having:
            return None
        caller = before.function.supplier
        if "super()" in line and caller in mro and supplier in mro:
            behind = mro[mro.index(caller) + 1 :]
            if [cls for cls in behind if cls in having][:1] == [supplier]:
                return f"`super()` in {code(caller)} looks behind that class"
        return None

    # -- Which method is next?

    def _which_method(self, step: Step) -> Question | None:
        assert step.function
        right = step.function.name
        own = [s for s in self.calls if s.lane == step.lane]
        at = own.index(step)
        names = [s.function.name for s in own if s.function]
        near = [*names[at + 1 :], *reversed(names[:at])]
        others = [n for n in dict.fromkeys(near) if n != right]
        others = others[: CHOICES - 1]
        if len(others) < 2 or not at:
            return None
        options = [
            Option(code(name), name == right, self._on_method(name, step))
            for name in sorted([right, *others])
        ]
        return Question(
            "method",
            step.number,
            self._so_far(own[at - 1], step),
            f"Which of these does {self._title(step.lane)} call next?",
            tuple(options),
            interest=2,
        )

    def _so_far(self, last: Step, step: Step) -> str:
        """Say where a lane stands between two of its calls."""
        assert last.function
        who, symbol = self._title(step.lane), code(last.function.symbol)
        if last.number in step.stack:
            return f"{who} is in {symbol}."
        return f"{who} is back from {symbol}."

    def _on_method(self, name: str, step: Step) -> str:
        """Say when a method is called, if not now."""
        assert step.function
        found = [
            s.number
            for s in self.calls
            if s.function and s.function.name == name and s.lane == step.lane
        ]
        if name == step.function.name:
            who, said = self._title(step.lane), self.teller.sentence(step)
            return f"Step {step.number}: {who} {said}"
        later = [number for number in found if number > step.number]
        if later:
            return f"{code(name)} comes later, at step {later[0]}."
        return f"{code(name)} has been called already, at step {found[-1]}."

    # -- In which lane?

    def _which_lane(self, step: Step) -> Question | None:
        assert step.function
        symbol = step.function.symbol
        # Who else calls it, some time, would be as good an answer.
        callers = {
            s.lane
            for s in self.calls
            if s.function and s.function.symbol == symbol
        }
        others = [lane for lane in self.lanes if lane not in callers]
        last = self.steps[step.number - 2]
        if not others or last.lane == step.lane:
            return None
        # Those who run server code are harder to tell apart from the right.
        others.sort(key=lambda lane: self.lanes[lane].kind == "client")
        kept = {step.lane, *others[: CHOICES - 1]}
        options = [
            Option(
                self.lanes[lane].title,
                lane == step.lane,
                self._on_lane(lane, step),
            )
            for lane in self.lanes
            if lane in kept
        ]
        return Question(
            "lane",
            step.number,
            f"Step {last.number}: {self._title(last.lane)} "
            f"{self.teller.sentence(last)}",
            f"Next, {code(symbol)} is called. In which lane?",
            tuple(options),
            interest=3,
        )

    def _on_lane(self, lane: str, step: Step) -> str:
        """Say what a lane does at this step."""
        title = self._title(lane)
        if lane == step.lane:
            said = self.teller.sentence(step)
            reason = f"Step {step.number}: {title} {said}"
            for number in step.after:
                cause = self.steps[number - 1]
                reason += (
                    f" Step {number} led to it: {self._title(cause.lane)} "
                    f"{self.teller.sentence(cause)}"
                )
            return reason
        if self.lanes[lane].kind == "client":
            return f"{title} runs none of the server's code."
        own = [s for s in self.steps if s.lane == lane]
        coming = [s for s in own if s.number > step.number]
        if not own:
            return f"{title} takes no step in this recording."
        if not coming:
            return f"{title} has done its last step, number {own[-1].number}."
        number, then = coming[0].number, self.teller.sentence(coming[0])
        if coming[0] is own[0]:
            return f"{title} has not started: its first step is {number}."
        return f"{title} goes on at step {number}: {then}"


def _on_class(
    name: str, cls: str, i: int, place: int, *, has: bool, detour: str
) -> str:
    """Say why class number `i` of an MRO supplies a method, or does not.

    `place` is the number of the one that does; both count from 0.
    """
    there = f"number {i + 1} of the MRO of {code(cls)}"
    it = code(name)
    if i == place and detour:
        return f"{detour}, and finds {it} there: {there}."
    if i == place:
        return f"It is {there}, the first there that has {it} in its body."
    if i < place and has:
        return f"It has {it}, but {detour[0].lower()}{detour[1:]}."
    if i < place:
        return f"It is {there}, but has no {it} in its body."
    if has:
        return (
            f"It has {it}, too, but is {there}: number {place + 1} "
            "comes before it."
        )
    return f"It has no {it} in its body."


def _a(cls: str) -> str:
    """Name a class with its article, which follows the sound of it."""
    name = cls.lstrip("_")
    if LETTERS.match(name):
        vowel = name[0] in "AEFHILMNORSX"
    else:
        vowel = name[:1].lower() in "aeiou" and not SAID_YOU.match(name)
    return f"{'an' if vowel else 'a'} {code(cls)}"
