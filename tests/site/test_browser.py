"""The site in a browser: it is whole, quiet, and open to everybody."""

import json
import re
from dataclasses import dataclass

import pytest

pytest.importorskip("mkdocs", reason="the site's packages are not here")
axe = pytest.importorskip("axe_playwright_python.base")

from companion.environment import ROOT  # noqa: E402

pytestmark = pytest.mark.slow

WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}

PAGES = sorted(
    path.relative_to(ROOT / "docs" / "en")
    .as_posix()
    .removesuffix(".md")
    .removesuffix("index")
    for path in ROOT.glob("docs/en/**/*.md")
)
# Between them they show every colour and every kind of block.
LOOKS = [
    pytest.param("", WIDE, id="home-wide"),
    pytest.param("", PHONE, id="home-phone"),
    pytest.param("differences", WIDE, id="differences-wide"),
    pytest.param("guide/02-request", WIDE, id="chapter-wide"),
    pytest.param("guide/04-sockets", PHONE, id="chapter-phone"),
    pytest.param("reading/combined", WIDE, id="combined-wide"),
    pytest.param("reading/udp", PHONE, id="udp-phone"),
]


@dataclass
class Visit:
    """What one look at a page brought to light."""

    complaints: list
    foreign: list
    overflow: int
    violations: list


@pytest.fixture(scope="module")
def visits():
    return {}


@pytest.fixture
def visit(visits, browser, address):
    """Look at a page once, for all tests that ask about it."""

    def visit(path):
        if path not in visits:
            context = browser.new_context(viewport=WIDE)
            visits[path] = look(context.new_page(), address, path)
            context.close()
        return visits[path]

    return visit


def look(page, address, path):
    complaints, foreign = [], []
    page.on(
        "console",
        lambda said: said.type == "error" and complaints.append(said.text),
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda asked: complaints.append(asked.url))
    page.on(
        "request",
        lambda asked: (
            asked.url.startswith(("data:", "blob:", address))
            or foreign.append(asked.url)
        ),
    )
    page.goto(address + path, wait_until="networkidle")
    settle(page)
    # Code is left to the test that looks at colours: there is much of it.
    violations = check(
        page,
        {"exclude": [".text-code"]},
        {"rules": {"color-contrast": {"enabled": False}}},
    )
    page.set_viewport_size(PHONE)
    overflow = page.evaluate(
        "document.documentElement.scrollWidth - innerWidth"
    )
    return Visit(complaints, foreign, overflow, violations)


def settle(page):
    """Wait until the site's own script has done its part."""
    page.locator(".md-search[aria-label]").wait_for(state="attached")


def check(page, context, options):
    """Let axe-core look for what keeps people out; name what it finds."""
    page.evaluate(axe.AXE_SCRIPT)
    options["resultTypes"] = ["violations"]
    found = page.evaluate(
        f"axe.run({json.dumps(context)}, {json.dumps(options)})"
    )
    return [
        f"{rule['id']}: {node['html'][:120]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("path", PAGES)
def test_no_page_complains(visit, path):
    assert visit(path).complaints == []


@pytest.mark.parametrize("path", PAGES)
def test_no_page_asks_another_host(visit, path):
    assert visit(path).foreign == []


@pytest.mark.parametrize("path", PAGES)
def test_no_page_scrolls_sideways_on_a_phone(visit, path):
    assert visit(path).overflow <= 0


@pytest.mark.parametrize("path", PAGES)
def test_every_page_can_be_heard_and_walked_through(visit, path):
    assert visit(path).violations == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("path", "window"), LOOKS)
def test_colours_and_sizes_are_readable(open_page, path, window, scheme):
    page = open_page(path, viewport=window, color_scheme=scheme)
    settle(page)
    shown = page.locator("body").get_attribute("data-md-color-scheme")
    assert shown == {"light": "default", "dark": "slate"}[scheme]
    for fold in page.locator("details.text-original").all()[:1]:
        fold.locator("summary").click()
    assert check(page, {"include": ["html"]}, {}) == []


def test_a_symbol_has_an_address_of_its_own(open_page):
    page = open_page("reading/base/#BaseServer.shutdown", viewport=WIDE)
    heading = page.locator("[id='BaseServer.shutdown']")
    assert heading.inner_text().startswith("BaseServer.shutdown")
    page.wait_for_function(
        "e => e.getBoundingClientRect().top < innerHeight / 2",
        arg=heading.element_handle(),
    )


def test_a_line_has_an_address_of_its_own(open_page):
    page = open_page("reading/base/", viewport=WIDE)
    number = page.locator(".text-line a").first
    number.click()
    page.wait_for_url(re.compile(r"#L\d+$"))


def test_the_original_is_folded_and_opens_by_keyboard(open_page):
    page = open_page("reading/udp/", viewport=WIDE)
    fold = page.locator("details.text-original").first
    code = fold.locator(".text-code")
    assert not code.is_visible()
    page.locator("[id='UDPServer'] a").focus()
    for _ in range(20):
        page.keyboard.press("Tab")
        if fold.locator("summary:focus").count():
            break
    page.keyboard.press("Enter")
    code.wait_for(state="visible")
    assert "class UDPServer" in code.inner_text()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_link_into_the_original_unfolds_it(open_page, script):
    page = open_page(
        "reading/udp/#socketserver.UDPServer",
        viewport=WIDE,
        java_script_enabled=script,
    )
    page.locator("[id='socketserver.UDPServer']").wait_for(state="visible")


def test_the_columns_stand_side_by_side_or_stack(open_page):
    page = open_page("reading/base/", viewport=WIDE)
    row = page.locator(".text-row").last
    prose, code = row.locator(".text-prose"), row.locator(".text-codes")
    assert prose.bounding_box()["y"] == code.bounding_box()["y"]
    for medium in ("print", "screen"):
        page.set_viewport_size(PHONE)
        page.emulate_media(media=medium)
        below = prose.bounding_box()
        assert code.bounding_box()["y"] >= below["y"] + below["height"]


def test_search_finds_a_symbol(open_page):
    page = open_page(viewport=WIDE)
    page.keyboard.press("/")
    page.keyboard.type("serve_forever")
    found = page.locator(
        "a.md-search-result__link[href*='#BaseServer.serve_forever']"
    )
    found.first.wait_for(state="visible")


def test_copied_code_has_no_line_numbers(open_page):
    page = open_page("reading/udp/", viewport=WIDE)
    copied = page.evaluate(
        """() => {
            getSelection().selectAllChildren(document.getElementById("L5")
                ?? document.querySelector(".text-line"));
            return getSelection().toString();
        }"""
    )
    assert copied.strip()
    assert not re.match(r"\s*\d", copied)


def test_the_browser_keeps_its_files_out_of_the_users_home(browser, home):
    assert list(home.iterdir())


def test_a_missing_page_shows_the_way(open_page):
    page = open_page("404.html", viewport=WIDE)
    assert page.locator("h1").inner_text() == "There is no such page"
    assert page.locator(".md-content a[href$='reading/']").count() == 1
