"""`xray`: record a run of your own server, as a page to walk through."""

import argparse
import sys
from pathlib import Path

from companion.options import writable

LIMIT = 20.0


def main(argv: list[str]) -> int:
    """Record a script and write the page; return the exit status."""
    options = parse(argv)
    from .own import check, run
    from .page import document

    check(options.script)
    print(f"Recording {options.script}; Ctrl-C ends it.")
    done = run(options.script, options.arguments, options.limit)
    output = options.output or page(f"{options.script.stem}.xray.html")
    output.write_text(
        document(done.recording, options.script), encoding="utf-8"
    )
    recording = done.recording
    if recording.ended:
        print(recording.ended, file=sys.stderr)
    lanes = ", ".join(lane.title for lane in recording.lanes)
    print(
        f"{output} has {len(recording.rows)} steps of: {lanes}. Open it in a "
        f"browser."
    )
    return 1 if done.trouble else 0


def parse(argv: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python3 -m companion xray",
        description="Run a script that makes a server, record what happens "
        "in it, and write one HTML file to walk through it step by step.",
        epilog="The script may import socketserver or minisocketserver. What "
        "was recorded is kept, however the script ends.",
    )
    parser.add_argument(
        "--limit",
        type=seconds,
        default=LIMIT,
        metavar="SECONDS",
        help=f"how long it may run; default: {LIMIT:g}",
    )
    parser.add_argument(
        "--output",
        type=page,
        metavar="FILE",
        help="default: the script's name with .xray.html, in this folder",
    )
    parser.add_argument("script", type=Path, help="such as my_server.py")
    parser.add_argument(
        "arguments",
        nargs="*",
        default=[],  # or else they are asked for where the script is missing
        help="what the script itself is given; its options go behind a --",
    )
    return parser.parse_args(argv)


def page(name: str) -> Path:
    """Read the name of a page to write; leave no empty one behind."""
    path = writable(name)
    if not path.stat().st_size:
        path.unlink()
    return path


def seconds(text: str) -> float:
    """Read a time: a number above zero."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(
            f"{text} is no time; give a number of seconds, such as 30"
        )
    return value
