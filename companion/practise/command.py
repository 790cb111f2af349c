"""`practise`: exercises, from reading to writing."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from companion.practise import author
from companion.practise import format as exercises
from companion.practise.folder import PRACTICE, Practice
from companion.practise.judge import Judge
from companion.practise.runner import Runner

Act = Callable[[argparse.Namespace, Practice, Judge], int]


def main(argv: list[str]) -> int:
    """Do what `argv` asks for; return the exit status."""
    options = parse(argv)
    practice = Practice(exercises.read_all(), options.folder.absolute())
    with Runner() as runner:
        act: Act = options.act
        return act(options, practice, Judge(runner))


def parse(argv: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python3 -m companion practise",
        description="Exercises: predict, fill, catch.",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=PRACTICE,
        help="where your files are (default: practice/)",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    proof = commands.add_parser(
        "author", help="prove that exercises are well made"
    )
    proof.add_argument("names", nargs="*", metavar="NAME")
    proof.set_defaults(act=prove)
    return parser.parse_args(argv)


def prove(
    options: argparse.Namespace, practice: Practice, judge: Judge
) -> int:
    """Prove some exercises, or all of them."""
    chosen = [
        each
        for each in practice.exercises
        if not options.names or any(name in each.id for name in options.names)
    ]
    return author.prove(chosen, judge)
