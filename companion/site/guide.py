"""The guide: its chapters, and what belongs to each of them, both ways.

A chapter has one slug, and bears it everywhere: `06-mixins` is the page
`docs/en/guide/06-mixins.md`, the notebook `notebooks/06_mixins.ipynb`, and the
exercises in `tests/exercises/06_mixins/`. Which recordings belong to it, its
own text says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from companion import xray
from companion.environment import ROOT

from . import library
from .kin import Kin
from .markup import block
from .page import Page

GUIDE = ROOT / "docs" / "en" / "guide"
TITLE = re.compile(r"^# (.+)$", re.M)

# How a chapter shows a recording, or links to one.
SHOWN = re.compile(
    r"^::: (?:sequence|walk|xray) (\S+)$|/xray/(?!index\b)([\w-]+)\.md", re.M
)


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


def companions(page: Page, name: str) -> Iterator[str]:
    """Yield links to all that goes with a page, as far as it exists.

    The page is a chapter, or `reading/MODULE`, or `xray/SCENARIO`.
    """
    kind, _, rest = name.rpartition("/")
    if kind == "reading":
        lines = [*_beside_reading(page, rest)]
    elif kind == "xray":
        lines = [*_beside_xray(page, rest)]
    elif name in CHAPTERS:
        lines = [*_practice(name), *_reading(page, CHAPTERS[name])]
    else:
        known = ", ".join(CHAPTERS)
        raise page.error(f"no such chapter: `{name}`. There are {known}.")
    listed = "\n".join(f"- {line}" for line in lines)
    title = f"What goes with this {'page' if kind else 'chapter'}"
    yield block(
        "nav",
        "guide-companions",
        f"**{title}**\n\n{listed}",
        aria_label=title,
    )


def shown() -> dict[str, list[str]]:
    """Map each chapter to the recordings that its text shows or links."""
    return {
        slug: [
            *dict.fromkeys(
                directive or link
                for directive, link in SHOWN.findall(_text(slug))
            )
        ]
        for slug in CHAPTERS
    }


def title(slug: str) -> str:
    """Return the title of a chapter."""
    found = TITLE.search(_text(slug))
    assert found
    return found[1]


def _text(slug: str) -> str:
    return (GUIDE / f"{slug}.md").read_text("utf-8")


def _beside_reading(page: Page, module: str) -> Iterator[str]:
    """Say where else a reader of a module may look."""
    name = "__init__" if module == "index" else module
    slugs = [s for s, each in CHAPTERS.items() if name in each.modules]
    if not slugs:
        raise page.error(f"no chapter has a module `{module}`.")
    yield from _explained(slugs)
    named = shown()
    yield from _recorded([each for slug in slugs for each in named[slug]])


def _beside_xray(page: Page, scenario: str) -> Iterator[str]:
    """Say where else a reader of a recording may look."""
    try:
        classes = _classes(page, scenario)
    except xray.RecordingError as error:
        raise page.error(error) from None
    homes = [page.library.classes[name][0].name for name in classes]
    modules = tuple(dict.fromkeys(homes))
    slugs = [slug for slug, names in shown().items() if scenario in names]
    # No chapter shows it: those about the files of its classes, then.
    slugs = slugs or [
        slug for slug, each in CHAPTERS.items() if modules[-1] in each.modules
    ]
    yield from _explained(slugs)
    yield from _reading(page, Chapter(modules, tuple(classes)))


def _classes(page: Page, scenario: str) -> list[str]:
    """Name the public classes that are nearest to those that were recorded.

    The last is the server's, if there is one.
    """
    part = {call.cls for call in xray.calls(scenario)}
    kin = Kin.of(page.library)
    found: list[type] = []
    for name, line in xray.load(scenario).classes.items():
        near: set[type] = set()
        for cls in map(kin.public.get, line if name in part else ()):
            if cls and cls not in near:
                near.update(kin.line(cls))
                found.append(cls)
    server = kin.public["BaseServer"]
    order = [*kin.public.values()]
    found.sort(key=lambda cls: (server in cls.__mro__, order.index(cls)))
    return list(dict.fromkeys(cls.__name__ for cls in found))


def _explained(slugs: list[str]) -> Iterator[str]:
    links = [
        f"[chapter {int(slug.partition('-')[0])}, {title(slug)}]"
        f"(/guide/{slug}.md)"
        for slug in slugs
    ]
    yield f"Have it explained: {'; '.join(links)}"


def _recorded(scenarios: list[str]) -> Iterator[str]:
    links = [
        f"[{xray.load(name).title}](/xray/{name}.md)"
        for name in dict.fromkeys(scenarios)
        if is_page(f"xray/{name}.md")
    ]
    if links:
        yield f"Watch it run, step by step: {'; '.join(links)}"


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
