"""`read`: build the site, serve it, and build it again when it changes.

Each build is a process of its own, and writes to a folder of its own. So a
tool that was changed counts at once, and a build that breaks leaves the last
good one on show.
"""

import argparse
import gc
import logging
import os
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from companion.environment import (
    CACHE,
    ROOT,
    TroubleError,
    explained,
)
from companion.options import port_number
from companion.processes import supervised

HOST = "127.0.0.1"
USUAL_PORT = 8000
BUILDER = (sys.executable, "-m", "companion.builder")
# The languages: a configuration, and where its pages lie in the site.
LANGUAGES = {"mkdocs.yml": "", "mkdocs.zh.yml": "zh/"}


def main(argv: list[str]) -> int:
    """Serve the site, or only build it; return the exit status."""
    options = parse(argv)
    os.environ["NO_MKDOCS_2_WARNING"] = "1"  # the theme's banner
    if options.build:
        folder = options.build.resolve()
        make(folder)
        return build(folder, options.preview)
    port = free_port(options.port)
    with explained():
        CACHE.mkdir(exist_ok=True)
        builds = tempfile.TemporaryDirectory(dir=CACHE, prefix="site-")
    with builds as name:
        show = options.browser and has_screen()
        return serve(Path(name), port, browser=show)


def parse(argv: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python3 -m companion read",
        description="Build the site and serve it, on this machine alone. "
        "It is built again when a page, the text or a tool changes.",
    )
    parser.add_argument(
        "--port",
        type=port_number,
        metavar="N",
        help=f"default: {USUAL_PORT}, or a free one",
    )
    parser.add_argument(
        "--no-browser",
        dest="browser",
        action="store_false",
        help="print the address and open nothing",
    )
    parser.add_argument(
        "--build",
        type=Path,
        metavar="DIR",
        help="build the site into DIR and end; a warning is an error",
    )
    parser.add_argument(
        "--preview",
        metavar="URL",
        help="build for this address; a warning is no error",
    )
    return parser.parse_args(argv)


def make(folder: Path) -> None:
    """Make `folder`, if need be; raise `TroubleError` if it is of no use."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise TroubleError(
            f"The site cannot be built into {folder} ({error.strerror}): "
            f"name a folder where you may write."
        ) from error


def build(folder: Path, preview: str | None) -> int:
    """Build the site in every language into `folder`; return the status.

    What is wrong, and with which page, is said on the standard error.
    """
    from mkdocs.exceptions import MkDocsException

    logging.basicConfig(format="%(levelname)s: %(message)s")
    run_notebooks()
    try:
        for name in configurations():
            build_language(name, folder, preview)
    except MkDocsException as error:
        print(f"The site is not built: {error}", file=sys.stderr)
        return 1
    except Exception as error:
        # MkDocs has named the page; the place in the tool is still missing.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        print(
            f"The site is not built: {type(error).__name__} in "
            f"{frame.filename}, line {frame.lineno}: {error}",
            file=sys.stderr,
        )
        return 1
    return 0


def run_notebooks() -> None:
    """Run those notebooks that have changed since they were last run."""
    from companion.lab.execute import stale

    if count := len(stale()):
        print(f"Running {count} notebooks (some seconds each) ...")
        # Apart: it leaves an event loop behind for each of its threads.
        command = [sys.executable, "-m", "companion.lab.execute"]
        with supervised(command, cwd=ROOT) as runner:
            runner.wait()


def build_language(name: str, folder: Path, preview: str | None) -> None:
    """Build the site of the configuration `name` into `folder`."""
    import jieba
    from mkdocs.commands.build import build as build_site
    from mkdocs.config import load_config

    from companion.frames import Frames
    from companion.remembered import Memory

    # It would tell at length how it loads its words, and keep them elsewhere.
    jieba.setLogLevel(logging.WARNING)
    jieba.dt.tmp_dir = str(CACHE)
    place = LANGUAGES[name]
    config = load_config(
        config_file=str(ROOT / name),
        site_dir=str(folder / place),
        site_url=preview and preview + place,
        strict=preview is None,
    )
    if preview is not None:
        memory = Memory(CACHE / "site" / place)
        config.plugins["remembered"] = memory
        config.plugins["framed"] = Frames(memory)
    config.plugins.on_startup(command="build", dirty=False)
    # What a build makes, it keeps to its end: to look for garbage meanwhile
    # takes a seventh of its time.
    gc.disable()
    try:
        build_site(config)
    finally:
        gc.enable()
        config.plugins.on_shutdown()


def serve(folder: Path, port: int, *, browser: bool) -> int:
    """Serve builds out of `folder` until Ctrl-C; return the exit status."""
    from companion.preview import Preview

    with Builders() as builders:
        preview = Preview(builders.build, folder, (HOST, port))
        try:
            print("Building the site (some seconds) ...")
            if not preview.build_next():
                return 1
            for path in sources():
                preview.watch(path)
            preview.serve(open_in_browser=browser)
        except KeyboardInterrupt:
            print()
        finally:
            preview.shutdown(wait=preview.serve_thread.is_alive())
    return 0


def sources() -> Iterator[str]:
    """Name the files and folders from which the site is made."""
    from mkdocs.config import load_config

    for name in configurations():
        config = load_config(config_file=str(ROOT / name))
        yield from (name, config.docs_dir, *config.watch)


def configurations() -> list[str]:
    """Name the configurations that are there, one for each language."""
    return [name for name in LANGUAGES if (ROOT / name).exists()]


class Builders:
    """Processes that build the site, one after the other.

    One that waits for its order is always there, to be quick. To leave the
    `with` block is to end it.
    """

    def __init__(self, command: Sequence[str] = BUILDER) -> None:
        self.command = [*command]
        self.context = ExitStack()
        self.start()

    def __enter__(self) -> "Builders":
        return self

    def __exit__(self, *reason: Any) -> None:
        self.context.__exit__(*reason)

    def start(self) -> None:
        """Start the one that builds next."""
        # A compiled file beside a watched source would look like a change.
        quiet = os.environ | {"PYTHONPYCACHEPREFIX": str(CACHE / "bytecode")}
        quiet.pop("PYTHONDONTWRITEBYTECODE", None)
        self.next = self.context.enter_context(
            supervised(
                self.command, env=quiet, stdin=subprocess.PIPE, text=True
            )
        )
        assert self.next.stdin
        # Without an order, it goes away.
        self.context.callback(self.next.stdin.close)

    def build(self, folder: Path, url: str) -> bool:
        """Build the site for `url` into `folder`; tell whether it went."""
        if self.next.poll() is not None:
            self.context.close()
            self.start()
        builder = self.next
        with self.context.pop_all():
            builder.communicate(f"--build\n{folder}\n--preview\n{url}")
        self.start()
        return builder.returncode == 0


def free_port(wanted: int | None) -> int:
    """Return `wanted`, or the usual port, or any that is free."""
    for port in (USUAL_PORT, 0) if wanted is None else (wanted,):
        try:
            with socket.create_server((HOST, port)) as probe:
                return probe.getsockname()[1]
        except OSError:
            continue
    raise TroubleError(
        f"Port {wanted} cannot be had: another program may be using it. "
        f"Name another with --port, or leave --port away."
    )


def has_screen() -> bool:
    """Tell whether a browser could show itself here."""
    if sys.platform != "linux":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
