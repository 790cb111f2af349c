"""Which commands there are, and how one is called.

A command is a module with `main(argv: list[str]) -> int`. It imports packages
from elsewhere inside its functions only, so that its `--help` works before
anything is installed.
"""

import errno
import itertools
import os
import signal
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import NoReturn

from companion import environment


@dataclass(frozen=True)
class Command:
    """What stands behind a word, and which requirements it needs."""

    module: str
    summary: str
    needs: tuple[str, ...] = ()


# A new command is one more line here.
COMMANDS = {
    "read": Command(
        "companion.read",
        "read the site in your browser",
        ("site", "notebooks"),
    ),
    "test": Command(
        "companion.test",
        "run every test there is",
        ("site", "test", "notebooks", "lab", "practise"),
    ),
    "lab": Command(
        "companion.lab.command",
        "run the notebooks, step by step",
        ("site", "notebooks", "lab"),
    ),
    "lint": Command(
        "companion.grammar.lint", "check the comments of the text"
    ),
    "practise": Command(
        "companion.practise.command",
        "write it yourself: exercises, checked as you save",
        ("practise",),
    ),
    "suites": Command(
        "companion.suites.comparison",
        "run CPython's own tests on original and mini",
    ),
    "mutants": Command(
        "companion.mutants.check",
        "break the mini, and see who notices",
        ("test",),
    ),
    "xray": Command(
        "companion.xray.command",
        "record a run of your own server, step by step",
        ("site",),
    ),
    "bench": Command(
        "benchmarks.command", "measure the mini beside the original"
    ),
}

GREETING = """\
minisocketserver: read Python's socketserver, line by line.

{commands}

Begin with: python3 -m companion read
Each command tells more: python3 -m companion read --help"""


def main(argv: list[str]) -> int:
    """Run the command that `argv` names; return its exit status.

    What the system refuses, or the user can put right, is said in a sentence.
    """
    # Told at once, also where the output goes to a file or a pipe.
    sys.stdout.reconfigure(line_buffering=True)
    signal.signal(signal.SIGTERM, leave)
    try:
        return run(argv)
    except environment.TroubleError as trouble:
        print(trouble, file=sys.stderr)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            print(
                f"{error.filename or 'The output'} could not be written: the "
                f"disk is full. Free some room, and run the command again.",
                file=sys.stderr,
            )
        elif error.errno != errno.EPIPE:  # `| head` has seen enough
            raise
        # Python would still complain at its end, when it flushes what nobody
        # takes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def leave(number: int, _: object) -> NoReturn:
    """End tidily when the signal `number` asks for it."""
    sys.exit(128 + number)


def run(argv: list[str]) -> int:
    """Do what `argv` asks for; return the exit status."""
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(GREETING.format(commands=roster()))
        return 0
    name, *arguments = argv
    if name not in COMMANDS:
        print(f"There is no command {name!r}. There are:", file=sys.stderr)
        print(roster(), file=sys.stderr)
        return 2
    command = COMMANDS[name]
    if not asks_for_help(arguments):
        environment.enter(command.needs, argv)
    return import_module(command.module).main(arguments)


def roster() -> str:
    """List the commands, a line each."""
    width = max(map(len, COMMANDS))
    return "\n".join(
        f"  python3 -m companion {name:{width}}  {command.summary}"
        for name, command in COMMANDS.items()
    )


def asks_for_help(arguments: list[str]) -> bool:
    """Tell whether help is asked of the command itself."""
    own = itertools.takewhile("--".__ne__, arguments)
    return any(argument in ("-h", "--help") for argument in own)
