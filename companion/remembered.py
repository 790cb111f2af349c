"""Pages as the build before made them, for the preview, which shall be quick.

    page's Markdown ──┐
    all that it shows ─┴─▶ key ──▶ a file: HTML, anchors, search

A page is made again when its key has changed, or the meaning of a term that it
explains. What a page shows is known by its directives; of one that is not
listed here, it is taken to be everything.
"""

from __future__ import annotations

import ast
import hashlib
import pickle
import sys
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemBytecodeCache
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import BasePlugin
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import CountHandler, log

from companion import glossary, text
from companion.environment import ROOT
from companion.lab import execute

# What pages are made from, besides themselves and the text.
MATERIAL = ("companion", "docs", "notebooks", "tests")
SETTINGS = ("mkdocs.yml", "mkdocs.zh.yml", "requirements.lock")
KINDS = {".py", ".ini", ".json", ".ipynb", ".toml"}

# Directives that show no comment of the text, and those that show the
# comments of one file: of the file, or of the class, that comes next.
WITHOUT = {
    *("card", "classes", "code", "companions", "family", "lookup"),
    *("notebooks", "pipeline", "run", "scenario", "sequence", "walk", "xrays"),
}
OF_ONE = {"annotate", "class"}
# These name chapters by their titles.
LISTS = {"exercises", "museum"}

# What is kept of a page that was rendered.
FIELDS = ("content", "toc", "present_anchor_ids", "_title_from_render")


