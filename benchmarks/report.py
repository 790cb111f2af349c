"""The table, row by row as it is measured, and the same as JSON."""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass, field
from typing import Any

from benchmarks import fanout
from benchmarks.figures import GOAL, Comparison, Ratios
from benchmarks.measure import Inside, Row


@dataclass
class Report:
    """What has been measured so far of one implementation."""

    implementation: str
    rows: list[Row] = field(default_factory=list)
    inside: list[tuple[Inside, Ratios]] = field(default_factory=list)
    fan_out: list[fanout.Row] = field(default_factory=list)

    @property
    def slower(self) -> list[str]:
        """The names of those that miss their goal."""
        return [row.name for row in self.rows if row.verdict == "slower"] + [
            what.name
            for what, ratios in self.inside
            if ratios.median < what.goal
        ]

    def begin(self) -> None:
        """Print the head of the table."""
        version = platform.python_version()
        print(f"{self.implementation} / original, Python {version}")
        print("requests per second of processor time, and of the clock:")
        print("median of ratios, middle half, and the noise of this machine")
        print(
            f"\n{'workload':42}{'processor time':24}{'clock':24}"
            f"{'rounds':8}verdict"
        )

    def add(self, row: Row) -> None:
        """Print and keep a workload's row."""
        self.rows.append(row)
        processor, wall = _cell(row.processor), _cell(row.wall)
        print(
            f"{row.name:42}{processor:24}{wall:24}"
            f"{row.rounds:<8}{row.verdict}",
            flush=True,
        )

    def add_inside(self, what: Inside, ratios: Ratios) -> None:
        """Print and keep a cost inside the servers."""
        if not self.inside:
            print("\nmany times cheaper than in the original:")
        self.inside.append((what, ratios))
        verdict = "ok" if ratios.median >= what.goal else "missed"
        print(
            f"{what.meaning:52}{ratios.median:8,.1f} times"
            f"   goal {what.goal:.0f}   {verdict}",
            flush=True,
        )

    def add_fan_out(self, rows: list[fanout.Row]) -> None:
        """Print and keep what one message to many subscribers costs."""
        self.fan_out = rows
        print("", *fanout.as_lines(rows), sep="\n", flush=True)

    def end(self) -> None:
        """Print what is to be concluded."""
        unclear = [row.name for row in self.rows if row.verdict == "unclear"]
        if unclear:
            print(f"\nunclear, more rounds would tell: {', '.join(unclear)}")
        if self.slower:
            print(f"\nbelow the goal: {', '.join(self.slower)}")
        elif not unclear:
            print(f"\nEvery ratio reaches its goal (at least {GOAL}).")

    def as_json(self) -> str:
        """Give all figures, single rounds included."""
        return json.dumps(
            {
                "python": platform.python_version(),
                "machine": platform.machine(),
                "implementation": self.implementation,
                "goal": GOAL,
                "workloads": {row.name: _row(row) for row in self.rows},
                "inside": {
                    what.name: {"goal": what.goal, **_ratios(ratios)}
                    for what, ratios in self.inside
                },
                "fan_out": fanout.as_data(self.fan_out),
            },
            indent=1,
        )


def _cell(comparison: Comparison) -> str:
    ratios = comparison.ratios
    low, high = ratios.quartiles
    noise = comparison.control.noise
    return f"{ratios.median:.2f} {low:.2f}-{high:.2f} ±{noise:.2f}"


def _row(row: Row) -> dict[str, Any]:
    return {
        "verdict": row.verdict,
        "rounds": row.rounds,
        "processor_seconds_per_request": [row.original, row.other],
        "processor": _comparison(row.processor),
        "wall": _comparison(row.wall),
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return {
        **_ratios(comparison.ratios),
        "verdict": comparison.verdict(),
        "noise": comparison.control.noise,
        "control": _ratios(comparison.control),
    }


def _ratios(ratios: Ratios) -> dict[str, Any]:
    return {
        "median": ratios.median,
        "quartiles": ratios.quartiles,
        "values": ratios.values,
    }
