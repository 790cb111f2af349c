"""`::: code` and `::: run`: an example as written, and what it prints."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from companion import examples

from .markup import colour
from .page import Page


def code(page: Page, file: str, symbol: str = "") -> Iterator[str]:
    """Yield an example, or one class or function of it, as code."""
    try:
        quoted = examples.quote(file, symbol)
    except examples.ExampleError as error:
        raise page.error(error) from None
    title = f"docs/examples/{file}{symbol and f', {symbol}'}"
    yield page.stash(titled(title, colour(quoted), "guide-code"))


def run(page: Page, file: str, *arguments: str) -> Iterator[str]:
    """Yield the command that runs an example, and what it prints."""
    try:
        printed = examples.run(file, *arguments)
    except examples.ExampleError as error:
        raise page.error(error) from None
    command = " ".join(("python3", f"docs/examples/{file}", *arguments))
    shown = (
        f'<span class="gp">$ </span>{escape(command)}\n'
        f'<span class="go">{escape(printed)}</span>\n'
    )
    yield page.stash(titled("What it prints", shown, "guide-run"))


def titled(title: str, code: str, kind: str) -> str:
    """Return a titled block of coloured code, in the theme's own dress."""
    return (
        f'<div class="highlight {kind}">'
        f'<span class="filename">{escape(title)}</span>'
        f"<pre><span></span><code>{code}</code></pre></div>"
    )
