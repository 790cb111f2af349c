"""The server of the preview, without a site."""

import threading
from urllib.request import urlopen

import pytest

pytest.importorskip("mkdocs", reason="the site's packages are not here")

from companion.preview import Preview


class Watched(Preview):
    """Tells when it answers, and when a request knows the name of its file."""

    def __init__(self, *arguments):
        self.there, self.named = threading.Event(), threading.Event()
        super().__init__(*arguments)

    def server_activate(self):
        super().server_activate()
        self.there.set()

    @property
    def root(self):
        self.named.set()
        return self._root

    @root.setter
    def root(self, folder):
        self._root = folder


@pytest.mark.slow
@pytest.mark.timeout(30)
def test_who_asks_while_the_site_is_built_gets_the_new_page(tmp_path):
    builds, source = tmp_path / "builds", tmp_path / "source"
    builds.mkdir()
    source.write_text("old", encoding="utf-8")
    answers = []

    def ask():
        url = f"http://127.0.0.1:{preview.server_port}/page.html"
        with urlopen(url, timeout=10) as answer:
            answers.append(answer.read())

    def build(folder, url):
        said = source.read_text(encoding="utf-8")
        folder.mkdir()
        (folder / "page.html").write_text(f"<body>{said}</body>", "utf-8")
        if said != "old" and not asking.ident:
            asking.start()
            assert preview.named.wait(10)
        return True

    asking = threading.Thread(target=ask)
    preview = Watched(build, builds, ("127.0.0.1", 0))
    assert preview.build_next()
    preview.watch(str(source))
    serving = threading.Thread(target=preview.serve)
    serving.start()
    try:
        assert preview.there.wait(10)
        # A change that comes before the first look at the file is none.
        while not preview.named.wait(0.3):
            with source.open("a", encoding="utf-8") as file:
                file.write(" and new")
        asking.join(10)
    finally:
        preview.shutdown(wait=True)
        serving.join()
    assert len(answers) == 1
    assert b"old and new" in answers[0]
