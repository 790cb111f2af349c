"""The site's Markdown, without a site: directives, references, errors."""

import functools
import inspect
import re
import textwrap
from xml.etree import ElementTree

import pytest

pytest.importorskip("markdown", reason="the site's packages are not here")

from markdown import Markdown

from companion import examples, original
from companion.environment import ROOT
from companion.site.errors import PageError
from companion.site.markup import element, table
from companion.text import TEXT

BASE = '''\
"""Who opens the door? The base does.

    knock ──▶ [ door ] ──▶ room

The door opens once.
"""

import os


class BaseServer:
    """Open the door, see `TCPServer`."""

    # Seconds that a guest may take.
    timeout = 5

    # -- For callers

    def shutdown(self, hard=False):
        """Shut the door.

        Called by `BaseServer.ring`.
        """
        # The wish comes first, *always* (gh-88932).
        # differs[slow-door]: the original slams it (bpo-35017).
        self.wish = __import__("x")
        self.other = 1 < 2

    # -- Machinery

    def ring(self):
        """Ring the bell."""
        # Nobody may sleep.
        # omits: the second bell.
        # see: `BaseServer.shutdown`
        # try: take the bell away.
        return os
'''

TCP = '''\
"""What is a socket?"""

from .base import BaseServer


class ThreadingMixIn:
    """Let everybody in at once."""


class TCPServer(BaseServer):
    """A door with a number."""

    def fileno(self):
        """Tell the number."""
        return 7


class ThreadingTCPServer(ThreadingMixIn, TCPServer):
    """Many doors."""


class _Hidden(TCPServer):
    """Not for the tree."""


def helper():
    """Help."""
'''

GLOSSARY = """
[wire]
chinese = 线
match = wire, wires, barbed wire
definition = What bytes go through.
chapter = 01-map
"""


def write(folder):
    """Write a text of two files below `folder`."""
    text = folder / "minisocketserver"
    text.mkdir()
    (text / "base.py").write_text(BASE)
    (text / "tcp.py").write_text(TCP)
    (folder / "glossary.ini").write_text(GLOSSARY, "utf-8")
    return text


def convert(text, markdown):
    """Turn a page's Markdown into elements."""
    md = Markdown(
        extensions=[
            "attr_list",
            "md_in_html",
            "pymdownx.details",
            "tables",
            "toc",
            "pymdownx.superfences",
            "companion.site",
        ],
        extension_configs={
            "companion.site": {
                "text": str(text),
                "glossary": str(text.parent / "glossary.ini"),
            }
        },
    )
    html = md.convert(textwrap.dedent(markdown))
    return Page(ElementTree.fromstring(f"<main>{html}</main>"))


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """What a page's Markdown becomes, with the text as it is above."""
    text = write(tmp_path_factory.mktemp("text"))
    convert_once = functools.cache(functools.partial(convert, text))
    convert_once(BASE_PAGE)  # the first pays for reading all the original
    return convert_once


@pytest.fixture
def text(tmp_path):
    """A text that a test may change; `convert` makes pages of it."""
    return write(tmp_path)


class Page:
    """A page's elements, and the questions that tests ask about them."""

    def __init__(self, root):
        self.root = root
        self.ids = [each.get("id") for each in root.iter() if each.get("id")]

    def all(self, tag, kind=None):
        return [
            each
            for each in self.root.iter(tag)
            if kind is None or kind in (each.get("class") or "").split()
        ]

    def texts(self, tag, kind=None):
        return [said(each) for each in self.all(tag, kind)]

    def links(self):
        """The address of each link, by what it says."""
        return {said(each): each.get("href") for each in self.all("a")}

    def by_id(self, name):
        (found,) = [e for e in self.root.iter() if e.get("id") == name]
        return found

    def rows(self):
        """Prose and code of each row."""
        return [
            (said(row[0]), "".join(row[1].itertext()).strip("\n"))
            for row in self.all("div", "text-row")
        ]


def said(element):
    """What an element says, on one line."""
    return " ".join("".join(element.itertext()).split())


FILE = "minisocketserver/base.py"
BASE_PAGE = f"::: annotate {FILE}"
TCP_PAGE = "::: annotate minisocketserver/tcp.py"


# A page of the text


