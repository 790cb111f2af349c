"""`::: family`: all classes in one picture, each a link to its page.

The picture is a grid. Down the left runs the tree of the servers, one below
the other, and each mix-in has a column of its own. What a mix-in makes of a
server stands where the two meet, and has a line from both: its two parents.
Below the servers come the other trees, such as the handlers'.

    BaseServer           ThreadingMixIn        ForkingMixIn
    └─ TCPServer ─────── ThreadingTCPServer ── ForkingTCPServer
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from companion.grammar.names import ORIGINAL

from .kin import Kin, twin
from .library import class_page
from .markup import element, link
from .page import Page

# In units of the picture, of which the style sheet makes pixels.
LETTER, MARGIN = 7.3, 10
HIGH, PITCH = 26, 38
INDENT, GAP = 16, 26


@dataclass(frozen=True)
class Box:
    """A class in the picture: its row, its column, how far it is indented."""

    cls: type
    row: int
    column: int
    depth: int

    @property
    def wide(self) -> float:
        """The width of the box: its name, and room on both sides."""
        return LETTER * len(self.cls.__name__) + 2 * MARGIN


def family(
    host: Page, name: str = "", *, is_page: bool = False
) -> Iterator[str]:
    """Yield the picture of all classes, or of the kin of one, and its twin.

    The name `socketserver` stands for all that the original has, on some
    Python or other. With `is_page`, the class has the page to itself; else a
    passage of the page is about it.
    """
    kin = Kin.of(host.library)
    here = kin.find(name, host) if name not in {"", ORIGINAL} else None
    shown = list(relatives(kin, here) if here else kin.public.values())
    if name == ORIGINAL:
        shown = [cls for cls in shown if _is_original(kin, cls)]
    picture = Picture(kin, shown, here, is_page=is_page)
    about = "page" if is_page else "passage"
    caption = (
        f"The class in the full colour is the one that this {about} is about."
        if here
        else "Lines lead from a parent, on the left or above, to its "
        "children. A class with two parents stands in the row of the one and "
        "the column of the other."
    )
    yield host.stash(
        element(
            "figure",
            element("div", picture.drawn(), class_="kin-scroll"),
            element("figcaption", caption),
            class_="kin-picture",
            data_search_exclude="",
        )
    )
    mark = " (you are here)" if is_page else " (this passage is about it)"
    yield host.stash(_twin(kin, shown, {here: mark}))


def _is_original(kin: Kin, cls: type) -> bool:
    """Tell whether the original has a class, or could mix it of its own."""
    parents = kin.parents(cls)
    return bool(twin(cls)) or (len(parents) > 1 and all(map(twin, parents)))


def relatives(kin: Kin, here: type) -> Iterator[type]:
    """Yield a class, all above it and all below it, and whose else those are.

    A mixture has a second parent, without which it would hang in the air.
    """
    close = {here, *kin.line(here), *kin.heirs(here)}
    wanted = {parent for cls in close for parent in kin.line(cls)}
    return (cls for cls in kin.public.values() if cls in wanted)


def _twin(
    kin: Kin, shown: list[type], marks: Mapping[type | None, str]
) -> Element:
    """Say the picture in words, folded away."""
    lines = []
    for cls in shown:
        parents = kin.parents(cls)
        said = [link(class_page(cls.__name__), cls.__name__)]
        for number, parent in enumerate(parents):
            said += [", child of " if not number else " and ", parent.__name__]
        said.append(marks.get(cls, ""))
        lines.append(element("li", *said))
    return element(
        "details",
        element("summary", "The picture in words"),
        element("ul", *lines),
        class_="kin-words",
        data_search_exclude="",
    )


class Picture:
    """The classes `shown`, laid out and drawn; `here` stands out.

    With `is_page`, the picture is on the page that `here` has to itself.
    """

    def __init__(
        self,
        kin: Kin,
        shown: list[type],
        here: type | None,
        *,
        is_page: bool = False,
    ) -> None:
        self.kin, self.shown, self.here = kin, shown, here
        self.is_page = is_page
        self.boxes: dict[type, Box] = {}
        self.columns = [cls for cls in kin.mixins if cls in shown]
        self._lay_out()

    # -- Where each class stands

    def _lay_out(self) -> None:
        row = 0
        roots = [
            cls
            for cls in self.shown
            if not self.kin.parents(cls) and cls not in self.columns
        ]
        # The tree that mixtures hang on stands beside the mix-ins.
        roots.sort(key=lambda root: not self._mixtures_below(root))
        for number, root in enumerate(roots):
            if number == 0:
                for column, mixin in enumerate(self.columns, 1):
                    self.boxes[mixin] = Box(mixin, 0, column, 0)
            row = self._grow(root, row, 0)
        # What is made of a mixture has no tree to hang on.
        for cls in self.shown:
            if cls not in self.boxes:
                row = self._grow(cls, row, 1)

    def _mixtures_below(self, root: type) -> bool:
        return any(
            set(self.kin.parents(heir)) & set(self.columns)
            for heir in self.kin.heirs(root)
        )

    def _grow(self, cls: type, row: int, depth: int) -> int:
        """Set a class and all below it; return the next free row."""
        self.boxes[cls] = Box(cls, row, 0, depth)
        free = row + 1
        for heir in self.shown:
            parents = self.kin.parents(heir)
            if cls not in parents or heir in self.boxes:
                continue
            column = self._column(parents)
            if column and self._free(row, column):
                self.boxes[heir] = Box(heir, row, column, 1)
            else:
                free = self._grow(heir, free, depth + 1)
        return free

    def _column(self, parents: list[type]) -> int:
        """Return the column of a mixture, 0 for none."""
        return next(
            (
                self.columns.index(each) + 1
                for each in parents
                if each in self.columns
            ),
            0,
        )

    def _free(self, row: int, column: int) -> bool:
        places = ((box.row, box.column) for box in self.boxes.values())
        return (row, column) not in places

    # -- Units

    @property
    def lefts(self) -> list[float]:
        """Where each column begins, and where the last one ends."""
        lefts = [0.5]
        for column in range(len(self.columns) + 1):
            ends = [
                box.depth * INDENT + box.wide
                for box in self.boxes.values()
                if box.column == column
            ]
            lefts.append(lefts[-1] + max(ends, default=0) + GAP)
        return lefts

    @property
    def size(self) -> tuple[float, float]:
        """How wide and how high the picture is."""
        rows = max(box.row for box in self.boxes.values())
        return self.lefts[-1] - GAP + 1, rows * PITCH + HIGH + 1

    def left(self, box: Box) -> float:
        """Return where a box begins."""
        return self.lefts[box.column] + box.depth * INDENT

    @staticmethod
    def middle(box: Box) -> float:
        """Return how far down the middle of a box is."""
        return box.row * PITCH + HIGH / 2 + 0.5

    # -- Pen and paper

    def drawn(self) -> Element:
        """Return the picture as SVG; colours come from the style sheet."""
        wide, high = self.size
        svg = element(
            "svg",
            class_="kin-tree",
            viewBox=f"0 0 {wide:.0f} {high:g}",
            style=f"--wide:{wide:.0f}",
            role="group",
            aria_label=(
                f"{self.here.__name__} among its relatives"
                if self.here
                else "All classes, and who inherits from whom"
            ),
        )
        svg.extend(
            element("path", d=path, class_=kind)
            for path, kind in self._lines()
        )
        svg.extend(map(self._drawn, self._in_order()))
        return svg

    def _in_order(self) -> Iterable[Box]:
        """Return the boxes as one reads, so that Tab goes along."""
        return sorted(self.boxes.values(), key=lambda b: (b.row, b.column))

    def _lines(self) -> Iterator[tuple[str, str]]:
        """Yield a line from each class to each of its parents, as a path."""
        for box in self._in_order():
            for parent in self.kin.parents(box.cls):
                if parent in self.boxes:
                    yield self._line(self.boxes[parent], box)

    def _line(self, parent: Box, child: Box) -> tuple[str, str]:
        end, y = self.left(child), self.middle(child)
        if parent.row == child.row:
            start = self.left(parent) + parent.wide
            return f"M{start:.1f} {y}H{end:.1f}", "kin-across"
        start = self.left(parent) + INDENT / 2
        top = self.middle(parent) + HIGH / 2
        return f"M{start:.1f} {top}V{y}H{end:.1f}", "kin-down"

    def _drawn(self, box: Box) -> Element:
        name, left, y = box.cls.__name__, self.left(box), self.middle(box)
        kind = ["kin-box"]
        if box.cls in self.kin.mixins:
            kind.append("kin-mixin")
        attributes = {"class_": " ".join(kind)}
        if box.cls is self.here:
            attributes["aria_current"] = "page" if self.is_page else "true"
        # A link of HTML inside the picture: the theme's instant loading takes
        # every link for one, and fails at those of SVG.
        return element(
            "foreignObject",
            link(class_page(name), name, **attributes),
            x=f"{left:.1f}",
            y=f"{y - HIGH / 2}",
            width=f"{box.wide:.1f}",
            height=f"{HIGH}",
        )