class Memory(BasePlugin):  # type: ignore[no-untyped-call]
    """Has MkDocs take the pages that need not be made again from a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pages: dict[str, dict[str, Any]] = {}

    def on_files(self, files: Files, /, *, config: MkDocsConfig) -> None:
        """Take stock of what there is; the list of pages is a part of it."""
        names = sorted(file.src_uri for file in files.documentation_pages())
        self.sources = Sources("\n".join(names))

    def on_pre_page(
        self, page: Page, /, *, config: MkDocsConfig, files: Files
    ) -> Page:
        """Let a page look for itself before it is rendered."""
        page.render = partial(self.render, page)  # type: ignore[method-assign]
        return page

    def on_env(
        self, env: Environment, /, *, config: MkDocsConfig, files: Files
    ) -> None:
        """Keep the compiled templates, and what the search has read."""
        compiled = self.folder / "templates"
        compiled.mkdir(parents=True, exist_ok=True)
        env.bytecode_cache = FileSystemBytecodeCache(str(compiled))
        index = config.plugins["material/search"].search_index
        index.add_entry_from_context = partial(
            self.index, index, index.add_entry_from_context
        )

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Keep what is new."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name, kept in self.pages.items():
            if kept.pop("fresh", False):
                self._place(name).write_bytes(pickle.dumps(kept))

    def render(self, page: Page, config: MkDocsConfig, files: Files) -> None:
        """Render a page, or remember what came of it."""
        name, key = page.file.src_uri, self.sources.key(page)
        kept = self.pages[name] = self._load(name)
        links, meanings = kept.get("links", {}), kept.get("meanings", {})
        if (
            key == kept.get("key")
            and links.keys() <= files.src_uris.keys()
            and meanings.items() <= self.sources.meanings.items()
        ):
            for field in FIELDS:
                setattr(page, field, kept[field])
            page.links_to_anchors = {
                files.src_uris[uri]: links[uri] for uri in links
            }
            for uri, content in kept["files"].items():
                files.append(File.generated(config, uri, content=content))
            return
        known, warnings = set(files.src_uris), CountHandler()
        log.addHandler(warnings)
        try:
            Page.render(page, config, files)
        finally:
            log.removeHandler(warnings)
        kept |= {field: getattr(page, field) for field in FIELDS}
        kept["links"] = {
            file.src_uri: links
            for file, links in (page.links_to_anchors or {}).items()
        }
        kept["meanings"] = {
            anchor: meaning
            for anchor, meaning in self.sources.meanings.items()
            if f' id="term-{anchor}"' in (page.content or "")
        }
        kept["files"] = {
            uri: files.src_uris[uri].content_bytes
            for uri in files.src_uris.keys() - known
        }
        # A warning is to be heard each time.
        kept["key"] = None if warnings.get_counts() else key
        kept["fresh"] = True

    def index(
        self, index: Any, read: Callable[[Page], None], page: Page
    ) -> None:
        """Add a page to the search, reading it if it is new."""
        kept = self.pages[page.file.src_uri]
        state = f"{page.url}\n{page.title}\n{page.meta}\n{page.content}"
        key = hashlib.sha256(state.encode()).digest()
        if kept.get("read") == key:
            index.entries += kept["entries"]
            return
        before = len(index.entries)
        read(page)
        entries = index.entries[before:]
        kept |= {"read": key, "entries": entries, "fresh": True}

    def _place(self, name: str) -> Path:
        """Name the file that remembers a page."""
        return self.folder / f"{name.replace('/', '-')}.pickle"

    def _load(self, name: str) -> dict[str, Any]:
        """Return what is known of a page: nothing, if it cannot be read."""
        try:
            kept = pickle.loads(self._place(name).read_bytes())
        except (OSError, EOFError, pickle.UnpicklingError, AttributeError):
            return {}
        return kept if isinstance(kept, dict) else {}


class Sources:
    """All that pages are made from; `names` is the list of the pages.

    `meanings` has what terms mean, by their anchors. A page shows a few.
    """

    def __init__(self, names: str) -> None:
        self.prose: dict[str, str] = {}
        state = hashlib.sha256(f"{sys.version}\n{names}\n".encode())
        for path in material():
            state.update(f"{path.relative_to(ROOT)}\n".encode())
            state.update(path.read_bytes())
        for path in sorted(text.TEXT.glob("*.py")):
            source = path.read_text(encoding="utf-8")
            self.prose[path.name] = source
            state.update(text.bare(source).encode())
        self.meanings: dict[str, str] = {}
        try:
            for term in glossary.read():
                self.meanings[term.anchor] = term.definition
                state.update(f"{term.name}\n{term.match}\n".encode())
        except glossary.GlossaryError:
            # Every page is made, and the first one tells what is wrong.
            state.update(glossary.FILE.read_bytes())
        self.common = state.digest()

    def key(self, page: Page) -> str:
        """Name the state of all that a page is made from."""
        state = hashlib.sha256(self.common)
        state.update(f"{page.file.src_uri}\n{page.markdown}".encode())
        for line in (page.markdown or "").splitlines():
            mark, _, words = line.strip().partition(" ")
            if mark == ":::" and words:
                state.update(self._shown(*words.split()).encode())
        return state.hexdigest()

    def _shown(self, directive: str, *words: str) -> str:
        """Return the files of the text whose comments a directive shows."""
        if directive in WITHOUT:
            return ""
        if directive == "glossary":
            return glossary.FILE.read_text("utf-8")
        if directive == "notebook" and words:
            return execute.place(execute.NOTEBOOKS / words[0]).name
        if directive in OF_ONE and words:
            name = words[0].rpartition("/")[2]
            file = name if name in self.prose else self._homes.get(name, "")
            if file:
                return self.prose[file]
        shown = [] if directive == "exercises" else [*self.prose.values()]
        return "\n".join(
            shown + (self._chapters if directive in LISTS else [])
        )

    @cached_property
    def _homes(self) -> dict[str, str]:
        """The file of each class."""
        return {
            node.name: file
            for file, source in self.prose.items()
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.ClassDef)
        }

    @cached_property
    def _chapters(self) -> list[str]:
        """The chapters, whose titles the exercises show."""
        guide = ROOT / "docs" / "en" / "guide"
        return [path.read_text("utf-8") for path in sorted(guide.glob("*.md"))]


def material() -> Iterator[Path]:
    """Yield the files that any page may show something of."""
    yield from (ROOT / name for name in SETTINGS if (ROOT / name).exists())
    for folder in MATERIAL:
        found = (ROOT / folder).rglob("*")
        yield from sorted(
            path
            for path in found
            if path.suffix in KINDS and path != glossary.FILE
        )