def test_a_page_opens_with_the_question_and_the_drawing(page):
    found = page(BASE_PAGE)
    assert said(found.root[0]) == "Who opens the door? The base does."
    (drawing,) = found.all("pre")[:1]
    assert said(drawing) == "knock ──▶ [ door ] ──▶ room"
    assert "The door opens once." in found.texts("p")


def test_prose_stands_beside_its_code(page):
    rows = dict(page(BASE_PAGE).rows())
    assert rows["Seconds that a guest may take."] == "    timeout = 5"
    assert rows["Shut the door. Called by BaseServer.ring."] == (
        "    def shutdown(self, hard=False):"
    )
    (prose,) = [prose for prose in rows if prose.startswith("The wish")]
    assert rows[prose].splitlines() == [
        '        self.wish = __import__("x")',
        "        self.other = 1 < 2",
    ]


def test_prose_is_markdown(page):
    assert "always" in page(BASE_PAGE).texts("em")


def test_lines_have_their_numbers_and_can_be_linked_to(page):
    found = page(BASE_PAGE)
    for number, line in enumerate(BASE.splitlines(), 1):
        if line.startswith("class"):
            shown = found.by_id(f"L{number}")
            assert said(shown) == line
            assert shown[0].get("data-line") == str(number)
            assert shown[0].get("href") == f"#L{number}"


def test_every_line_of_code_is_on_the_page_once_and_in_order(page):
    found = page(BASE_PAGE)
    numbers = [int(i[1:]) for i in found.ids if re.fullmatch(r"L\d+", i)]
    lines = BASE.splitlines()
    prose = {1, 2, 3, 4, 5, 6}
    code = [
        number
        for number, line in enumerate(lines, 1)
        if line.strip()
        and number not in prose
        and not re.match(r'\s*(#|"""|Called by)', line)
    ]
    assert numbers == code


def test_symbols_have_headings_in_their_own_order(page):
    found = page(BASE_PAGE)
    headings = [
        (each.tag, each.get("id"))
        for each in found.root.iter()
        if re.fullmatch(r"h\d", each.tag)
    ]
    assert headings == [
        ("h2", "imports"),
        ("h2", "BaseServer"),
        ("h3", "baseserver-for-callers"),
        ("h4", "BaseServer.shutdown"),
        ("h3", "baseserver-machinery"),
        ("h4", "BaseServer.ring"),
    ]


def test_no_anchor_stands_twice_on_a_page(page):
    for markdown in (BASE_PAGE, TCP_PAGE):
        ids = page(markdown).ids
        assert len(ids) == len(set(ids))


def test_the_outline_lists_classes_and_their_methods(page):
    (outline,) = page(BASE_PAGE).texts("nav", "text-outline")
    assert outline == (
        "BaseServer: Open the door, see TCPServer. "
        "For callers: shutdown Machinery: ring"
    )


def test_notes_are_marked_by_kind(page):
    found = page(BASE_PAGE)
    assert found.texts("div", "text-differs") == [
        "Differs from CPython: the original slams it (bpo-35017)."
    ]
    assert found.texts("div", "text-omits") == ["Left out: the second bell."]
    assert found.texts("div", "text-see") == ["See: BaseServer.shutdown"]
    assert found.texts("div", "text-try") == ["Try it: take the bell away."]
    (link,) = [
        href
        for text, href in found.links().items()
        if text == "Differs from CPython"
    ]
    assert link == "/differences.md#slow-door"


def test_a_page_follows_the_text(text):
    before = convert(text, TCP_PAGE).texts("p")
    (text / "tcp.py").write_text(TCP.replace("Tell", "Say"))
    after = convert(text, TCP_PAGE).texts("p")
    assert "Tell the number." in before
    assert "Say the number." not in before
    assert "Say the number." in after
    assert "Tell the number." not in after


# The original beside it


def test_the_original_is_folded_under_its_method(page):
    found = page(BASE_PAGE)
    inside = found.by_id("socketserver.BaseServer.shutdown")
    code = original.excerpt("BaseServer.shutdown").code
    assert "".join(inside.itertext()).strip() == code
    (fold,) = [each for each in found.all("details") if inside in list(each)]
    assert fold.get("open") is None
    assert said(fold[0]).startswith(
        f"{original.INTERPRETER}, socketserver.BaseServer.shutdown, "
    )


