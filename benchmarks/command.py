"""The command: ``python3 -m companion bench``."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from pathlib import Path
from typing import Any

from benchmarks import abreast, fanout, picture, report, soak
from benchmarks.client import BadServerError
from benchmarks.measure import INSIDE, cheaper, workload
from benchmarks.workloads import QUICK, WORKLOADS
from companion.environment import TroubleError
from companion.implementation import NoImplementationError, find
from companion.options import writable

ORIGINAL = "stdlib"
ROUNDS = 36
QUICK_ROUNDS = 12


def main(argv: list[str]) -> int:
    """Measure, print the table, and return the exit status."""
    options = _parser().parse_args(argv)
    try:
        return _run(options)
    except (
        NoImplementationError,
        BadServerError,
        TroubleError,
        OSError,
    ) as error:
        return _fail(str(error))


def _fail(why: str) -> int:
    print(why, file=sys.stderr)
    return 2


def _run(options: argparse.Namespace) -> int:
    names = _chosen(options)
    if options.list:
        print(*names, sep="\n")
        return 0
    if not names:
        wanted = " or ".join(options.only)
        return _fail(f"No workload has {wanted} in it; --list shows all.")
    if options.soak:
        return _run_soak(names, options.soak)
    if not hasattr(os, "fork"):
        return _fail("This needs a system with fork: Linux or macOS.")
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    if options.abreast:
        return _run_abreast(names, rounds, options)
    found = _measure(names, options.impl, rounds)
    if options.json:
        options.json.write_text(found.as_json(), encoding="utf-8")
    return 1 if options.check and found.slower else 0


def _measure(names: list[str], other: str, rounds: int) -> report.Report:
    modules = find(ORIGINAL, Path()), find(other, Path())
    found = report.Report(other)
    found.begin()
    for name in names:
        if name in WORKLOADS:
            found.add(workload(WORKLOADS[name], ORIGINAL, other, rounds))
        elif name == fanout.NAME:
            found.add_fan_out(fanout.fan_out(rounds))
        else:
            what = INSIDE[name]
            # Differences of many times need few rounds.
            found.add_inside(what, cheaper(what, *modules, rounds // 12 or 1))
    found.end()
    return found


def _run_abreast(
    names: list[str], rounds: int, options: argparse.Namespace
) -> int:
    print(picture.HEAD)
    results: list[abreast.Result] = []
    for name in names:
        if name == fanout.HUB:
            continue
        results.append(abreast.measure(name, rounds))
        print(*picture.rows(results[-1]), sep="\n", flush=True)
    # Last, for it is told in another way.
    hub = fanout.fan_out(rounds) if fanout.HUB in names else []
    if hub:
        print("", *fanout.as_lines(hub), sep="\n", flush=True)
    missed = [what for result in results for what in result.missed]
    if results:
        print("", *(missed or ["Every goal is reached."]), sep="\n")
    if options.json:
        figures: dict[str, Any] = {
            result.name: result.as_data() for result in results
        }
        if hub:
            figures[fanout.HUB] = fanout.as_data(hub)
        options.json.write_text(json.dumps(figures, indent=1), "utf-8")
    if options.plot:
        picture.draw(results, options.plot, hub)
    return 1 if options.check and missed else 0


def _run_soak(names: list[str], seconds: float) -> int:
    failed = False
    for name in names:
        found = soak.soak(name, seconds)
        soak.report(found)
        failed = failed or bool(found.complaints)
    return 1 if failed else 0


def _chosen(options: argparse.Namespace) -> list[str]:
    if options.soak:
        names = every = [*soak.SERVERS]
    elif options.abreast:
        every = [*abreast.GOALS, fanout.HUB]
        names = [*abreast.QUICK, fanout.HUB] if options.quick else every
    else:
        every = [*WORKLOADS, *INSIDE, fanout.NAME]
        names = [*QUICK, *INSIDE, fanout.NAME] if options.quick else every
    if not options.only:
        return every if options.list else names
    return [
        name for name in every if any(part in name for part in options.only)
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m companion bench",
        description="Measure the text against the original, side by side.",
    )
    parser.add_argument(
        "--quick", action="store_true", help="a few workloads, in a minute"
    )
    parser.add_argument(
        "--abreast",
        action="store_true",
        help="the asynchronous server beside asyncio's, the original's"
        " threads and a tiny loop, and the hub beside plain queues",
    )
    parser.add_argument(
        "--soak",
        nargs="?",
        type=_seconds,
        const=soak.SECONDS,
        metavar="SECONDS",
        help="let good, slow and rude clients at each server for so long"
        f" (default: {soak.SECONDS:g}), and count what it keeps; exits with 1"
        " if it keeps anything",
    )
    parser.add_argument(
        "--only",
        action="append",
        metavar="NAME",
        help="workloads with NAME in their name; may be given again",
    )
    parser.add_argument(
        "--list", action="store_true", help="print the names and stop"
    )
    parser.add_argument(
        "--rounds",
        type=_positive,
        help=f"blocks per workload (default: {ROUNDS}); under 12 say little",
    )
    parser.add_argument(
        "--impl",
        default="mini",
        metavar="PATH",
        help="measure this module or package, not the text",
    )
    parser.add_argument(
        "--json", type=writable, metavar="FILE", help="write the figures there"
    )
    parser.add_argument(
        "--plot",
        type=writable,
        metavar="FILE",
        help="with --abreast: draw the figures there (.svg, .png)",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="exit with 1 if a goal is missed by more than the noise",
    )
    return parser


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return seconds


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no whole number above 0"
        )
    return int(text)
