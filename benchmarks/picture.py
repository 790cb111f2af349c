"""What the servers abreast were measured at: as a table, and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.abreast import CLOCK, NAMES, OURS, P99, PROCESSOR, Result
from companion.environment import TroubleError

OTHERS = NAMES[1:]
HEAD = (
    "Times as much as ours: above 1, ours is better. Medians, middle half.\n"
)


def rows(result: Result) -> list[str]:
    """One line for each kind of figure."""
    figures = list(dict.fromkeys(figure for _, figure in result.ratios))
    return [
        f"{result.name:12}{figure:16}"
        + "".join(
            f"{_cell(result, other, figure):26}"
            for other in dict.fromkeys(other for other, _ in result.ratios)
            if other != OURS or result.name == "stalled"
        ).rstrip()
        for figure in figures
    ]


def _cell(result: Result, other: str, figure: str) -> str:
    low, high = result.quartiles(other, figure)
    median = result.median(other, figure)
    return f"{other} {median:.2f} {low:.2f}-{high:.2f}"


def draw(results: Sequence[Result], file: Path) -> None:
    """Draw the bars into a file; its ending says which format.

    Raises TroubleError where there is no matplotlib.
    """
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError:
        raise TroubleError(
            "--plot needs matplotlib, which is in the group lab: python3 -m"
            " pip install -c requirements.lock matplotlib"
        ) from None
    figure = Figure(figsize=(10, 8), layout="constrained")
    for axes, kind in zip(
        figure.subplots(3, 1), (PROCESSOR, CLOCK, P99), strict=True
    ):
        shown = [each for each in results if (OTHERS[0], kind) in each.ratios]
        _bars(axes, shown, kind)
    figure.savefig(file)


def _bars(axes: Any, shown: Sequence[Result], kind: str) -> None:
    axes.set_title(f"{kind}: times as much as AsyncTCPServer")
    hatches = ("", "//", "..")  # told apart without colour
    for place, (other, hatch) in enumerate(zip(OTHERS, hatches, strict=True)):
        found = [
            (number, each.median(other, kind))
            for number, each in enumerate(shown)
            if (other, kind) in each.ratios
        ]
        axes.bar(
            [number + 0.27 * (place - 1) for number, _ in found],
            [median for _, median in found],
            width=0.25,
            hatch=hatch,
            edgecolor="black",
            label=other,
        )
    axes.axhline(1, color="black", linewidth=1)
    axes.set_xticks(range(len(shown)), [each.name for each in shown])
    axes.legend()