def test_what_the_original_lacks_is_said(page):
    asides = page(BASE_PAGE).texts("p", "text-aside")
    assert f"{original.INTERPRETER} has no BaseServer.ring." in asides


def test_what_the_original_inherits_is_said(text):
    method = '\n    def shutdown(self):\n        """Shut."""\n'
    (text / "tcp.py").write_text(
        TCP.replace('number."""\n', 'number."""\n' + method, 1)
    )
    asides = convert(text, TCP_PAGE).texts("p", "text-aside")
    heir = "socketserver.BaseServer.shutdown"
    assert f"{original.INTERPRETER} inherits this: {heir}." in asides


def test_what_only_the_original_has_is_shown_too(page):
    found = page(BASE_PAGE)
    name = "socketserver.BaseServer.handle_request"
    assert f"{original.INTERPRETER} also has {name}." in found.texts("p")
    assert name in found.ids


def test_a_page_with_foreign_code_says_whose_it_is(page):
    (notice,) = page(BASE_PAGE).texts("p", "text-notice")
    assert "Python Software Foundation" in notice
    assert "PSF License" in notice


def test_whose_the_foreign_code_is_stands_once_on_a_page(text):
    found = convert(text, f"{BASE_PAGE}\n\n{BASE_PAGE} BaseServer\n")
    assert len(found.all("details", "text-original")) > 1
    assert len(found.all("p", "text-notice")) == 1


def test_a_page_without_foreign_code_says_nothing_of_it(text):
    (text / "tcp.py").unlink()
    (text / "base.py").write_text(
        BASE.replace("BaseServer", "Own").replace("TCPServer", "Own")
    )
    assert convert(text, BASE_PAGE).texts("p", "text-notice") == []


# One symbol on another page


def test_one_symbol_can_stand_on_another_page(page):
    found = page(f"Look:\n\n{BASE_PAGE} BaseServer.ring\n\nSeen?")
    assert found.texts("p")[0] == "Look:"
    promise, reason = [prose for prose, _ in found.rows()]
    assert promise == "Ring the bell."
    assert reason.startswith("Nobody may sleep. Left out: the second bell.")
    assert "Seen?" in found.texts("p")
    assert "base" in found.links()


def test_one_symbol_leaves_no_anchors_that_a_second_could_repeat(page):
    once = f"{BASE_PAGE} BaseServer\n\n"
    assert page(once * 2).ids == []


def test_a_class_as_symbol_brings_its_methods(page):
    rows = page(f"{BASE_PAGE} BaseServer").rows()
    code = "\n".join(code for _, code in rows)
    assert "def shutdown" in code
    assert "def ring" in code


# References


@pytest.mark.parametrize(
    ("name", "href"),
    [
        ("BaseServer", "/reading/base.md#BaseServer"),
        ("BaseServer.ring", "/reading/base.md#BaseServer.ring"),
        ("BaseServer.ring()", "/reading/base.md#BaseServer.ring"),
        ("BaseServer.timeout", "/reading/base.md#BaseServer.timeout"),
        ("BaseServer.wish", "/reading/base.md#BaseServer"),
        ("TCPServer.ring", "/reading/base.md#BaseServer.ring"),
        ("base.BaseServer.ring", "/reading/base.md#BaseServer.ring"),
        ("minisocketserver.base", "/reading/base.md"),
        ("minisocketserver.TCPServer", "/reading/tcp.md#TCPServer"),
        ("tcp", "/reading/tcp.md"),
        ("tcp.py", "/reading/tcp.md"),
        (
            "socketserver.BaseServer.shutdown",
            "/reading/base.md#socketserver.BaseServer.shutdown",
        ),
        (
            "socketserver.BaseServer.timeout",
            "/reading/base.md#socketserver.BaseServer",
        ),
    ],
)
def test_a_reference_leads_to_its_symbol(page, name, href):
    assert page(f"See `{name}`.").links() == {name: href}


@pytest.mark.parametrize(
    "name",
    [
        "threading.Thread",
        "socketserver",
        "socketserver.py",
        "minisocketserver",
        "pyproject.toml",
        "os.fork()",
        "super().shutdown",
        "import x",
        "__init__",
    ],
)
def test_other_names_in_backticks_are_left_alone(page, name):
    assert page(f"See `{name}`.").links() == {}


