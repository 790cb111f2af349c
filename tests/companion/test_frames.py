"""What stands around a page is taken over, as long as it would be the same."""

from collections import defaultdict
from types import SimpleNamespace

import pytest

pytest.importorskip("mkdocs", reason="the site's packages are not here")

from mkdocs.commands.build import build
from mkdocs.config.defaults import MkDocsConfig

from companion import frames

TEMPLATE = """\
{% for each in nav %}{{ each.title }}, {% endfor %}\
{{ config.site_url }}, {{ page.edit_url }}: {{ page.content }} the end"""


class Site:
    """Two pages and a template; `build` returns what comes of page b."""

    def __init__(self, root):
        self.root = root
        self.template = root / "overrides" / "main.html"
        self.pages = {name: root / "docs" / f"{name}.md" for name in "ab"}
        self.template.parent.mkdir()
        self.template.write_text(TEMPLATE)
        self.pages["a"].parent.mkdir()
        for name, path in self.pages.items():
            path.write_text(f"# Page {name}\n\nThe meaning is open.")
        self.memory = SimpleNamespace(
            sources=SimpleNamespace(common=b""),
            pages=defaultdict(dict),
            state=lambda page: page.content.split("<p>")[0].encode(),
        )

    def build(self, **settings):
        config = MkDocsConfig()
        config.load_dict(
            {
                "site_name": "A site",
                "site_url": "http://here/",
                "docs_dir": str(self.root / "docs"),
                "site_dir": str(self.root / "site"),
                "theme": {
                    "name": None,
                    "custom_dir": str(self.template.parent),
                },
                "plugins": [],
                **settings,
            }
        )
        assert config.validate() == ([], [])
        config.plugins["framed"] = frames.Frames(self.memory)
        build(config)
        return (self.root / "site" / "b" / "index.html").read_text()


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A site that was built once, and whose frames are marked since then."""
    monkeypatch.setattr(frames, "ROOT", tmp_path)
    site = Site(tmp_path)
    page = site.build()
    assert page.startswith("Page a, Page b, http://here/")
    assert page.endswith("The meaning is open.</p> the end")
    for kept in site.memory.pages.values():
        assert kept.pop("fresh")
        kept["frame"] = ("[", "]")
    return site


def test_a_frame_is_taken_over_and_filled_with_the_page_as_it_is(site):
    site.pages["b"].write_text("# Page b\n\nThe meaning is known.")
    page = site.build()
    assert page.startswith("[<h1")
    assert page.endswith("The meaning is known.</p>]")
    assert "fresh" not in site.memory.pages["b.md"]


def test_another_title_in_the_navigation_makes_every_frame_again(site):
    site.pages["a"].write_text("# Chapter a\n")
    assert site.build().startswith("Chapter a, Page b, http://here/")


def test_another_template_makes_every_frame_again(site):
    site.template.write_text(f"New: {TEMPLATE}")
    assert site.build().startswith("New: Page a, Page b")


@pytest.mark.parametrize(
    "settings",
    [
        {"site_url": "http://there/"},
        {"edit_uri_template": "http://there/{path}"},
    ],
)
def test_another_address_makes_every_frame_again(site, settings):
    page = site.build(**settings)
    assert page.startswith("Page a, Page b")
    assert "http://there/" in page


def test_another_state_of_a_page_makes_its_own_frame_again(site):
    site.pages["b"].write_text("# Page b\n\n## More\n")
    assert site.build().startswith("Page a, Page b")
    assert site.memory.pages["a.md"]["frame"] == ("[", "]")
