"""The site as files: it is whole, and follows the text."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest

pytest.importorskip("mkdocs", reason="the site's packages are not here")

from companion import glossary
from companion.environment import ROOT
from companion.text import read_text

from .conftest import build

SOURCES = (
    "companion",
    "docs",
    "minisocketserver",
    "notebooks",
    "overrides",
    "tests",
    "mkdocs.yml",
)
HOME = "http://site/"
NEW_TERM = """
[often]
chinese = 经常
definition = Again and again, as herons do.
chapter = 01-map
"""


class Anchors(HTMLParser):
    """The anchors of a page, and where its links lead."""

    def __init__(self):
        super().__init__()
        self.anchors, self.links = set(), set()

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if "id" in found:
            self.anchors.add(found["id"])
        for name in ("href", "src"):
            if found.get(name):
                self.links.add(found[name])


@pytest.fixture(scope="session")
def pages(site):
    """Each page by its address, as if it stood at HOME."""
    found = {}
    for path in site.rglob("*.html"):
        page = Anchors()
        page.feed(path.read_text(encoding="utf-8"))
        name = path.relative_to(site).as_posix().removesuffix("index.html")
        found[HOME + name] = page
    return found


@pytest.fixture
def checkout(site, tmp_path):
    """A copy of what the site is made from, and of what ran for it."""
    root = tmp_path / "checkout"
    root.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, root / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, root / name)
    for name in ("xray", "examples", "notebooks"):
        if (ROOT / ".cache" / name).is_dir():
            shutil.copytree(ROOT / ".cache" / name, root / ".cache" / name)
    return root


def test_every_file_of_the_text_has_its_page(site):
    for module in read_text():
        name = module.name if module.name != "__init__" else ""
        page = (site / "reading" / name / "index.html").read_text()
        assert f"minisocketserver/{module.path.name}" in page
        for each in module.definitions():
            anchor = getattr(each, "qualname", each.name)
            assert f'id="{anchor}"' in page


@pytest.mark.slow
def test_every_link_within_the_site_leads_somewhere(site, pages):
    broken = defaultdict(set)
    for address, page in pages.items():
        for link in page.links:
            target, anchor = urldefrag(urljoin(address, link))
            if not target.startswith(HOME) or target.endswith("404.html"):
                continue
            target = target.partition("?")[0]  # which the lookup reads
            path = site / unquote(urlsplit(target).path).lstrip("/")
            if target in pages:
                if anchor and unquote(anchor) not in pages[target].anchors:
                    broken[address].add(link)
            elif not path.is_file():
                broken[address].add(link)
    assert not broken


def test_a_chapter_asks_the_lookup_for_methods_and_classes(pages):
    chapter = pages[f"{HOME}guide/02-request/"]
    assert "../../lookup/?method=finish_request#finish_request" in (
        chapter.links
    )
    chapter = pages[f"{HOME}guide/06-mixins/"]
    asked = "method=server_close&class=ThreadingMixIn#server_close"
    assert any(link.endswith(asked) for link in chapter.links)


def test_no_style_or_script_comes_from_elsewhere(pages):
    fetched = {
        link
        for page in pages.values()
        for link in page.links
        if urlsplit(link).path.endswith((".js", ".css"))
    }
    assert fetched
    assert [link for link in fetched if urlsplit(link).netloc] == []


def test_a_page_that_is_shared_tells_its_first_words(site):
    page = (site / "classes" / "TCPServer" / "index.html").read_text()
    words = "Serve one connection after the other, on one listening socket."
    assert f'<meta name="description" content="{words}">' in page
    assert f'<meta property="og:description" content="{words}">' in page
    assert '<meta property="og:title" content="TCPServer">' in page
    address = re.search(r'"og:image" content="([^"]+)"', page)[1]
    picture = site / urlsplit(address).path.lstrip("/")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert 'property="og:image:alt"' in page


def test_every_page_says_what_it_is_about(site):
    found = re.compile(r'<meta name="description" content="([^"]+)">')
    silent = [
        path.relative_to(site).as_posix()
        for path in site.rglob("*.html")
        if not found.search(path.read_text(encoding="utf-8"))
    ]
    assert silent == []


def test_the_one_style_sheet_is_all_of_ours(site):
    whole = (site / "assets" / "all.css").read_text(encoding="utf-8")
    parts = {*(ROOT / "overrides" / "assets").glob("*.css")}
    parts.remove(ROOT / "overrides" / "assets" / "all.css")
    texts = {path.name: path.read_text("utf-8").strip() for path in parts}
    assert [name for name, text in texts.items() if text not in whole] == []
    assert len(whole.split()) == sum(
        len(text.split()) for text in texts.values()
    )


def test_a_page_waits_for_no_script(site):
    page = (site / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script [^>]*\bsrc=[^>]*>", page)
    assert scripts
    assert [tag for tag in scripts if " defer" not in tag] == []


def test_the_search_has_every_class_method_and_term(site):
    index = (site / "search" / "search_index.json").read_text("utf-8")
    found = {e["location"]: e["title"] for e in json.loads(index)["docs"]}
    wanted = {f"glossary/#{t.anchor}": t.name for t in glossary.read()}
    for module in read_text():
        page = "" if module.name == "__init__" else f"{module.name}/"
        for each in module.definitions():
            name = getattr(each, "qualname", each.name)
            wanted[f"reading/{page}#{name}"] = name
        for cls in module.classes:
            if cls.name[0] != "_":
                wanted[f"classes/{cls.name}/"] = cls.name
    missing = {
        place
        for place, name in wanted.items()
        if name not in found.get(place, "")
    }
    assert not missing


def test_no_page_offers_to_be_edited_where_nobody_knows_how(site):
    page = (site / "classes" / "TCPServer" / "index.html").read_text()
    assert 'rel="edit"' not in page


@pytest.mark.slow
def test_a_page_can_be_edited_where_it_is_said_how(tmp_path, monkeypatch):
    host = "https://example.org/edit/{path}"
    monkeypatch.setenv("EDIT_URI_TEMPLATE", host)
    run = build(ROOT, tmp_path)
    assert run.returncode == 0, run.stderr
    page = (tmp_path / "classes" / "TCPServer" / "index.html").read_text()
    place = host.format(path="classes/TCPServer.md")
    assert f'<a href="{place}"' in page


@pytest.mark.slow
def test_a_changed_comment_changes_its_page(checkout, tmp_path):
    """Pages that the preview remembers are those that would be made."""
    preview(checkout, tmp_path / "before")
    file = checkout / "minisocketserver" / "base.py"
    source = file.read_text(encoding="utf-8")
    comment = next(
        line for line in source.splitlines() if line.startswith("        # ")
    )
    changed = "        # Seventeen purple herons wait.\n" + comment
    file.write_text(source.replace(comment, changed, 1), encoding="utf-8")
    with (checkout / "docs" / "en" / "design.md").open("a") as page:
        page.write("\nHerons are patient.\n")
    terms = checkout / "docs" / "glossary.ini"
    words = terms.read_text(encoding="utf-8")
    meant = "comes out at the other."
    assert words.count(meant) == 1
    words = words.replace(meant, "wades out at the other.")
    assert "[often]" not in words
    words += NEW_TERM
    terms.write_text(words, encoding="utf-8")
    before = {path.name for path in (checkout / ".cache/xray").iterdir()}
    preview(checkout, tmp_path / "after")
    shutil.rmtree(checkout / ".cache" / "site")
    preview(checkout, tmp_path / "anew")
    after = files(tmp_path / "after")
    assert after == files(tmp_path / "anew")
    assert before == {
        path.name for path in (checkout / ".cache/xray").iterdir()
    }
    for page in ("reading/base", "xray/tcp", "guide/02-request"):
        assert b"Seventeen purple herons" in after[f"{page}/index.html"]
    assert (
        b"Again and again, as herons" in after["guide/02-request/index.html"]
    )
    assert b"Herons are patient." in after["design/index.html"]
    for page in ("glossary/index.html", "guide/01-map/index.html"):
        assert b"wades out at the other." in after[page]
    found = json.loads(after["search/search_index.json"])["docs"]
    assert any("Herons are patient." in each["text"] for each in found)


def preview(root, folder):
    """Build a checkout as the preview does, which remembers pages."""
    code = (
        "import sys, pathlib, companion.read as it; "
        "sys.exit(it.build(pathlib.Path(sys.argv[1]), 'http://site/'))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        cwd=root,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


def files(folder):
    """Return what is in a folder, by name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "sitemap.xml.gz"
    }


@pytest.mark.slow
def test_a_dangling_reference_stops_the_build(checkout, tmp_path):
    page = checkout / "docs" / "en" / "differences.md"
    lines = page.read_text(encoding="utf-8").splitlines()
    lines.append("See `BaseServer.no_such_method`.")
    page.write_text("\n".join(lines), encoding="utf-8")
    run = build(checkout, tmp_path / "site")
    assert run.returncode != 0
    assert (
        f"differences.md:{len(lines)}: `BaseServer.no_such_method` "
        "leads nowhere."
    ) in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.slow
def test_a_link_to_a_place_that_is_not_there_stops_the_build(
    checkout, tmp_path
):
    page = checkout / "docs" / "en" / "differences.md"
    with page.open("a", encoding="utf-8") as file:
        file.write("\n[Nowhere](design.md#no-such-place)\n")
    run = build(checkout, tmp_path / "site")
    assert run.returncode != 0
    assert "no-such-place" in run.stderr
