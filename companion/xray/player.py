"""The player's half that is made at build time: tracks, data, text twin.

    recording ─┬─▶ tracks   a picture: who runs, and when; also a scrubber
               ├─▶ data     JSON for `overrides/assets/xray.js`
               └─▶ twin     a numbered list of all steps, in words

The script reads what a step says from the twin, so that the two cannot
disagree. Without the script, the tracks and the twin are what there is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from itertools import groupby

from markdown import markdown
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from .listing import Excerpt, Listing
from .recording import Recording, Step
from .words import Teller, inline

COLOURS = 7  # how many lanes have one of their own; see xray.css
TRACK = 10  # height of a lane in the picture; a step is 1 wide

_LEXER = PythonLexer(stripnl=False, ensurenl=False)
_FORMATTER = HtmlFormatter(nowrap=True)


class Player:
    """Writes one recording as the inside of an `<xray-player>`.

    With `is_first`, its steps can be reached as `#step-17`, too: only one
    player of a page may claim these names.
    """

    def __init__(
        self, recording: Recording, listing: Listing, *, is_first: bool = True
    ) -> None:
        self.recording, self.listing = recording, listing
        self.is_first = is_first
        self.steps = recording.steps()
        self.numbers = {lane.id: i for i, lane in enumerate(recording.lanes)}

    def html(self) -> str:
        """Return tracks, data and twin."""
        return f"{self.tracks()}\n{self.script()}\n{self.twin()}"

    # -- The picture

    def tracks(self) -> str:
        """Return the picture of all lanes, each a row from left to right."""
        names = "".join(
            f'<span class="{colour(i)}">{escape(lane.title)}</span>'
            for i, lane in enumerate(self.recording.lanes)
        )
        width, height = len(self.steps), TRACK * len(self.recording.lanes)
        title = f"Who runs in which of the {width} steps"
        return (
            '<div class="xray-tracks">'
            f'<div class="xray-names" aria-hidden="true">{names}</div>'
            '<div class="xray-band">'
            f'<svg viewBox="0 0 {width} {height}" role="img" '
            f'preserveAspectRatio="none" aria-label="{title}">'
            f"<title>{title}</title><desc>{escape(self._in_short())}</desc>"
            f"{''.join(self._lives())}{''.join(self._arrows())}"
            f"{''.join(self._runs())}</svg></div></div>"
        )

    def _in_short(self) -> str:
        """Say what the picture shows, a sentence for each lane."""
        return " ".join(
            f"{lane.title}: {len(own)} steps, from {own[0]} to {own[-1]}."
            for lane in self.recording.lanes
            if (own := [s.number for s in self.steps if s.lane == lane.id])
        )

    def _lives(self) -> Iterator[str]:
        """Yield a thin line from each lane's first step to its last."""
        for i, lane in enumerate(self.recording.lanes):
            own = [s.number for s in self.steps if s.lane == lane.id]
            if own:
                y = TRACK * i + TRACK / 2
                yield (
                    f'<path class="xray-life {colour(i)}" '
                    f'd="M{own[0] - 1} {y:g}H{own[-1]}"/>'
                )

    def _runs(self) -> Iterator[str]:
        """Yield a bar for each row of steps that one lane does alone."""
        for lane, group in groupby(self.steps, key=lambda step: step.lane):
            run = [step.number for step in group]
            i = self.numbers[lane]
            yield (
                f'<rect class="{colour(i)}" x="{run[0] - 1}" '
                f'y="{TRACK * i + 1}" width="{len(run)}" '
                f'height="{TRACK - 2}"/>'
            )

    def _arrows(self) -> Iterator[str]:
        """Yield a line from each step to the one that waits for it."""
        for step in self.steps:
            for before in step.after:
                first = self.steps[before - 1]
                y, to = (
                    TRACK * self.numbers[each.lane] + TRACK / 2
                    for each in (first, step)
                )
                yield (
                    f'<path class="xray-arrow" d="M{before - 0.5} '
                    f'{y:g}L{step.number - 0.5} {to:g}"/>'
                )

    # -- The data

    def script(self) -> str:
        """Return the data, as an element that the page's script reads."""
        # `</script>` inside of a text would end the element; a page may
        # also be read as XML.
        text = json.dumps(
            self.data(), ensure_ascii=False, separators=(",", ":")
        )
        for sign in "<>&":
            text = text.replace(sign, f"\\u{ord(sign):04x}")
        return f'<script type="application/json">{text}</script>'

    def data(self) -> dict[str, object]:
        """Return what the script is given: the rows, and the code to them.

        `at` leads from a file and a line to an excerpt, by its number.
        """
        found: dict[Excerpt, int] = {}
        at: dict[str, int] = {}
        for step in self.steps:
            excerpt = self.listing.excerpt(step.file, step.line)
            if excerpt:
                number = found.setdefault(excerpt, len(found))
                at[f"{step.file}:{step.line}"] = number
        recording = self.recording
        return {
            "name": recording.name,
            "title": recording.title.replace("`", ""),
            "script": recording.script,
            "lanes": [
                {"id": lane.id, "title": lane.title, "end": lane.end}
                for lane in recording.lanes
            ],
            "functions": [
                [f.symbol, f.file, self._who_has(f.name)]
                for f in recording.functions
            ],
            "classes": recording.classes,
            "excerpts": [
                [
                    each.file,
                    each.first,
                    _coloured(each.code),
                    _said(each.caption),
                ]
                for each in found
            ],
            "at": at,
            "rows": recording.rows,
        }

    def _who_has(self, name: str) -> list[str]:
        """Name the classes of the recording with a method of that name."""
        lines = self.recording.classes.values()
        known = {cls for mro in lines for cls in mro}
        methods = self.listing.methods
        return sorted(cls for cls in known if name in methods.get(cls, ()))

    # -- The twin

    def twin(self) -> str:
        """Return the list of all steps; each is an anchor."""
        teller = Teller(self.recording, self.listing)
        called: set[str] = set()
        items = "\n".join(
            self._item(step, teller, called) for step in self.steps
        )
        ended = self.recording.ended
        end = f"<p>{inline(ended)}</p>" if ended else ""
        return (
            '<details class="text-original xray-twin" open="" '
            'data-search-exclude="true">'
            f"<summary>All {len(self.steps)} steps in words</summary>"
            f'<ol style="--steps: {len(self.steps)}">\n{items}\n</ol>{end}'
            "</details>"
        )

    def _item(self, step: Step, teller: Teller, called: set[str]) -> str:
        name, number = self.recording.name, step.number
        inner = f'<span id="step-{number}"></span>' if self.is_first else ""
        symbol = step.function.symbol if step.function else ""
        if step.event == "call" and symbol not in called:
            called.add(symbol)
            inner += f'<span id="{name}-{escape(symbol)}"></span>'
        anchor = f"{name}-step-{number}"
        i = self.numbers[step.lane]
        title = escape(self.recording.lanes[i].title)
        return (
            f'<li id="{anchor}" value="{number}">{inner}'
            f'<a href="#{anchor}" aria-label="step {number}">{number}</a> '
            f'<b class="{colour(i)}">{title}</b> '
            f"<span>{inline(teller.sentence(step))}</span></li>"
        )


def colour(lane: int) -> str:
    """Return the class that gives a lane its colour."""
    return f"lane-{lane % COLOURS + 1}"


# Most recordings show the same pieces of the text.


@lru_cache(maxsize=2048)
def _coloured(code: str) -> list[str]:
    return highlight(code, _LEXER, _FORMATTER).rstrip("\n").split("\n")


@lru_cache(maxsize=2048)
def _said(caption: str) -> str:
    return markdown(caption)
