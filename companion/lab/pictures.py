"""What a cell draws: bars of time, a tree of classes, a recording."""

from __future__ import annotations

import contextlib
import html
import io
import re
import time
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree


class Timeline:
    """Who did what, and from when to when; shown as bars, told as text."""

    def __init__(self) -> None:
        """Start the clock."""
        self.began = time.monotonic()
        self.spans: list[tuple[str, str, float, float]] = []

    @contextlib.contextmanager
    def span(self, lane: str, what: str = "") -> Iterator[None]:
        """Note, in a lane, how long the `with` block takes."""
        start = time.monotonic() - self.began
        try:
            yield
        finally:
            end = time.monotonic() - self.began
            self.spans.append((lane, what, start, end))

    def show(self, title: str = "Who is busy when") -> None:
        """Draw a bar for each span, and print the same as a table.

        What a forked child has noted stays in the child, so it is not here.
        """
        if not self.spans:
            print("Nothing was noted here, so there is nothing to draw.")
            return
        lanes = sorted({lane for lane, *_ in self.spans}, key=_natural)
        with drawing(title, height=0.9 + 0.45 * len(lanes)) as axes:
            for lane, what, start, end in self.spans:
                at = lanes.index(lane)
                axes.barh(at, end - start, left=start, alpha=0.6)
                axes.annotate(what, (start, at), va="center", fontsize=8)
            axes.set_xlabel("seconds")
            axes.set_yticks(range(len(lanes)), lanes)
            axes.invert_yaxis()
        for lane, what, start, end in sorted(self.spans, key=lambda s: s[2:]):
            print(f"{lane:12} {what:16} {start:5.2f} s to {end:5.2f} s")


def _natural(name: str) -> list[tuple[int, str]]:
    """Put `client 2` before `client 10`."""
    return [
        (int(part), "") if part.isdigit() else (0, part)
        for part in re.findall(r"[0-9]+|[^0-9]+", name)
    ]


INK = "#010203"  # stands for the ink of whatever page the picture is on


@contextlib.contextmanager
def drawing(title: str, *, height: float = 3.0) -> Iterator[Any]:
    """Hand out the axes of a picture, and show it at the end.

    It is drawn in the page's own ink, so it can be read in the dark as well.
    Whoever draws prints the same as text, too.
    """
    import matplotlib as mpl

    inks = ("text.color", "axes.labelcolor", "axes.edgecolor")
    inks += ("xtick.color", "ytick.color")
    settings = dict.fromkeys(inks, INK) | {
        "svg.fonttype": "none",
        "svg.hashsalt": title,
        "font.family": "sans-serif",
    }
    with mpl.rc_context(settings):
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7, height), layout="tight")
        axes = figure.add_subplot()
        axes.set_title(title)
        yield axes
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True)
    svg = file.getvalue()
    svg = svg[svg.index("<svg") :].replace(INK, "currentColor")
    label = html.escape(f"{title}. The same as text is below.")
    _display(f'<div role="img" tabindex="0" aria-label="{label}">{svg}</div>')


def family() -> None:
    """Show all classes of the mini, and who inherits from whom."""
    from companion.site.family import Picture
    from companion.site.kin import Kin
    from companion.site.library import Library
    from companion.text import TEXT

    kin = Kin.of(Library.read(TEXT))
    tree = Picture(kin, list(kin.public.values()), None).drawn()
    for box in tree.iter("a"):
        box.tag = "span"  # a notebook has no pages to link to
        box.attrib.pop("href")
    svg = ElementTree.tostring(tree, encoding="unicode")
    _display(f'<div class="lab-family" tabindex="0">{FAMILY_STYLE}{svg}</div>')
    for cls in kin.public.values():
        parents = ", ".join(each.__name__ for each in kin.parents(cls))
        print(f"{cls.__name__:28} {parents and 'built on ' + parents}")


FAMILY_STYLE = """<style>
.lab-family { overflow-x: auto; }
.lab-family svg { width: calc(var(--wide) * 1px); max-width: none; }
.lab-family path { fill: none; stroke: currentColor; }
.lab-family .kin-box {
  display: grid; place-items: center; box-sizing: border-box; height: 26px;
  border: 1px solid currentColor; border-radius: 4px;
  font: 12px/1 ui-monospace, monospace;
}
.lab-family .kin-mixin { border-style: dashed; }
</style>"""


def xray(name: str) -> None:
    """Show a recording in the player, to be walked through step by step.

    The names of the recordings are those of the site's pages: `"tcp"`,
    `"threading-tcp"`, `"shutdown-deadlock"` and so on.
    """
    from companion import xray as recordings
    from companion.xray.page import document

    page = document(recordings.load(name), recordings.script(name))
    _display(
        f'<iframe data-xray="{name}" title="X-ray: {name}" '
        'style="width: 100%; height: 46rem; border: 0" '
        f'srcdoc="{html.escape(page)}"></iframe>'
    )


def _display(markup: str) -> None:
    """Show HTML below the cell."""
    from IPython.display import display

    display({"text/html": markup}, raw=True)
