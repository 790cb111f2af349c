"""A recording as one picture: a line down for each lane, arrows between.

The picture is SVG without a colour of its own: it is drawn in the colour of
the text around it, and a style sheet may say more by the classes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

from .moments import Moment, moments
from .recording import Lane, Recording

# In units of the picture: a letter, a row, the head, a step inwards.
LETTER, ROW, HEAD, INDENT = 7.3, 19, 40, 7
GAP, MARGIN, NARROWEST = 26, 8, 90
SIZE = "12"

ORDER = ("main", "client", "thread", "task", "process")


@dataclass(frozen=True)
class Column:
    """A lane in the picture: where its line runs, and how wide it is."""

    lane: Lane
    left: float
    wide: float


class Sequence:
    """The picture of a recording, laid out."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.moments = moments(recording)
        self.rows = {m.step.number: i for i, m in enumerate(self.moments)}
        self.columns = {each.lane.id: each for each in self._columns()}

    def _columns(self) -> Iterator[Column]:
        lanes = {moment.step.lane for moment in self.moments}
        left = float(MARGIN)
        for lane in sorted(
            (each for each in self.recording.lanes if each.id in lanes),
            key=lambda each: ORDER.index(each.kind),
        ):
            widths = [
                INDENT * moment.depth + LETTER * len(_label(moment))
                for moment in self.moments
                if moment.step.lane == lane.id
            ]
            wide = max([NARROWEST, *widths]) + GAP
            yield Column(lane, left, wide)
            left += wide

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, in units of the picture."""
        last = list(self.columns.values())[-1]
        high = HEAD + ROW * (len(self.moments) + 1)
        return math.ceil(last.left + last.wide), high

    @property
    def title(self) -> str:
        """What the picture shows, in a few words; plain text."""
        heading = self.recording.heading.replace("`", "")
        return f"{heading} Who calls whom, and when"

    @property
    def description(self) -> str:
        """How to read it, and how it ends."""
        names = ", ".join(each.lane.title for each in self.columns.values())
        ended = f" {self.recording.ended}" if self.recording.ended else ""
        return (
            f"Time runs down. There is a line for each of: {names}. Each of "
            f"the {len(self.moments)} moments follows in words below the "
            f"picture.{ended}"
        )

    def words(self) -> Iterator[tuple[str, str]]:
        """Yield each moment in words: its lane, and what happens."""
        for moment in self.moments:
            yield moment.step.lane, moment.words

    # -- Pen and paper

    def drawn(self) -> Element:
        """Return the picture as an element."""
        wide, high = self.size
        name = f"sequence-{self.recording.name}"
        svg = Element(
            "svg",
            {
                "class": "seq",
                "viewBox": f"0 0 {wide} {high}",
                "style": f"--wide:{wide}",
                "role": "img",
                "aria-labelledby": f"{name}-title {name}-desc",
                "font-size": SIZE,
                "fill": "currentColor",
            },
        )
        SubElement(svg, "title", {"id": f"{name}-title"}).text = self.title
        about = SubElement(svg, "desc", {"id": f"{name}-desc"})
        about.text = self.description
        for column in self.columns.values():
            self._draw_line(svg, column)
        for moment in self.moments:
            if moment.kind == "call":
                self._draw_bar(svg, moment)
        for cause, effect in self._arrows():
            self._draw_arrow(svg, cause, effect)
        for moment in self.moments:
            self._draw_label(svg, moment)
        return svg

    def _y(self, moment: Moment) -> float:
        return HEAD + ROW * (self.rows[moment.step.number] + 0.5)

    def _x(self, moment: Moment) -> float:
        column = self.columns[moment.step.lane]
        return column.left + INDENT * moment.depth

    def _draw_line(self, svg: Element, column: Column) -> None:
        """Draw who it is, and the line of its life."""
        head = SubElement(
            svg,
            "text",
            {
                "class": f"seq-head seq-{column.lane.kind}",
                "x": f"{column.left:.0f}",
                "y": "18",
                "font-weight": "bold",
            },
        )
        head.text = column.lane.title
        line = f"M{column.left:.1f} 26V{self.size[1] - 4}"
        _path(svg, "seq-life", line, dashes="2 3")

    def _draw_bar(self, svg: Element, moment: Moment) -> None:
        """Draw how long a call is open; one without an end is left open."""
        rows = [
            self.rows[each.step.number]
            for each in self.moments
            if each.step.lane == moment.step.lane
            and (not moment.last or each.step.number <= moment.last)
        ]
        top = self._y(moment) - ROW / 2 + 2
        bottom = HEAD + ROW * (max(rows) + 1) - 2
        if not moment.last:
            bottom = self.size[1] - 4
        x, open_end = self._x(moment), "" if moment.last else " seq-open"
        shape = f"M{x - 2:.1f} {top}h4V{bottom}" + (
            "h-4z" if moment.last else f"M{x - 2:.1f} {top}V{bottom}"
        )
        _path(svg, f"seq-bar{open_end}", shape)

    def _arrows(self) -> Iterator[tuple[Moment, Moment]]:
        """Yield what let a moment come, from another lane."""
        for effect in self.moments:
            for number in effect.step.after:
                lane = self.recording.steps()[number - 1].lane
                causes = [
                    moment
                    for moment in self.moments
                    if moment.step.lane == lane
                    and moment.step.number <= number
                ]
                if causes:
                    yield causes[-1], effect

    def _draw_arrow(self, svg: Element, cause: Moment, effect: Moment) -> None:
        """Draw an arrow; on its right side, a label is in its way."""
        x1, y1 = self._x(cause), self._y(cause)
        x2, y2 = self._x(effect), self._y(effect)
        way = 1 if x2 > x1 else -1
        if way > 0:
            x1, x2 = x1 + _room(cause), x2 - 4
        else:
            x2 += _room(effect)
        _path(svg, "seq-arrow", f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}")
        tip = f"M{x2:.1f} {y2:.1f}l{-6 * way} -3.5v7z"
        SubElement(svg, "path", {"class": "seq-tip", "d": tip})

    def _draw_label(self, svg: Element, moment: Moment) -> None:
        label = SubElement(
            svg,
            "text",
            {
                "class": f"seq-label seq-{moment.kind}",
                "x": f"{self._x(moment) + 7:.0f}",
                "y": f"{self._y(moment) + 4:.0f}",
                "data-step": str(moment.step.number),
            },
        )
        label.text = moment.text
        if moment.supplier:
            aside = SubElement(
                label, "tspan", {"class": "seq-supplier", "opacity": "0.75"}
            )
            aside.text = f" {moment.supplier}"


def _label(moment: Moment) -> str:
    return f"{moment.text} {moment.supplier}".rstrip()


def _room(moment: Moment) -> float:
    return 12 + LETTER * len(_label(moment))


def _path(svg: Element, kind: str, line: str, dashes: str = "") -> None:
    attributes = {
        "class": kind,
        "d": line,
        "fill": "none",
        "stroke": "currentColor",
    }
    if dashes:
        attributes["stroke-dasharray"] = dashes
    SubElement(svg, "path", attributes)


def draw(recording: Recording) -> str:
    """Return the picture of a recording as SVG, for a notebook or a file."""
    svg = Sequence(recording).drawn()
    svg.set("xmlns", "http://www.w3.org/2000/svg")
    svg.set("width", str(Sequence(recording).size[0]))
    return tostring(svg, encoding="unicode")