def test_a_method_asks_the_lookup_once_in_a_paragraph(page):
    found = page("Who has `ring` and `ring()`?\n\nWhat of `ring(1)`?")
    assert [(said(a), a.get("href")) for a in found.all("a", "to-lookup")] == [
        ("ring", "/lookup.md?method=ring#ring"),
        ("ring(1)", "/lookup.md?method=ring#ring"),
    ]


def test_a_name_that_is_anybodys_asks_nothing(text):
    more = 'class Door:\n    def send(self):\n        """Go."""\n'
    (text / "base.py").write_text(f"{BASE}\n\n{more}")
    assert convert(text, "Then `send` and `sendall`.").links() == {}


def test_a_long_name_in_a_table_may_break_between_its_words():
    made = table("", ["Name"], [[[element("code", "TCPServer.get_request")]]])
    code = made.find(".//th/code")
    pieces = [code.text, *(joint.tail for joint in code.iter("wbr"))]
    assert pieces == ["TCPServer.", "get", "_request"]


def test_no_link_is_set_into_a_link_a_heading_or_a_drawing(page):
    found = page(
        """\
        ## `BaseServer.ring`

        [`BaseServer.ring`](elsewhere.md)

            `BaseServer.ring`
        """
    )
    assert set(found.links().values()) == {"elsewhere.md"}


def test_anchors_that_references_lead_to_exist(page):
    ids = page(BASE_PAGE).ids
    for name in ("BaseServer.timeout", "BaseServer.ring", "BaseServer"):
        assert name in ids


def test_bug_numbers_lead_to_their_trackers(page):
    assert page("See gh-37193, bpo-35017; not xgh-1, `gh-2`.").links() == {
        "gh-37193": "https://github.com/python/cpython/issues/37193",
        "bpo-35017": "https://bugs.python.org/issue35017",
    }


def test_an_attribute_without_a_comment_can_be_linked_to_as_well(text):
    bare = 'class Bare:\n    """Be it."""\n\n    colour = 1\n'
    (text / "base.py").write_text(f"{BASE}\n\n{bare}")
    assert "Bare.colour" in convert(text, BASE_PAGE).ids


# Lists


def test_differences_are_listed_with_place_and_witness(page):
    found = page("::: differences")
    assert said(found.by_id("slow-door")) == "Slow door"
    assert found.texts("p") == [
        "The original slams it (bpo-35017).",
        f"BaseServer.shutdown, in {FILE}, witness: test_differs_slow_door",
    ]
    links = found.links()
    assert (
        links["BaseServer.shutdown"] == "/reading/base.md#BaseServer.shutdown"
    )
    assert links["bpo-35017"].endswith("/issue35017")


def test_a_slug_that_is_used_twice_is_one_entry(text):
    (text / "tcp.py").write_text(
        TCP.replace(
            "        return 7",
            "        # differs[slow-door]: as in the base.\n        return 7",
        )
    )
    found = convert(text, "::: differences")
    assert found.ids == ["slow-door"]
    assert "As in the base." in found.texts("p")


def test_omissions_are_listed(page):
    assert page("::: omissions").texts("p")[0] == "The second bell."


def test_a_text_that_omits_nothing_says_so(text):
    (text / "base.py").write_text(BASE.replace("# omits: the", "# A"))
    assert convert(text, "::: omissions").texts("p") == [
        "Nothing is left out."
    ]


def test_the_tree_sets_mixtures_into_row_and_column(page):
    (table,) = page("::: tree").all("table")
    rows = [[said(cell) for cell in row] for row in table.iter("tr")]
    assert rows == [
        ["Class", "with ThreadingMixIn"],
        ["BaseServer", "Open the door, see TCPServer."],
        ["TCPServer", "ThreadingTCPServer"],
    ]


def test_the_tree_draws_who_inherits(page):
    (table,) = page("::: tree").all("table")
    branches = [
        [each.get("class") for each in row.iter("i")]
        for row in table.iter("tr")
    ]
    assert branches == [[], [], ["elbow"]]


def test_figures_are_counted(page):
    figures = page("::: figures").texts("li")
    assert "2 modules" in figures
    assert "4 public classes" in figures
    assert "1 private classes" in figures
    assert "1 declared differences" in figures
    assert "4 functions and methods" in figures


# Examples

EXAMPLE = "02-request/shout.py"


