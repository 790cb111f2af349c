"""The site in a browser: it is whole, quiet, and open to everybody."""

import itertools
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
SIZES = {"wide": WIDE, "phone": PHONE}
SCHEMES = {"light": "default", "dark": "slate"}

# What is folded away is looked at, too.
UNFOLD = "document.querySelectorAll('details').forEach((e) => e.open = true)"

SOURCES = sorted(
    path.relative_to(ROOT / "docs" / "en")
    .as_posix()
    .removesuffix(".md")
    .removesuffix("index")
    for path in ROOT.glob("docs/en/**/*.md")
)
# All questions about a page go to the worker that has looked at it.
PAGES = [
    pytest.param(path, marks=pytest.mark.xdist_group(path))
    for path in [*SOURCES, "404.html"]
]

# A link has to differ from the words around it in more than its colour. That
# is more than axe-core asks, in light and dark alike, and quicker told.
LINKS = {"id": "link-in-text-block", "any": ["link-in-text-block-style"]}
ARM = f"{axe.AXE_SCRIPT}\naxe.configure({json.dumps({'rules': [LINKS]})})"

# What a page consists of is one question, its colours are another, to be
# asked again in the dark. The colours of a piece follow from its place and
# kind: of pieces that are alike in both, the first stands for all.
STRUCTURE = {"rules": {"color-contrast": {"enabled": False}}}
COLOURS = {"runOnly": ["color-contrast"]}
# All is looked at before anything goes: a style that is asked for after a
# change would be worked out again.
PRUNE = """() => {
    const known = new Map();
    const alike = [];
    const look = (element, place) => {
        if (element.matches("[data-md-component=palette]")) return;
        const { color, fontWeight } = getComputedStyle(element);
        const kind = element.getAttribute("class");
        const key = [place, element.tagName, kind, color, fontWeight].join();
        if (known.has(key)) alike.push(element);
        else known.set(key, known.size);
        for (const child of element.children) look(child, known.get(key));
    };
    look(document.body, -1);
    for (const element of alike.reverse()) {
        if (!element.firstElementChild) element.remove();
    }
}"""


# Whether the browser has drawn two frames, within ten seconds.
TWO_FRAMES = """() => new Promise((done) => {
    setTimeout(done, 10_000, false);
    requestAnimationFrame(() => requestAnimationFrame(() => done(true)));
})"""


@dataclass
class Visit:
    """What a look at a page brought to light, in each of four ways."""

    complaints: list
    foreign: list
    overflow: dict
    violations: dict


@pytest.fixture(scope="session")
def visits():
    return {}


class StuckError(Exception):
    """A window shows nothing new any more."""


class Windows:
    """One window for all pages: to open one takes longer than to look."""

    def __init__(self, browser):
        self.browser = browser
        self.open()

    def open(self):
        self.context = self.browser.new_context(
            viewport=WIDE, reduced_motion="reduce"
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000)

    def renew(self):
        self.context.close()
        self.open()

    def look(self, address, path):
        try:
            return look(self.page, address, path)
        except StuckError:  # Chromium's fault: one page in some thousand
            self.renew()
            return look(self.page, address, path)


@pytest.fixture(scope="session")
def windows(browser):
    windows = Windows(browser)
    yield windows
    windows.context.close()


@pytest.fixture
def window(windows):
    return windows.page


@pytest.fixture
def visit(visits, windows, address):
    """Look at a page once, for all tests that ask about it."""

    def visit(path):
        if path not in visits:
            visits[path] = windows.look(address, path)
        return visits[path]

    return visit


def look(page, address, path):
    """Open a page and look at it: light and dark, wide and narrow."""
    seen = Visit([], [], {}, {})
    listeners = {
        "console": lambda said: (
            said.type in ("error", "warning")
            and seen.complaints.append(said.text)
        ),
        "pageerror": lambda error: seen.complaints.append(str(error)),
        "requestfailed": lambda asked: seen.complaints.append(asked.url),
        "request": lambda asked: (
            asked.url.startswith(("data:", "blob:", address))
            or seen.foreign.append(asked.url)
        ),
    }
    for event, listener in listeners.items():
        page.on(event, listener)
    page.emulate_media(color_scheme="light")
    page.goto(address + path)
    settle(page)
    page.evaluate(UNFOLD)
    page.evaluate(ARM)
    for width, size in SIZES.items():
        resize(page, size)
        seen.overflow[width] = page.evaluate(
            "document.documentElement.scrollWidth - innerWidth"
        )
        seen.violations[width] = check(page, STRUCTURE)
    page.evaluate(PRUNE)
    for (width, size), (scheme, name) in itertools.product(
        SIZES.items(), SCHEMES.items()
    ):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        page.locator(f"body[data-md-color-scheme={name}]").wait_for(
            state="attached"
        )
        seen.violations[width, scheme] = check(page, COLOURS)
    for event, listener in listeners.items():
        page.remove_listener(event, listener)
    return seen


