"""The guide: its chapters, and what belongs to each of them.

A chapter has one slug, and bears it everywhere: `06-mixins` is the page
`docs/en/guide/06-mixins.md`, the notebook `notebooks/06_mixins.ipynb`, and the
exercises in `tests/exercises/06_mixins/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from companion.environment import ROOT

from . import library
from .markup import block
from .page import Page


@dataclass(frozen=True)
class Chapter:
    """Where else a reader of this chapter may look."""

    modules: tuple[str, ...]
    classes: tuple[str, ...] = ()


CHAPTERS = {
    "01-map": Chapter(("__init__",)),
    "02-request": Chapter(("base", "tcp"), ("TCPServer",)),
    "03-base": Chapter(("base",), ("BaseServer",)),
    "04-sockets": Chapter(
        ("tcp", "udp", "unix"),
        ("TCPServer", "UDPServer", "UnixStreamServer", "UnixDatagramServer"),
    ),
    "05-handlers": Chapter(
        ("handlers",),
        (
            "BaseRequestHandler",
            "StreamRequestHandler",
            "DatagramRequestHandler",
        ),
    ),
    "06-mixins": Chapter(
        ("threaded", "forking", "combined"),
        ("ThreadingMixIn", "ForkingMixIn", "ThreadingTCPServer"),
    ),
    "07-threads": Chapter(
        ("threaded",), ("ThreadingMixIn", "ThreadingTCPServer")
    ),
    "08-forks": Chapter(("forking",), ("ForkingMixIn", "ForkingTCPServer")),
    "09-stopping": Chapter(("base",), ("BaseServer",)),
    "10-errors": Chapter(("base", "handlers"), ("BaseServer",)),
    "11-hub": Chapter(("queues", "hub"), ("Subscription", "Hub", "HubMixIn")),
    "12-async": Chapter(
        ("stepping", "waiting", "aiohandlers", "aio"),
        ("AsyncMixIn", "AsyncTCPServer", "AsyncStreamRequestHandler"),
    ),
    "13-guests": Chapter(("combined",), ("ThreadingTCPServer",)),
}


def companions(page: Page, slug: str) -> Iterator[str]:
    """Yield links to all that goes with a chapter, as far as it exists."""
    if slug not in CHAPTERS:
        known = ", ".join(CHAPTERS)
        raise page.error(f"no such chapter: `{slug}`. There are {known}.")
    lines = [*_practice(slug), *_reading(page, CHAPTERS[slug])]
    listed = "\n".join(f"- {line}" for line in lines)
    title = "What goes with this chapter"
    yield block(
        "nav",
        "guide-companions",
        f"**{title}**\n\n{listed}",
        aria_label=title,
    )


def _practice(slug: str) -> Iterator[str]:
    """Say how to run and to do what the chapter is about."""
    name = slug.replace("-", "_")
    notebook = ROOT / "notebooks" / f"{name}.ipynb"
    if notebook.exists():
        label = f"`notebooks/{name}.ipynb`"
        if is_page(f"notebooks/{slug}.md"):
            label = f"[{label}](/notebooks/{slug}.md)"
        yield f"Run it and watch: the notebook {label}"
    if (ROOT / "tests" / "exercises" / name).is_dir():
        label = f"`tests/exercises/{name}/`"
        if is_page("exercises/index.md"):
            label = f"[{label}](/exercises/index.md#{slug})"
        number = slug.partition("-")[0]
        yield (
            f"Do it yourself: the exercises in {label}, by "
            f"`python3 -m companion practise {number}`"
        )


def _reading(page: Page, chapter: Chapter) -> Iterator[str]:
    """Say where the code that the chapter is about can be read."""
    known = {module.name for module in page.library.modules}
    links = [
        f"[`{'minisocketserver' if name == '__init__' else name}`]"
        f"({library.page(name)})"
        for name in chapter.modules
        if name in known
    ]
    if links:
        yield f"Read it line by line: {', '.join(links)}"
    links = [
        f"[`{name}`](/classes/{name}.md)"
        for name in chapter.classes
        if is_page(f"classes/{name}.md")
    ]
    if links:
        yield f"Look it up, class by class: {', '.join(links)}"


def is_page(name: str) -> bool:
    """Tell whether the site has a page of this name."""
    return (ROOT / "docs" / "en" / name).exists()
