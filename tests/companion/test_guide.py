"""The chapters of the guide: each has the form that readers can rely on."""

import re

import pytest

from companion import xray
from companion.environment import ROOT
from companion.site.guide import CHAPTERS, shown

GUIDE = ROOT / "docs" / "en" / "guide"
FILES = sorted(GUIDE.glob("[0-9]*.md"))
PICTURE = re.compile(
    r"^ *::: (sequence|xray|who-next|family|lookup|pipeline|tree)\b", re.M
)
FENCE = re.compile(r"^ *```+ *(?:\{ *\.)?(\w+)", re.M)
QUESTION = re.compile(r"^(.+\?)\n\{ \.guide-question \}$", re.M | re.S)

every_chapter = pytest.mark.parametrize(
    "chapter", FILES, ids=lambda path: path.stem
)


def source(chapter):
    return chapter.read_text("utf-8")


def question(chapter):
    """The question that a chapter opens with, on one line."""
    opening = source(chapter).partition("\n# ")[2].partition("\n\n")[2]
    found = QUESTION.match(opening)
    assert found, "below the title stands the question, { .guide-question }"
    return " ".join(found[1].split())


def section(chapter, title):
    """What stands under a heading of the second level."""
    found = re.search(
        rf"^## {title}\n(.*?)(?=^## |\Z)", source(chapter), re.M | re.S
    )
    assert found, f"the chapter has no section: ## {title}"
    return found[1]


def folds(text, kind):
    """The folds of a kind: question or option, and what opens."""
    pattern = rf'^( *)\?\?\? {kind} "(.+)"\n((?:\n|\1    .*\n?)+)'
    return [(found[2], found[3].strip()) for found in _find(pattern, text)]


def _find(pattern, text):
    return re.finditer(pattern, text, re.M)


def predictions(chapter):
    """The options of each prediction, and where it ends."""
    pattern = r'^!!! predict ".+\?"\n((?:\n|    .*\n?)+)'
    return [(each[1], each.end()) for each in _find(pattern, source(chapter))]


def prose(chapter):
    """The words of a chapter, without its directives and its markup."""
    lines = source(chapter).split("---\n", 2)[2].splitlines()
    return re.findall(
        r"\w[\w'-]*", "\n".join(x for x in lines if ":::" not in x)
    )


@every_chapter
def test_a_chapter_has_a_slug_that_is_known(chapter):
    assert chapter.stem in CHAPTERS


@every_chapter
def test_a_chapter_opens_with_its_question_and_its_goal(chapter):
    assert question(chapter)
    goal = re.search(r'^!!! goal ".+"\n\n(    - .*\n)+', source(chapter), re.M)
    assert goal, 'what the reader can do at the end: !!! goal "..."'


@every_chapter
def test_a_chapter_asks_before_it_answers(chapter):
    found = predictions(chapter)
    assert found, 'there is no prediction: !!! predict "...?"'
    first_run = re.search(r"^ *::: run", source(chapter), re.M)
    assert first_run, "the chapter runs nothing"
    assert first_run.start() > found[0][1] - len(found[0][0])


@every_chapter
def test_each_option_of_a_prediction_says_why_it_is_right_or_not(chapter):
    for options, _ in predictions(chapter):
        right, wrong = folds(options, "right"), folds(options, "wrong")
        assert len(right) == 1
        assert wrong, "a prediction needs a tempting wrong answer"
        for answers, verdict in ((right, "**Right.**"), (wrong, "**No.**")):
            for option, reason in answers:
                assert reason.startswith(verdict), option
                assert len(reason.split()) > 8, f"{option}: but why?"


@every_chapter
def test_a_chapter_shows_code_and_a_picture_and_its_companions(chapter):
    assert re.search(r"^ *::: code ", source(chapter), re.M)
    assert PICTURE.search(source(chapter)), "a picture made from code"
    assert f"::: companions {chapter.stem}\n" in source(chapter)


@every_chapter
def test_a_chapter_pastes_no_code_and_no_output(chapter):
    pasted = set(FENCE.findall(source(chapter))) - {"python"}
    assert not pasted, "use ::: code and ::: run"


@every_chapter
def test_a_chapter_ends_with_three_questions_and_the_way_on(chapter):
    checks = folds(section(chapter, "Check yourself"), "check")
    assert len(checks) == 3
    for asked, answer in checks:
        assert asked.endswith("?")
        assert len(answer.split()) > 8, asked
    assert "](" in section(chapter, "What to read next")
    assert source(chapter).rindex("\n## ") == source(chapter).index(
        "\n## What to read next"
    )


@every_chapter
def test_each_paragraph_of_a_chapter_comes_to_its_end(chapter):
    paragraphs = re.findall(
        r"^ *(?!```)[A-Z`*(].*(?:\n *\S.*)*", source(chapter), re.M
    )
    assert len(paragraphs) > 30
    end = re.compile(r"[.:?!][*)]*(\n\{ \.[\w-]+ \})?\Z")
    cut_short = [each for each in paragraphs if not end.search(each)]
    assert not cut_short


@every_chapter
def test_a_chapter_can_be_read_in_a_quarter_of_an_hour(chapter):
    assert 900 <= len(prose(chapter)) <= 2300


def test_the_list_of_chapters_asks_what_the_chapters_ask():
    index = (GUIDE / "index.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \| (.+?) \| (.+) \|$", index, re.M)
    assert [int(row[0]) for row in rows] == list(range(1, len(CHAPTERS) + 1))
    for (_, title, asked), slug in zip(rows, CHAPTERS, strict=True):
        chapter = GUIDE / f"{slug}.md"
        if chapter.exists():
            assert f"]({slug}.md)" in title
            assert asked == question(chapter)
        else:
            assert "](" not in title, "a link to a page that is not there"


def test_what_a_chapter_shows_are_recordings():
    """A link to the page of all recordings is none to a recording."""
    named = {name for names in shown().values() for name in names}
    assert named
    assert named <= {*xray.SCENARIOS}
