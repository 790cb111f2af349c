"""The glossary: complete, without doubles, and used."""

import re

import pytest

from companion import glossary
from companion.environment import ROOT
from companion.glossary import GlossaryError
from companion.site.guide import CHAPTERS

TERMS = glossary.read()
PAGES = "\n".join(
    path.read_text("utf-8")
    for folder in ("docs/en/guide", "minisocketserver")
    for path in sorted(ROOT.glob(f"{folder}/*.[mp][dy]"))
)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_a_term_is_used(term):
    words = "|".join(map(re.escape, term.match))
    assert re.search(rf"(?<![\w-])(?:{words})(?![\w-])", PAGES, re.I)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_a_term_has_a_chapter_and_a_chinese_name(term):
    assert term.chapter in CHAPTERS
    assert re.search(r"[\u4e00-\u9fff]", term.chinese), "in Chinese letters"
    assert term.definition.endswith("."), "whole sentences"
    assert len(term.definition) < 240, "a tooltip is short"


def test_no_word_stands_for_two_terms():
    words = [word.lower() for term in TERMS for word in term.match]
    assert len(words) == len(set(words))
    assert len({term.anchor for term in TERMS}) == len(TERMS)


ENTRY = "[{}]\nchinese = 套\ndefinition = One.\n  Two.\nchapter = 01-map\n"


@pytest.fixture
def read(tmp_path):
    def read(text):
        file = tmp_path / "glossary.ini"
        file.write_text(text, "utf-8")
        return glossary.read(file)

    return read


def test_terms_are_read_in_their_order(read):
    b, a = ENTRY.format("b c"), ENTRY.format("A")
    first, second = read(f"{b}match = b c, b cs\n{a}")
    assert (first.name, first.match) == ("A", ("A",))
    assert (second.anchor, second.match) == ("b-c", ("b c", "b cs"))
    assert second.definition == "One. Two."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ENTRY.format("a") * 2, "section 'a' already exists"),
        ("[a]\nchinese = 套\n", "needs chinese, definition and chapter"),
        (ENTRY.format("a") + "page = x\n", "has no other key"),
        ("nothing", "no section headers"),
    ],
)
def test_a_glossary_that_is_wrong_says_what_to_mend(read, text, said):
    with pytest.raises(GlossaryError, match=said):
        read(text)