def settle(page):
    """Wait until the site's own script has done its part."""
    page.locator(".md-search[aria-label]").wait_for(state="attached")


def resize(page, size):
    """Give the page another size, and let its scripts see to it.

    Those who watch the size of an element are called in the next frame, after
    the callbacks of that frame: the theme's, who lets the keyboard scroll
    what is too wide, has been called when one more frame begins.
    """
    page.set_viewport_size(size)
    if not page.evaluate(TWO_FRAMES):
        raise StuckError


def check(page, rules):
    """Let axe-core look for what keeps people out; name what it finds."""
    wanted = {"resultTypes": ["violations"], "selectors": False}
    options = json.dumps(rules | wanted)
    found = page.evaluate(f"axe.run(document, {options})")
    return [
        f"{rule['id']}: {node['html'][:120]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def test_no_page_of_the_site_is_left_out(site):
    built = {
        path.relative_to(site)
        .as_posix()
        .removesuffix("index.html")
        .rstrip("/")
        for path in site.rglob("*.html")
    }
    assert built == {path.rstrip("/") for path in [*SOURCES, "404.html"]}


@pytest.mark.parametrize("path", PAGES)
def test_no_page_complains(visit, path):
    assert visit(path).complaints == []


@pytest.mark.parametrize("path", PAGES)
def test_no_page_asks_another_host(visit, path):
    assert visit(path).foreign == []


@pytest.mark.parametrize("path", PAGES)
def test_no_page_scrolls_sideways(visit, path):
    assert max(visit(path).overflow.values()) <= 0


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_open_to_everybody(visit, path):
    ways = [*SIZES, *itertools.product(SIZES, SCHEMES)]
    assert visit(path).violations == {way: [] for way in ways}


def test_a_window_that_is_stuck_is_replaced(windows, address, monkeypatch):
    stuck = windows.page

    def seems_stuck(page, rules):
        if page is stuck:
            raise StuckError
        return ["seen"]

    monkeypatch.setitem(globals(), "check", seems_stuck)
    assert windows.look(address, "404.html").violations["wide"] == ["seen"]
    assert stuck.is_closed()


def test_a_colour_that_is_too_pale_is_noticed(window, address):
    window.emulate_media(color_scheme="light")
    window.goto(address)
    settle(window)
    window.evaluate(ARM)
    window.add_style_tag(content="p { color: #ccc !important }")
    window.evaluate(PRUNE)
    assert any("contrast" in each for each in check(window, COLOURS))


def test_a_link_that_only_its_colour_tells_is_noticed(window, address):
    window.goto(address + "design/")
    settle(window)
    window.evaluate(ARM)
    window.add_style_tag(content="p a { text-decoration: none !important }")
    found = check(window, STRUCTURE)
    assert any("link-in-text-block" in each for each in found)


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


METHODS = [
    "serve_forever",
    "shutdown",
    "handle_request",
    "process_request",
    "finish_request",
    "verify_request",
    "get_request",
    "close_request",
    "shutdown_request",
    "handle_error",
    "handle_timeout",
    "service_actions",
    "server_bind",
    "server_activate",
    "server_close",
    "collect_children",
    "process_request_thread",
    "setup",
    "finish",
    "fileno",
]
CLASSES = [
    "BaseServer",
    "TCPServer",
    "UDPServer",
    "UnixStreamServer",
    "UnixDatagramServer",
    "ThreadingMixIn",
    "ForkingMixIn",
    "ThreadingTCPServer",
    "StreamRequestHandler",
    "DatagramRequestHandler",
]
TERMS = [
    "datagram",
    "deadlock",
    "fork",
    "handler",
    "hook",
    "mix-in",
    "socket",
    "thread",
    "template method",
    "zombie",
]
ATTRIBUTES = [
    "allow_reuse_address",
    "address_family",
    "block_on_close",
    "daemon_threads",
    "max_children",
    "request_queue_size",
    "socket_type",
]
# What is typed, and where one of the first three answers has to lead: to the
# symbol, whether in the text or in the lookup, to the page of the class, or
# to what the term means.
QUERIES = {name: rf"#(\w+\.)?{name}$" for name in METHODS}
QUERIES |= {name: rf"/classes/{name}/|#{name}$" for name in CLASSES}
QUERIES |= dict.fromkeys(ATTRIBUTES, r"/classes/\w+/.*#attributes$|/reading/")
QUERIES |= {term: rf"/glossary/.*#{term.replace(' ', '-')}$" for term in TERMS}


def test_search_finds_what_is_asked_for_among_the_first_three(open_page):
    page = open_page(viewport=WIDE)
    page.keyboard.press("/")
    field = page.locator(".md-search__input")
    answers = page.locator(".md-search-result__item")
    missed = {}
    for query, wanted in QUERIES.items():
        # No answer is left when the next question is asked, at one blow.
        for words, state in (("", "hidden"), (query, "visible")):
            field.fill(words)
            field.press("End")
            answers.first.wait_for(state=state)
        found = answers.evaluate_all(
            """(items) => items.slice(0, 3).flatMap((item) =>
                [...item.querySelectorAll("a")].map((link) => link.href))"""
        )
        if not any(re.search(wanted, link) for link in found):
            missed[query] = found[:3]
    assert not missed


INTERACTIVE = """() => [...document.querySelectorAll(
    "a[href], button, input, select, textarea, summary, [tabindex='0']")]
    .filter((e) => e.tabIndex >= 0 && !e.disabled && e.checkVisibility(
        { visibilityProperty: true, opacityProperty: true })
        && e.getBoundingClientRect().width > 1)"""


# A page of each kind.
KINDS = [
    "",
    "404.html",
    "classes/TCPServer/",
    "exercises/museum/",
    "guide/02-request/",
    "lookup/",
    "reading/udp/",
    "xray/timeout/",
]


@pytest.mark.parametrize("path", KINDS)
def test_the_keyboard_reaches_everything(open_page, path):
    page = open_page(path, viewport=WIDE)
    settle(page)
    if path == "lookup/":  # of hundreds of rows, some
        page.get_by_role("combobox", name="Method").fill("process_request")
    expected = page.evaluate(f"({INTERACTIVE})().length")
    page.evaluate(
        """() => addEventListener("focusin", (event) => {
            event.target.dataset.reached = "";
        })"""
    )
    for _ in range(expected + 20):
        page.keyboard.press("Tab")
    missed = page.evaluate(
        f"""({INTERACTIVE})().filter((e) => !("reached" in e.dataset))
            .map((e) => e.outerHTML.slice(0, 120))"""
    )
    assert expected > 5
    assert missed == []


def test_the_lookup_answers_by_keyboard(open_page):
    page = open_page("lookup/", viewport=PHONE)
    page.get_by_role("combobox", name="Method").press_sequentially(
        "process_request"
    )
    page.get_by_role("combobox", name="Class").press_sequentially(
        "ThreadingTCPServer"
    )
    answers = page.locator(".lookup-table tbody tr:visible")
    assert page.locator(".lookup-count").inner_text() == "1 answer"
    assert "ThreadingMixIn.process_request" in answers.inner_text()


def test_a_method_in_a_chapter_leads_to_its_answers(open_page):
    page = open_page("guide/02-request/", viewport=WIDE)
    page.locator(
        "a.to-lookup:visible", has_text="process_request"
    ).first.click()
    page.wait_for_url("**/lookup/?method=process_request#process_request")
    page.locator("table.lookup-table:visible").wait_for()
    assert page.locator("h2.lookup-name:visible").count() == 1


def test_why_on_the_page_of_a_class_asks_for_that_class(open_page):
    page = open_page("classes/UDPServer/", viewport=WIDE)
    page.get_by_label("process_request:").click()
    page.wait_for_url("**/lookup/?*")
    assert page.locator(".lookup-count").inner_text() == "1 answer"
    assert page.get_by_role("combobox", name="Class").input_value() == (
        "UDPServer"
    )


def test_a_lookup_without_an_answer_says_what_to_do(open_page):
    page = open_page("lookup/?method=shutdown&class=Hub", viewport=PHONE)
    count = page.locator(".lookup-count")
    assert "“Hub” has no method “shutdown”" in count.inner_text()
    page.get_by_role("combobox", name="Method").fill("shotdown")
    assert "no method is called “shotdown”" in count.inner_text()
    page.get_by_role("button", name="Clear").last.click()
    rows = page.locator(".lookup-table tbody tr")
    assert count.inner_text() == f"{rows.count()} answers"


def test_the_lookup_is_whole_without_a_script(open_page):
    page = open_page("lookup/", viewport=WIDE, java_script_enabled=False)
    assert not page.locator(".lookup-filter").is_visible()
    rows = page.locator(".lookup-table tbody tr")
    assert rows.count() > 300
    assert page.locator(".lookup-table tbody tr:visible").count() == (
        rows.count()
    )


def test_the_walk_moves_and_can_be_paused(browser, address):
    context = browser.new_context(reduced_motion="no-preference")
    page = context.new_page()
    page.goto(address)
    state = """() => {
        const list = document.querySelector(".walk-steps");
        const { animationName, animationPlayState } =
            getComputedStyle(list, "::before");
        return [animationName, animationPlayState];
    }"""
    assert page.evaluate(state) == ["walk", "running"]
    page.get_by_label("Pause").press("Space")
    assert page.evaluate(state) == ["walk", "paused"]
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(state)[0] == "none"
    context.close()


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