def test_an_example_is_shown_as_it_is_written(page):
    found = page(f"::: code {EXAMPLE}")
    assert found.texts("span", "filename") == [f"docs/examples/{EXAMPLE}"]
    (code,) = found.all("code")
    assert "".join(code.itertext()).strip() == examples.quote(EXAMPLE)


def test_a_piece_of_an_example_can_be_shown_alone(page):
    found = page(f"::: code {EXAMPLE} Shout.handle")
    assert found.texts("code")[0].startswith("def handle(self): line =")


def test_what_an_example_prints_stands_below_its_command(page, monkeypatch):
    monkeypatch.setattr(
        examples, "run", lambda file, *words: f"<{file}>\n{' '.join(words)}"
    )
    (code,) = page(f"::: run {EXAMPLE} --fast x").all("code")
    assert "".join(code.itertext()).splitlines() == [
        f"$ python3 docs/examples/{EXAMPLE} --fast x",
        f"<{EXAMPLE}>",
        "--fast x",
    ]


def test_an_example_can_stand_in_a_fold(page):
    found = page(
        f"""\
        ??? right "Yes"

            Look:

            ::: code {EXAMPLE} Shout

            Seen?
        """
    )
    (fold,) = found.all("details", "right")
    assert "class Shout" in said(fold)
    assert said(fold).endswith("Seen?")


# Witnesses


def test_a_witness_is_the_whole_test_as_it_is_written(page):
    name = "test_a_witness_is_the_whole_test_as_it_is_written"
    found = page(f"::: witness companion/test_site.py {name}")
    (fold,) = found.all("details", "text-original")
    own = inspect.getsource(globals()[name])
    assert "".join(fold.find(".//pre").itertext()) == own
    lines = len(own.splitlines())
    assert said(fold[0]) == f"The test, {name}, {lines} lines"


def test_a_witness_is_shown_with_its_decorators(page):
    name = "test_what_leads_nowhere_stops_the_build"
    found = page(f"::: witness companion/test_site.py {name}")
    (code,) = found.all("pre")
    assert said(code).startswith("@pytest.mark.parametrize( (")


def test_a_difference_shows_its_witness(page):
    # The text of these tests differs in what has no witness.
    assert page("::: differences").all("details") == []
    found = convert(TEXT, "::: differences")
    shown = [said(fold[0]) for fold in found.all("details")]
    slugs = found.texts("h2", "text-difference")
    assert len(shown) == len(slugs) > 5
    for slug, summary in zip(slugs, shown, strict=True):
        test = re.sub("[ -]", "_", slug.lower())
        assert f", test_differs_{test}, " in summary


# What goes with a chapter


def test_a_chapter_names_what_goes_with_it(page):
    (nav,) = page("::: companions 03-base").all("nav", "guide-companions")
    assert page("::: companions 03-base").links()["base"] == "/reading/base.md"
    assert nav.get("aria-label") in said(nav)


@pytest.mark.parametrize(
    "name",
    [
        f"{folder}/{path.stem}"
        for folder in ("reading", "xray")
        for path in sorted((ROOT / "docs" / "en" / folder).glob("*.md"))
        if (folder, path.stem) != ("xray", "index")
    ],
)
def test_a_page_of_code_or_of_a_recording_leads_to_its_chapter(name):
    path = ROOT / "docs" / "en" / f"{name}.md"
    assert f"::: companions {name}\n" in path.read_text("utf-8")
    links = convert(TEXT, f"::: companions {name}").links().values()
    assert any(link.startswith("/guide/") for link in links)
    if name.startswith("xray/"):
        assert any(link.startswith("/classes/") for link in links)
        assert any(link.startswith("/reading/") for link in links)


def test_what_goes_with_a_recording_is_read_from_the_recording():
    links = convert(TEXT, "::: companions xray/mixin-swapped").links()
    assert list(links.values()) == [
        "/guide/06-mixins.md",
        "/reading/handlers.md",
        "/reading/threaded.md",
        "/reading/tcp.md",
        "/classes/StreamRequestHandler.md",
        "/classes/ThreadingMixIn.md",
        "/classes/TCPServer.md",
    ]
    links = convert(TEXT, "::: companions reading/udp").links()
    assert links["One request over UDP"] == "/xray/udp.md"


# Terms


