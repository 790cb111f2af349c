"""From rounds to a verdict.

All ratios point the same way: above 1, the measured one is better than the
original.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

GOAL = 0.97  # of the original's requests per second, in every workload


@dataclass(frozen=True)
class Ratios:
    """The same ratio, measured several times."""

    values: Sequence[float]

    @property
    def median(self) -> float:
        """The middle one: a round that somebody disturbed does not count."""
        return statistics.median(self.values)

    @property
    def quartiles(self) -> tuple[float, float]:
        """Where the middle half begins and ends."""
        if len(self.values) == 1:
            return self.median, self.median
        low, _, high = statistics.quantiles(self.values, method="inclusive")
        return low, high

    @property
    def noise(self) -> float:
        """How far from 1 a median may lie by bad luck alone.

        For ratios of the original to itself, whose truth is 1. It is the
        larger of what their own median is off, and two standard errors of a
        median. Those are estimated from how far the single ratios are off:
        1.4826 turns their median distance into a standard deviation, 1.2533
        the error of a mean into that of a median.
        """
        off = [abs(value - 1) for value in self.values]
        deviation = 1.4826 * statistics.median(off)
        error = 1.2533 * deviation / math.sqrt(len(off))
        return max(abs(self.median - 1), 2 * error)


@dataclass(frozen=True)
class Comparison:
    """The measured one against the original, and the original against itself.

    Both are ratios of the same cost in the same rounds.
    """

    ratios: Ratios
    control: Ratios

    def verdict(self, goal: float = GOAL) -> str:
        """Say ``ok``, ``slower``, or ``unclear`` if it may be the noise."""
        if self.ratios.median >= goal:
            return "ok"
        if self.ratios.median + self.control.noise >= goal:
            return "unclear"
        return "slower"


def compare(
    original: Sequence[float], other: Sequence[float], again: Sequence[float]
) -> Comparison:
    """Turn the costs of three servers in the same rounds into ratios.

    *original* and *again* are the same server, run twice: the measured one is
    compared with their mean.
    """
    rounds = list(zip(original, other, again, strict=True))
    return Comparison(
        Ratios([(a + c) / 2 / b for a, b, c in rounds]),
        Ratios([a / c for a, _, c in rounds]),
    )
