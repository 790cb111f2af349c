"""What the servers abreast were measured at: as a table, and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.abreast import (
    CLOCK,
    GOALS,
    MEMORY,
    NAMES,
    OURS,
    P99,
    PROCESSOR,
    Result,
)
from benchmarks.fanout import CONTESTANTS, SUBSCRIBERS, Row
from companion.environment import TroubleError

PANELS = ((PROCESSOR,), (CLOCK,), (P99, MEMORY))
# Who is told apart by what, without colour.
HATCHES = dict(zip((*NAMES[1:], OURS), ("", "//", "..", "xx"), strict=True))
HUBS = [name for name in CONTESTANTS if name.startswith("the hub")]
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


def draw(
    results: Sequence[Result], file: Path, hub: Sequence[Row] = ()
) -> None:
    """Draw the bars into a file; its ending says which format.

    What the hub was measured at, if it was, has a panel of its own. Raises
    TroubleError where there is no matplotlib.
    """
    try:
        from matplotlib import rc_context  # noqa: PLC0415
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError:
        raise TroubleError(
            "--plot needs matplotlib, which is in the group lab: python3 -m"
            " pip install -c requirements.lock matplotlib"
        ) from None
    count = len(PANELS) + bool(hub)
    figure = Figure(figsize=(10, 3.4 * count), layout="constrained")
    panels = figure.subplots(count, 1)
    if hub:
        _hub_bars(panels[-1], hub)
    for axes, kinds in zip(panels[: len(PANELS)], PANELS, strict=True):
        shown = [
            (result, kind)
            for result in results
            for kind in kinds
            if any(figure == kind for _, figure in result.ratios)
        ]
        _bars(axes, shown)
        axes.set_title(f"{' and '.join(kinds)}: times as much as ours")
    with rc_context({"svg.fonttype": "none"}):  # words remain words
        figure.savefig(file)


def _bars(axes: Any, shown: Sequence[tuple[Result, str]]) -> None:
    for place, (other, hatch) in enumerate(HATCHES.items()):
        found = {
            number + 0.22 * (place - 1.5): result.median(other, kind)
            for number, (result, kind) in enumerate(shown)
            if (other, kind) in result.ratios
            and (other != OURS or result.name == "stalled")
        }
        if not found:
            continue
        # From 1, in doublings: half as much is as far from it as twice.
        heights = [median - 1 for median in found.values()]
        axes.bar(
            [*found],
            heights,
            bottom=1,
            width=0.2,
            hatch=hatch,
            edgecolor="black",
            label="ours, undisturbed" if other == OURS else other,
        )
    axes.set_yscale("log", base=2)
    axes.yaxis.set_major_formatter("{x:g}")
    axes.axhline(1, color="black", linewidth=1)
    _goals(axes, shown)
    axes.set_xticks(range(len(shown)), [_label(*each) for each in shown])
    axes.set_xlim(-0.6, max(len(shown), 1) - 0.4)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))


def _hub_bars(axes: Any, rows: Sequence[Row]) -> None:
    bars = axes.barh(
        [row.name for row in rows],
        [row.ratio for row in rows],
        color="white",
        edgecolor="black",
        hatch=["xx" if row.name in HUBS else "" for row in rows],
    )
    axes.bar_label(bars, [f"{row.rate:,.0f}" for row in rows], padding=3)
    axes.invert_yaxis()  # the first one on top
    axes.margins(x=0.15)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_title(
        f"one message to {SUBSCRIBERS:,} subscribers: deliveries per second,"
        " as a share of the first"
    )


def _goals(axes: Any, shown: Sequence[tuple[Result, str]]) -> None:
    """Mark each goal above its bar."""
    goals = [
        (number + 0.22 * ([*HATCHES].index(goal.other) - 1.5), goal.ratio)
        for number, (result, kind) in enumerate(shown)
        for goal in GOALS[result.name]
        if goal.figure == kind
    ]
    axes.plot(
        [at for at, _ in goals],
        [ratio for _, ratio in goals],
        linestyle="none",
        marker="_",
        markersize=16,
        markeredgewidth=3,
        color="black",
        label="goal",
    )


def _label(result: Result, kind: str) -> str:
    if kind in (PROCESSOR, CLOCK):
        return result.name
    return f"{result.name}\n{kind}"
