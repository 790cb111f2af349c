"""What the preview takes for changed, without a site."""

from types import SimpleNamespace

import pytest

pytest.importorskip("mkdocs", reason="the site's packages are not here")

from companion import glossary, remembered, text
from companion.site import terms, xray

SOURCE = '''\
"""A file of the text."""


class TCPServer:
    def knock(self):
        # Once is enough.
        self.knocked = 1  # more
'''
TERM = """\
[{name}]
chinese = 词
match = {match}
definition = {definition}
chapter = 01-map
"""


@pytest.fixture
def tcp(tmp_path, monkeypatch):
    """The only file of a text, in a place without anything else."""
    monkeypatch.setattr(text, "TEXT", tmp_path)
    monkeypatch.setattr(remembered, "ROOT", tmp_path)
    monkeypatch.setattr(glossary, "FILE", tmp_path / "glossary.ini")
    monkeypatch.setattr(remembered, "material", list)
    explain("server", "server, servers", "It waits.")
    file = tmp_path / "tcp.py"
    file.write_text(SOURCE, encoding="utf-8")
    return file


def explain(name, match, definition):
    """Add a term to the glossary."""
    entry = TERM.format(name=name, match=match, definition=definition)
    with glossary.FILE.open("a", encoding="utf-8") as file:
        file.write(entry)


def key(directive):
    """The key of a page with a directive."""
    page = SimpleNamespace(
        file=SimpleNamespace(src_uri="page.md"), markdown=f"::: {directive}"
    )
    return remembered.Sources("page.md").key(page)


OTHER_COMMENT = "Once is enough", "Twice is better"
LONGER_COMMENT = "# Once", "# Once\n        # or twice"
TRAILING_COMMENT = "# more", "# less"
DIFFERENCE = "# Once", "# differs[once]: Once"
CODE = "= 1", "= 2"
EVERYTHING = [
    OTHER_COMMENT,
    LONGER_COMMENT,
    TRAILING_COMMENT,
    DIFFERENCE,
    CODE,
]
COUNTED = [LONGER_COMMENT, TRAILING_COMMENT, DIFFERENCE, CODE]


@pytest.mark.parametrize(
    ("directive", "counting"),
    [
        ("annotate tcp.py", EVERYTHING),
        ("class TCPServer", EVERYTHING),
        ("unheard-of", EVERYTHING),
        ("figures", COUNTED),
        ("xray tcp", [TRAILING_COMMENT, CODE]),
        ("who-next tcp", [TRAILING_COMMENT, CODE]),
        ("tree", [CODE]),
        ("museum", [CODE]),
    ],
)
def test_a_page_hangs_on_what_it_shows(tcp, directive, counting):
    before = key(directive)
    changed = []
    for old, new in EVERYTHING:
        tcp.write_text(SOURCE.replace(old, new, 1), encoding="utf-8")
        if key(directive) != before:
            changed.append((old, new))
    assert changed == counting


def test_lists_of_exercises_hang_on_the_titles_of_chapters(tcp, tmp_path):
    chapter = tmp_path / "docs" / "en" / "guide" / "01-map.md"
    chapter.parent.mkdir(parents=True)
    keys = []
    for said in ("# A map\n\nIt", "# A map\n\nThat", "# The map\n\nThat"):
        chapter.write_text(f"{said} helps.\n", encoding="utf-8")
        keys.append(key("museum"))
    assert keys[0] == keys[1] != keys[2]


def test_companions_hang_on_the_recordings_in_the_chapters(tcp, monkeypatch):
    keys = []
    for shown in ({"01-map": ["tcp"]}, {"01-map": []}):
        monkeypatch.setattr(
            remembered.guide, "shown", lambda shown=shown: shown
        )
        keys.append((key("companions xray/tcp"), key("walk tcp")))
    assert keys[0][0] != keys[1][0]
    assert keys[0][1] == keys[1][1]


@pytest.mark.parametrize(
    ("content", "concerned"),
    [
        ("<p>A Listening Socket hears.</p>", True),
        ("<p>Look &amp; listen.</p>", True),
        ("<p>A server waits.</p>", False),
    ],
)
def test_a_new_term_concerns_the_pages_that_have_its_words(
    tcp, content, concerned
):
    before = remembered.Sources("").words
    explain("listener", "listening socket, look & listen", "It hears.")
    kept = {"content": content, "words": before}
    assert remembered.Sources("").has_other_terms(kept) is concerned
    # As much as one that is gone.
    kept["words"] = remembered.Sources("").words
    glossary.FILE.write_text("", encoding="utf-8")
    explain("server", "server, servers", "It waits.")
    assert remembered.Sources("").has_other_terms(kept) is concerned


def test_a_kept_page_is_filled_with_what_terms_mean_by_now(tcp):
    old, new = (
        glossary.Term("a b", "", ("b",), meaning, "01-map")
        for meaning in ("It was.", "1 < 2 & more")
    )
    made = terms.refilled(
        '<p><span class="term-tip" id="term-a-b">?</span>, id="term-x"</p>',
        [old],
    )
    assert "It was." in made
    filled = terms.refilled(made, [new])
    assert filled == made.replace("It was.", "1 &lt; 2 &amp; more")


@pytest.mark.slow
def test_a_kept_player_is_filled_with_the_text_as_it_is_now():
    data = '<script type="application/json">{"name":"tcp","at":{}}</script>'
    other = '<script type="application/json">{"at":{}}</script>'
    filled = xray.refilled(f"<p>{data}{other}</p>", {})
    assert filled.startswith("<p>")
    assert filled.endswith(f"{other}</p>")
    assert '"rows":[[' in filled


@pytest.mark.parametrize("content", ["<p>It is.</p>", '<p id="term-a">'])
def test_a_kept_page_without_anything_to_fill_is_asked_once(tcp, content):
    kept = {"content": content, "filled": remembered.Sources("").filling}
    tcp.write_text(SOURCE.replace(*OTHER_COMMENT), encoding="utf-8")
    sources = remembered.Sources("")
    sources.refill(kept)
    assert kept == {
        "content": content,
        "filled": sources.filling,
        "fresh": True,
    }
    del kept["fresh"]
    sources.refill(kept)
    assert "fresh" not in kept
