"""What stands around a page's content, as the build before made it.

    before ─┐
    content ┼──▶ the page
    after ──┘

Head, navigation and footer are the same as long as no title has changed; to
make them is most of the work of a page that is remembered.
"""

from __future__ import annotations

import hashlib
from typing import Any

from jinja2 import ChoiceLoader, DictLoader, Environment
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import BasePlugin
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from companion.environment import ROOT

# The name of a template that only puts the pieces together.
PIECES = "remembered"


class Frames(BasePlugin):  # type: ignore[no-untyped-call]
    """Has MkDocs take from `memory` what need not be made around a page."""

    def __init__(self, memory: Any) -> None:
        self.memory = memory
        self.keys: dict[str, str] = {}

    def on_nav(
        self, nav: Navigation, /, *, config: MkDocsConfig, files: Files
    ) -> None:
        """Keep the list of the pages; their titles will be known later."""
        self.nav = nav

    def on_env(
        self, env: Environment, /, *, config: MkDocsConfig, files: Files
    ) -> None:
        """Name the state of each frame, and see which are known."""
        assert env.loader
        pieces = DictLoader({PIECES: f"{{{{ {PIECES} }}}}"})
        env.loader = ChoiceLoader([env.loader, pieces])
        common = hashlib.sha256(self.memory.sources.common)
        common.update(f"{config.site_url}\n{self.nav}".encode())
        for path in sorted((ROOT / "overrides").rglob("*.html")):
            common.update(path.read_bytes())
        for file in files.documentation_pages():
            page, name = file.page, file.src_uri
            assert page
            state = common.copy()
            state.update(f"{page.edit_url}\n".encode())
            state.update(self.memory.state(page))
            self.keys[name] = state.hexdigest()
            if self.memory.pages[name].get("framed") == self.keys[name]:
                page.meta["template"] = PIECES

    def on_page_context(
        self,
        context: dict[str, Any],
        /,
        *,
        page: Page,
        config: MkDocsConfig,
        nav: Navigation,
    ) -> dict[str, Any]:
        """Hand over the pieces of a page whose frame is known."""
        if page.meta.get("template") == PIECES:
            before, after = self.memory.pages[page.file.src_uri]["frame"]
            context[PIECES] = f"{before}{page.content}{after}"
        return context

    def on_post_page(
        self, output: str, /, *, page: Page, config: MkDocsConfig
    ) -> str:
        """Keep what was made around a page."""
        name = page.file.src_uri
        if page.meta.get("template") != PIECES and page.content:
            before, found, after = output.partition(page.content)
            if found:
                self.memory.pages[name] |= {
                    "framed": self.keys[name],
                    "frame": (before, after),
                    "fresh": True,
                }
        return output
