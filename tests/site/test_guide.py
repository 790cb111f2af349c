"""A chapter in a browser: folds and terms, with and without a mouse."""

import pytest

pytest.importorskip("mkdocs", reason="the site's packages are not here")
pytest.importorskip("axe_playwright_python.base")

from .test_browser import (
    ARM,
    COLOURS,
    PHONE,
    PRUNE,
    STRUCTURE,
    WIDE,
    check,
    settle,
)

pytestmark = pytest.mark.slow

CHAPTER = "guide/02-request/"
FOLDS = "details:is(.right, .wrong, .check)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("window", [WIDE, PHONE], ids=["wide", "phone"])
def test_what_is_folded_is_readable_when_it_is_open(open_page, window, scheme):
    page = open_page(CHAPTER, viewport=window, color_scheme=scheme)
    settle(page)
    for fold in page.locator(FOLDS).all():
        fold.evaluate("fold => fold.open = true")
    page.locator(".term > a").first.focus()
    overflow = "document.documentElement.scrollWidth - innerWidth"
    assert page.evaluate(overflow) <= 0
    page.evaluate(ARM)
    assert check(page, STRUCTURE) == []
    page.evaluate(PRUNE)
    assert page.locator(".term:focus-within .term-tip").is_visible()
    assert check(page, COLOURS) == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_an_answer_opens_by_keyboard(open_page, script):
    page = open_page(CHAPTER, viewport=WIDE, java_script_enabled=script)
    fold = page.locator(".predict details").first
    verdict = fold.locator("strong").first
    assert not verdict.is_visible()
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    verdict.wait_for(state="visible")
    assert verdict.inner_text() in {"Right.", "No."}


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_term_is_explained_by_keyboard(open_page, script):
    page = open_page(CHAPTER, viewport=WIDE, java_script_enabled=script)
    term = page.locator(".term").first
    tip = term.get_by_role("tooltip", include_hidden=True)
    assert not tip.is_visible()
    term.locator("a").focus()
    tip.wait_for(state="visible")


def test_a_meaning_that_is_in_the_way_goes_with_escape(open_page):
    page = open_page(CHAPTER, viewport=WIDE)
    settle(page)
    term = page.locator(".term").first
    tip = term.locator(".term-tip")
    term.hover()
    tip.wait_for(state="visible")
    page.keyboard.press("Escape")
    tip.wait_for(state="hidden")
    page.mouse.move(0, 0)
    term.hover()
    tip.wait_for(state="visible")


def test_the_first_touch_explains_and_the_second_follows(open_page):
    page = open_page(CHAPTER, viewport=PHONE, has_touch=True)
    settle(page)
    term = page.locator(".term").first
    term.locator("a").tap()
    tip = term.locator(".term-tip")
    tip.wait_for(state="visible")
    box = tip.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
    term.locator("a").tap()
    page.wait_for_url("**/glossary/#*")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_answers_are_printed(open_page, script):
    page = open_page(CHAPTER, viewport=WIDE, java_script_enabled=script)
    page.emulate_media(media="print")
    for fold in page.locator(FOLDS).all():
        assert fold.locator("p").first.bounding_box()["height"] > 0


INKS = """() => [...document.querySelectorAll("article *")].map((each) => {
  const style = getComputedStyle(each);
  return [each.localName, style.color, style.backgroundColor];
})"""


@pytest.mark.parametrize("path", [CHAPTER, "classes/TCPServer/", "lookup/"])
def test_a_dark_page_is_printed_like_a_light_one(open_page, path):
    seen = {}
    for scheme in ("dark", "light"):
        page = open_page(path, viewport=WIDE, color_scheme=scheme)
        settle(page)
        shown = page.evaluate(INKS)
        page.emulate_media(media="print", color_scheme=scheme)
        seen[scheme] = shown, page.evaluate(INKS)
    dark, light = seen["dark"], seen["light"]
    assert dark[0] != light[0]
    assert dark[1] == light[1]
