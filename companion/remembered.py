"""Pages as the build before made them, for the preview, which shall be quick.

    page's Markdown ──┐
    all that it shows ─┴─▶ key ──▶ a file: HTML, anchors, search

A page is made again when its key has changed, or a term whose words it has.
What a page shows is known by its directives; of one that is not listed here,
it is taken to be everything. What many pages have and nothing else hangs on is
no part of a key, and is put into the finished page: the meanings of terms, and
the data of the players.
"""

from __future__ import annotations

import ast
import hashlib
import operator
import pickle
import sys
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from html import escape
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
from companion.site import guide, terms, xray

# What pages are made from, besides themselves and the text.
MATERIAL = ("companion", "docs", "notebooks", "tests")
SETTINGS = ("mkdocs.yml", "mkdocs.zh.yml", "requirements.lock")
KINDS = {".py", ".ini", ".json", ".ipynb", ".toml"}

# Directives that show no comment of the text; those that show the lines of its
# code as they are written; and those that show the comments of one file: of
# the file, or of the class, that comes next.
WITHOUT = {
    *("card", "classes", "code", "family", "lookup", "notebooks"),
    *("pipeline", "run", "scenario", "sequence", "tree", "walk", "xrays"),
}
OF_CODE = {"figures", "who-next", "xray"}
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
        self.states: dict[str, bytes] = {}

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
        links = kept.get("links", {})
        if (
            key == kept.get("key")
            and links.keys() <= files.src_uris.keys()
            and not self.sources.has_other_terms(kept)
        ):
            self.sources.refill(kept)
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
        kept["words"] = self.sources.words
        kept["filled"] = self.sources.filling
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
        kept, key = self.pages[page.file.src_uri], self.state(page)
        if kept.get("read") == key:
            index.entries += kept["entries"]
            return
        before = len(index.entries)
        read(page)
        entries = index.entries[before:]
        kept |= {"read": key, "entries": entries, "fresh": True}

    def state(self, page: Page) -> bytes:
        """Name the state of a rendered page, whatever it is filled with."""
        name = page.file.src_uri
        if name not in self.states:
            content = xray.DATA.sub("", terms.TIP.sub("", page.content or ""))
            state = f"{page.url}\n{page.title}\n{page.meta}\n{content}"
            self.states[name] = hashlib.sha256(state.encode()).digest()
        return self.states[name]

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

    `words` has, for each term, what is taken for it. `filling` names the
    states of what finished pages are filled from: meanings, and comments.
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
        self.terms: tuple[glossary.Term, ...] = ()
        try:
            self.terms = glossary.read(glossary.FILE)
        except glossary.GlossaryError:
            # Every page is made, and the first one tells what is wrong.
            state.update(glossary.FILE.read_bytes())
        self.words = {(term.name, term.match) for term in self.terms}
        self.filling = [
            hashlib.sha256(repr(each).encode()).digest()
            for each in (self.terms, self.prose)
        ]
        self.players: dict[str, str] = {}
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

    def has_other_terms(self, kept: dict[str, Any]) -> bool:
        """Tell whether a kept page has words of a term that is new or gone."""
        changed = {
            escape(word, quote=False).casefold()
            for _, match in kept["words"] ^ self.words
            for word in match
        }
        content = kept["content"].casefold() if changed else ""
        return any(word in content for word in changed)

    def refill(self, kept: dict[str, Any]) -> None:
        """Put into a kept page what its terms and players show by now."""
        if kept["filled"] == self.filling:
            return
        content = kept["content"]
        meant, said = map(operator.ne, kept["filled"], self.filling)
        if meant and terms.TIP.search(content):
            content = terms.refilled(content, self.terms)
        if said and xray.DATA.search(content):
            content = xray.refilled(content, self.players)
        kept |= {"content": content, "filled": self.filling, "fresh": True}

    def _shown(self, directive: str, *words: str) -> str:
        """Return what a directive shows of the text beyond its syntax."""
        if directive in WITHOUT:
            return ""
        if directive in OF_CODE:
            counted = self._counted if directive == "figures" else ""
            return self._code + counted
        if directive in {"companions", "glossary"}:
            is_glossary = directive == "glossary"
            file = glossary.FILE
            return file.read_text("utf-8") if is_glossary else self._chapters
        if directive == "notebook" and words:
            return execute.place(execute.NOTEBOOKS / words[0]).name
        if directive in OF_ONE and words:
            name = words[0].rpartition("/")[2]
            file = name if name in self.prose else self._homes.get(name, "")
            if file:
                return self.prose[file]
        shown = self._titles if directive in LISTS else self.prose.values()
        return "\n".join(shown)

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
    def _code(self) -> str:
        """The lines of the text that are not comments alone."""
        return "\n".join(
            line
            for source in self.prose.values()
            for line in source.splitlines()
            if not line.lstrip().startswith("#") and line.strip()
        )

    @cached_property
    def _counted(self) -> str:
        """What is counted of comments: their lines, and differences."""
        lines = [each.splitlines() for each in self.prose.values()]
        differing = [
            line for each in lines for line in each if "differs[" in line
        ]
        return f"{sum(map(len, lines))} {differing}"

    @cached_property
    def _chapters(self) -> str:
        """The titles of the chapters, and the recordings in them."""
        return f"{self._titles} {guide.shown()}"

    @cached_property
    def _titles(self) -> list[str]:
        """The titles of the chapters, which the exercises show."""
        texts = [
            path.read_text("utf-8")
            for path in sorted((ROOT / "docs/en/guide").glob("*.md"))
        ]
        return [title for each in texts for title in guide.TITLE.findall(each)]


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
