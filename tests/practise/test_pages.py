"""The site lists every exercise, and shows every mistake."""

import html
import re

import pytest

pytest.importorskip("markdown", reason="the site's packages are not here")

from markdown import Markdown


def page(directive):
    markdown = Markdown(
        extensions=["md_in_html", "pymdownx.details", "companion.site"]
    )
    return html.unescape(markdown.convert(f"::: {directive}"))


def plain(text):
    """Return a page's text, or a sentence, without marks and tags."""
    text = re.sub(r'<span class="[^"]*tip[^"]*".*?</span>', "", text)
    return re.sub(r"<[^>]+>|[`\s]+", "", text)


@pytest.fixture(scope="module")
def exercises_page():
    return page("exercises")


@pytest.fixture(scope="module")
def museum_page():
    return page("museum")


@pytest.mark.slow
def test_each_exercise_is_listed_with_how_to_start(
    exercises_page, every_exercise
):
    for each in every_exercise:
        name = each.id.partition("/")[2]
        assert f'id="{name}"' in exercises_page
        assert f"practise watch {name}</code>" in exercises_page


@pytest.mark.slow
def test_the_museum_begins_with_a_way_to_each_chapter(
    museum_page, every_exercise
):
    head, _, _ = museum_page.partition("<h2")
    chapters = dict.fromkeys(
        each.chapter.replace("_", "-", 1)
        for each in every_exercise
        if each.mistakes
    )
    assert re.findall(r'<li><a href="#([^"]+)">', head) == [*chapters]
    for each in chapters:
        assert re.search(rf'<h2[^>]* id="{each}"', museum_page)


@pytest.mark.slow
def test_the_museum_shows_the_symptom_and_folds_the_reason(
    museum_page, every_exercise
):
    folds = dict(
        re.findall(
            r"<summary>(.*?)</summary>(.*?)</details>", museum_page, re.S
        )
    )
    folds = {plain(symptom): plain(rest) for symptom, rest in folds.items()}
    for exercise in every_exercise:
        for mistake in exercise.mistakes:
            symptom = plain(mistake.symptom)
            assert symptom in folds, mistake.symptom
            assert plain(mistake.name) not in symptom