def test_a_term_is_explained_where_it_is_first_used(page):
    found = page("# A wire\n\nSee `wire`, wiretap, *a Wire*, and wires.")
    (term,) = found.all("span", "term")
    link, tip = term
    assert said(link) == "Wire"
    assert link.get("href") == "/glossary.md#wire"
    assert link.get("aria-describedby") == tip.get("id") == "term-wire"
    assert said(tip) == "What bytes go through."
    assert said(found.root).endswith("and wires.")


def test_the_longest_name_of_a_term_is_taken(page):
    (term,) = page("Mind the barbed wire; wires!").all("span", "term")
    assert said(term[0]) == "barbed wire"
    assert term.tail == "; wires!"


def test_the_opening_of_a_chapter_is_not_explained(page):
    found = page("The wire?\n{ .guide-question }\n\nA wire.")
    (term,) = found.all("span", "term")
    assert term.tail == "."


def test_a_link_is_not_explained(page):
    assert page("[wire](x.md), `wire`").all("span", "term") == []


def test_the_glossary_lists_its_terms(page):
    found = page("::: glossary")
    assert said(found.by_id("wire")) == "wire"
    assert found.texts("p", "glossary-chinese") == ["线"]
    assert any(text.startswith("What bytes") for text in found.texts("p"))


def test_a_glossary_that_is_wrong_stops_the_build(text):
    (text.parent / "glossary.ini").write_text("[wire]\n")
    with pytest.raises(PageError, match=r"glossary\.ini: \[wire\] needs"):
        convert(text, "A wire.")


# What stops a build


@pytest.mark.parametrize(
    ("markdown", "sentence"),
    [
        ("::: annotat x.py", "no such directive. There are `::: annotate"),
        ("::: annotate", "no such directive. There are"),
        ("::: tree of life", "no such directive. There are"),
        (f"{BASE_PAGE} A b", "no such directive. There are"),
        ("::: ", "no such directive. There are"),
        ("::: code x.py", "there is no example `docs/examples/x.py`."),
        (
            "::: code 02-request/shout.py Whisper",
            "`docs/examples/02-request/shout.py` has no `Whisper`.",
        ),
        (
            "::: witness conformance/test_no.py test_it",
            "there is no `tests/conformance/test_no.py`.",
        ),
        (
            "::: witness conformance/test_tcp.py test_no",
            "`tests/conformance/test_tcp.py` has no `test_no`.",
        ),
        ("::: companions reading/no", "no chapter has a module `no`."),
        ("::: companions xray/no", "There is no scenario 'no'"),
        ("::: companions 99-x", "no such chapter: `99-x`. There are 01-map"),
        (
            "::: annotate minisocketserver/hub.py",
            "the text has no file `minisocketserver/hub.py`.",
        ),
        (
            f"{BASE_PAGE} BaseServer.sleep",
            "`minisocketserver/base.py` has no `BaseServer.sleep`.",
        ),
        ("`BaseServer.sleep`", "`BaseServer.sleep` leads nowhere."),
        ("`socketserver.Nobody`", "`socketserver.Nobody` leads nowhere."),
        ("`TCPServer.nothing`", "`TCPServer.nothing` leads nowhere."),
    ],
)
def test_what_leads_nowhere_stops_the_build(page, markdown, sentence):
    with pytest.raises(PageError) as stopped:
        page(markdown)
    assert sentence in str(stopped.value)


@pytest.mark.parametrize("directive", [BASE_PAGE, "::: differences"])
def test_a_broken_reference_in_the_text_is_told_with_its_line(text, directive):
    broken = BASE.replace("slams it", "slams `BaseServer.dor`")
    (text / "base.py").write_text(broken)
    line = broken[: broken.index("dor`")].count("\n") + 1
    with pytest.raises(PageError) as stopped:
        convert(text, directive)
    assert str(stopped.value) == (
        f"minisocketserver/base.py:{line}: `BaseServer.dor` leads nowhere."
    )


def test_a_text_that_is_not_python_stops_the_build(text):
    (text / "base.py").write_text("def\n")
    with pytest.raises(PageError, match=r"base\.py:1: not Python"):
        convert(text, "::: tree")


def test_a_directive_in_a_fence_is_an_example(page):
    found = page("```\n::: annotate nothing.py\n```")
    assert found.texts("code") == ["::: annotate nothing.py"]
