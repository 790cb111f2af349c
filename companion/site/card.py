"""`::: card`: the picture that others show of a page that is shared.

It is drawn as the site is built, from the classes: what a reader will
understand at the end. No page shows it; the theme's `main.html` names it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from PIL import Image, ImageDraw, ImageFont

from .family import HIGH, INDENT, Box, Picture, relatives
from .kin import Kin
from .page import Page

FILE = "assets/card.png"
SIZE = (1200, 630)  # what those who show it ask for
MARGIN = 70
NAME = "minisocketserver"
SHOWN = "ThreadingTCPServer"

PAPER, INK, GREEN, PALE = "#fefdfa", "#24262b", "#00655b", "#e3efec"


def card(page: Page, word: str, *words: str) -> Iterator[str]:
    """Add the picture to the site; the words stand below the name."""
    page.publish(FILE, draw(Kin.of(page.library), " ".join([word, *words])))
    yield ""


def draw(kin: Kin, words: str) -> bytes:
    """Return the picture as PNG."""
    image = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, SIZE[0], 18), GREEN)
    pen.text((MARGIN, 60), NAME, INK, _letters(104))
    pen.text((MARGIN, 190), words, GREEN, _letters(46))
    here = kin.public[SHOWN]
    picture = Picture(kin, list(relatives(kin, here)), here)
    _Drawn(pen, picture).draw()
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _letters(size: float) -> ImageFont.FreeTypeFont:
    """Return Pillow's own letters: the same on every machine."""
    return ImageFont.load_default(size)  # type: ignore[return-value]


class _Drawn:
    """Draws some classes and their lines, as large as there is room."""

    def __init__(self, pen: ImageDraw.ImageDraw, picture: Picture) -> None:
        self.pen, self.picture = pen, picture
        wide, high = picture.size
        top = 290
        room = SIZE[0] - 2 * MARGIN, SIZE[1] - top - MARGIN
        self.scale = min(room[0] / wide, room[1] / high)
        self.top = top + (room[1] - high * self.scale) / 2

    def draw(self) -> None:
        for box in self.picture.boxes.values():
            for parent in self.picture.kin.parents(box.cls):
                if parent in self.picture.boxes:
                    self._line(self.picture.boxes[parent], box)
        for box in self.picture.boxes.values():
            self._box(box)

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return MARGIN + x * self.scale, self.top + y * self.scale

    def _line(self, parent: Box, child: Box) -> None:
        end = self._at(self.picture.left(child), self.picture.middle(child))
        start = self._at(
            self.picture.left(parent) + INDENT / 2,
            self.picture.middle(parent),
        )
        corner = (start[0], end[1])
        self.pen.line([start, corner, end], GREEN, 4)

    def _box(self, box: Box) -> None:
        left, middle = self.picture.left(box), self.picture.middle(box)
        is_here = box.cls is self.picture.here
        place = (
            *self._at(left, middle - HIGH / 2),
            *self._at(left + box.wide, middle + HIGH / 2),
        )
        self.pen.rounded_rectangle(
            place, 12, GREEN if is_here else PALE, GREEN, 3
        )
        self.pen.text(
            self._at(left + box.wide / 2, middle),
            box.cls.__name__,
            PAPER if is_here else INK,
            _letters(12.5 * self.scale),
            anchor="mm",
        )
