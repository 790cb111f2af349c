"""The site on show: MkDocs' own server, which keeps the last good build."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

from mkdocs.livereload import LiveReloadServer

GLANCES = 0.2  # seconds between two looks at the sources


class Preview(LiveReloadServer):
    """Serve the builds that `build` makes, out of a part of `folder`.

    `build` is called with a folder to build into and the address of the
    site; it tells whether the build went well.
    """

    def __init__(
        self,
        build: Callable[[Path, str], bool],
        folder: Path,
        address: tuple[str, int],
    ) -> None:
        self.build = build
        self.fresh, self.shown = folder / "fresh", folder / "shown"
        super().__init__(
            self.build_again,
            *address,
            root=str(self.shown),
            polling_interval=GLANCES,
        )
        self.error_handler = self.error_page
        logging.getLogger("mkdocs.livereload").setLevel(logging.ERROR)

    def server_activate(self) -> None:
        """Tell the address, as soon as somebody answers there."""
        super().server_activate()
        print(f"Read it at {self.url} (Ctrl-C ends this).")

    def build_next(self) -> bool:
        """Show a new build if it goes well, and tell whether it did.

        The folder on show keeps its name: who asks for a page meanwhile has
        been given the name of a file already, and waits for the file.
        """
        good = self.build(self.fresh, self.url)
        stale = self.shown if good else self.fresh
        shutil.rmtree(stale, ignore_errors=True)
        if good:
            self.fresh.rename(self.shown)
        return good

    def build_again(self) -> None:
        """Build because a source has changed."""
        print("Something changed: building again ...")
        good = self.build_next()
        print("Built." if good else "The last good site stays on show.")

    def error_page(self, status: int) -> bytes | None:
        """Return the site's own page for an error, if it has one."""
        page = Path(self.shown, f"{status}.html")
        return page.read_bytes() if page.exists() else None
