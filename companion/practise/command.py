"""`practise`: exercises, from reading to writing.

Without a word behind it, it watches: the exercise is checked each time that
its file is saved. With one, it does one thing and ends.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from companion.environment import TroubleError
from companion.practise import atlas, author, blanks, weaken
from companion.practise import format as exercises
from companion.practise.folder import PRACTICE, Practice
from companion.practise.format import EXERCISES, Exercise
from companion.practise.judge import Judge
from companion.practise.runner import Runner

if TYPE_CHECKING:
    from companion.practise.desk import Desk

Act = Callable[[argparse.Namespace, "Desk"], int]

PLAIN = "no colour, no screen of its own, no keys: lines of text"

EPILOG = """\
Your files are in practice/, an exercise each: edit them with whatever you
like. NAME is the name of an exercise or a part of it: thread_per_request.
"""


def main(argv: list[str]) -> int:
    """Do what `argv` asks for; return the exit status."""
    options = parse(argv)
    act: Act = options.act
    with Runner() as runner:
        from companion.practise.desk import Desk

        found = exercises.read_all(options.exercises)
        if not found:
            raise TroubleError(f"There are no exercises in {EXERCISES}.")
        practice = Practice(found, options.folder.absolute())
        desk = Desk(practice, Judge(runner), plain=options.plain)
        return act(options, desk)


class Parser(argparse.ArgumentParser):
    """One that says in a sentence that there is no such command."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command line."""
        found = re.search(r"COMMAND: invalid choice: ('.*?') \(.*", message)
        if found:
            raise TroubleError(
                f"There is no command {found[1]}. `--help` lists what there "
                "is; the name of an exercise goes behind one, as in "
                "`check datagrams`."
            )
        super().error(message)


def parse(argv: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(
        prog="python3 -m companion practise",
        description="Write it yourself: exercises that are checked as you "
        "save, chapter by chapter, until CPython's own tests pass on a "
        "module of yours.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(act=watch)
    parser.add_argument(
        "--plain",
        action="store_true",
        help=PLAIN,
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=PRACTICE,
        help="where your files are (default: practice/)",
    )
    parser.add_argument(
        "--exercises",
        type=Path,
        default=EXERCISES,
        help=argparse.SUPPRESS,  # for those who try out exercises of theirs
    )
    commands = parser.add_subparsers(metavar="COMMAND")

    def add(name: str, act: Act, told: str, wants: str = "") -> None:
        command = commands.add_parser(name, help=told, description=told)
        command.set_defaults(act=act)
        # `list --plain` is as good as `--plain list`, and must not undo it.
        command.add_argument(
            "--plain",
            action="store_true",
            default=argparse.SUPPRESS,
            help=PLAIN,
        )
        if wants == "names":
            command.add_argument("names", nargs="*", metavar="NAME")
        elif wants == "level":
            command.add_argument(
                "level", nargs="?", choices=list(blanks.LEVELS)
            )
        elif wants:
            command.add_argument("name", nargs="?", metavar="NAME")

    told = "check it each time you save, from NAME on; the default"
    add("watch", watch, told, "maybe")
    add("check", check, "check the exercise once", "maybe")
    add("hint", hint, "give one more hint", "maybe")
    add("list", listing, "list all exercises")
    add("next", following, "go to the next exercise, or to NAME", "maybe")
    add("skip", skip, "leave the exercise for later")
    add("solution", solution, "show the solution of what you solved", "maybe")
    add("reset", reset, "begin an exercise anew; your file is kept", "maybe")
    add("progress", progress, "tell how far you are")
    add("level", level, "say how much is taken away from the text", "level")
    add("map", show_map, "tell which exercise is about which method")
    add("author", prove, "prove that exercises are well made", "names")
    told = "prove that fills need each line of their solutions; minutes"
    add("weaken", thin_out, told, "names")
    # `practise 06` is where a chapter sends its reader.
    chapter = next((word for word in argv if word.isdigit()), None)
    if chapter and not {*argv} & {*commands.choices}:
        argv.insert(argv.index(chapter), "watch")
    return parser.parse_args(argv)


# -- The commands


def watch(options: argparse.Namespace, desk: Desk) -> int:
    """Watch, on a screen where there is one."""
    if getattr(options, "name", None):
        desk.practice.go(desk.practice.find(options.name))
    from companion.practise import screen

    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    dumb = os.environ.get("TERM", "") in ("", "dumb")
    if options.plain or dumb or not is_terminal:
        return screen.watch_plainly(desk)
    return screen.watch(desk)


def check(options: argparse.Namespace, desk: Desk) -> int:
    """Check an exercise once; 1 if it is not solved."""
    exercise = named(options, desk)
    desk.practice.go(exercise)
    desk.introduce()
    passed = desk.check().passed
    if passed:
        desk.say("Next: python3 -m companion practise next")
    else:
        desk.say("A hint: python3 -m companion practise hint")
    return 0 if passed else 1


def hint(options: argparse.Namespace, desk: Desk) -> int:
    """Give one more hint."""
    desk.practice.go(named(options, desk))
    desk.hint()
    return 0


def listing(_: argparse.Namespace, desk: Desk) -> int:
    """List all exercises."""
    desk.list()
    return 0


def following(options: argparse.Namespace, desk: Desk) -> int:
    """Go on to another exercise."""
    chosen = desk.practice.next_open()
    if options.name:
        chosen = desk.practice.find(options.name)
    if chosen is None:
        desk.say("That was the last one: all is solved.")
        return 0
    desk.practice.go(chosen)
    desk.introduce()
    return 0


def skip(_: argparse.Namespace, desk: Desk) -> int:
    """Leave the exercise for later."""
    desk.practice.skip(desk.practice.current)
    desk.introduce()
    return 0


def solution(options: argparse.Namespace, desk: Desk) -> int:
    """Show the solution of an exercise that is solved."""
    return 0 if desk.solution(named(options, desk)) else 1


def reset(options: argparse.Namespace, desk: Desk) -> int:
    """Begin an exercise anew."""
    desk.reset(named(options, desk))
    return 0


def progress(_: argparse.Namespace, desk: Desk) -> int:
    """Tell how far the learner is."""
    desk.progress()
    return 0


def level(options: argparse.Namespace, desk: Desk) -> int:
    """Set how much is taken away from the text, or tell."""
    if options.level:
        desk.practice.progress.level = options.level
        desk.practice.save()
    desk.levels()
    return 0


def show_map(_: argparse.Namespace, desk: Desk) -> int:
    """Print the map; 1 if a public method is in no exercise."""
    return atlas.show(desk.practice.exercises)


def prove(options: argparse.Namespace, desk: Desk) -> int:
    """Prove some exercises, or all of them."""
    return author.prove(chosen(options, desk), desk.judge)


def thin_out(options: argparse.Namespace, desk: Desk) -> int:
    """Take each statement out of some solutions, or of all."""
    return weaken.show(chosen(options, desk), desk.judge)


def chosen(options: argparse.Namespace, desk: Desk) -> list[Exercise]:
    """Return the exercises that were named, all of them without a name."""
    names = options.names
    return [
        each
        for each in desk.practice.exercises
        if not names or any(name in each.id for name in names)
    ]


def named(options: argparse.Namespace, desk: Desk) -> Exercise:
    """Return the exercise that was named, or the current one."""
    if options.name:
        return desk.practice.find(options.name)
    return desk.practice.current
