"""The examples of the pages: found, quoted by symbol, run, and remembered.

An example is a small program below `docs/examples/`. Pages show it as it is
written, and what it printed when it ran; nobody pastes either.

    docs/examples/02-request/shout.py ──▶ quote() ──▶ a block of code
                                       └▶ run()   ──▶ what it printed

It runs in a process of its own, with a limit of time. What it printed is kept
in `.cache/`, under a name made of all that it depends on: delete the folder,
and nothing is lost but seconds.
"""

from __future__ import annotations

import ast
import hashlib
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

from companion.environment import CACHE, ROOT
from companion.processes import end_group
from companion.suites.run import STANDIN
from companion.text import TEXT, bare

FOLDER = ROOT / "docs" / "examples"
LIMIT = 20.0
"""Seconds that an example may take; a healthy one needs a tenth of one."""


class ExampleError(Exception):
    """An example that is not there, or does not do what it shall."""


def find(file: str) -> Path:
    """Return the path of an example, which is named from `docs/examples`."""
    path = FOLDER / file
    if path.suffix != ".py" or not path.is_file():
        raise ExampleError(f"there is no example `docs/examples/{file}`.")
    return path


def quote(file: str, symbol: str = "") -> str:
    """Return an example's code, or that of one class or function in it."""
    source = find(file).read_text("utf-8")
    if not symbol:
        return source.rstrip()
    found = cut(source, symbol)
    if not found:
        raise ExampleError(f"`docs/examples/{file}` has no `{symbol}`.")
    return found[1]


def cut(source: str, symbol: str) -> tuple[int, str] | None:
    """Return the first line's number, and the code, of a class or function.

    It is whole: from its first decorator to its last line.
    """
    for name, node in _definitions(ast.parse(source)):
        if name == symbol:
            heads = [node, *node.decorator_list]
            first = min(head.lineno for head in heads)
            lines = source.splitlines()[first - 1 : node.end_lineno]
            return first, textwrap.dedent("\n".join(lines))
    return None


Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _definitions(
    tree: ast.AST, before: str = ""
) -> Iterator[tuple[str, Definition]]:
    """Yield each class and function with its dotted name."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(
            node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        ):
            yield before + node.name, node
            yield from _definitions(node, f"{before}{node.name}.")


# -- Running


def run(file: str, *arguments: str) -> str:
    """Return what the example prints; from `.cache` if nothing changed.

    Raises ExampleError if it fails, or does not come to an end.
    """
    kept = CACHE / "examples" / f"{_digest(find(file), arguments)}.txt"
    try:
        return kept.read_text("utf-8")
    except OSError:
        printed = execute(file, *arguments)
    kept.parent.mkdir(parents=True, exist_ok=True)
    # Several builds may run at once: each writes whole files or none.
    fresh = kept.with_suffix(f".{os.getpid()}")
    fresh.write_text(printed, "utf-8")
    fresh.replace(kept)
    return printed


def execute(file: str, *arguments: str, mini: bool = False) -> str:
    """Run the example and return what it prints, on both streams.

    With `mini`, minisocketserver takes the original's place in it. Raises
    ExampleError as `run` does.
    """
    said = " ".join((f"`docs/examples/{file}`", *arguments))
    child = subprocess.Popen(
        [sys.executable, str(find(file)), *arguments],
        cwd=ROOT,
        env=_environment(mini=mini),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        output, _ = child.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        raise ExampleError(
            f"{said} did not come to an end within {LIMIT:g} s."
        ) from None
    finally:
        end_group(child)
        if child.stdout:
            child.stdout.close()
    printed = "\n".join(output.decode("utf-8", "replace").splitlines())
    if child.returncode:
        last = printed.rpartition("\n")[2] or "it printed nothing"
        raise ExampleError(
            f"{said} ended with status {child.returncode}: {last}"
        )
    return printed


def _environment(*, mini: bool) -> dict[str, str]:
    """Return what an example is told of the world: the same for all."""
    path = [str(STANDIN)] if mini else []
    return os.environ | {
        "PYTHONPATH": os.pathsep.join([*path, str(ROOT)]),
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONWARNINGS": "ignore::DeprecationWarning",
    }


def _digest(path: Path, arguments: tuple[str, ...]) -> str:
    """Name all that an example's output depends on."""
    whole = hashlib.sha256(sys.version.encode())
    for argument in (path.name, *arguments):
        whole.update(argument.encode() + b"\0")
    whole.update(path.read_bytes())
    if TEXT.name in path.read_text("utf-8"):
        # What runs is the same, whatever is said about it.
        for each in sorted(TEXT.glob("*.py")):
            whole.update(bare(each.read_text("utf-8")).encode())
    return whole.hexdigest()[:32]
