"""The X-ray in a browser: every control, every reader, every step."""

import gzip
import re
from dataclasses import replace

import pytest

pytest.importorskip("mkdocs", reason="the site's packages are not here")
pytest.importorskip("axe_playwright_python.base")

from companion import xray as recorder
from companion.xray import quiz
from companion.xray.listing import Listing
from companion.xray.page import document
from companion.xray.words import Teller

from .test_browser import ARM, PHONE, WIDE, check, settle

pytestmark = pytest.mark.slow

NAME = "threading-tcp"
PAGE = f"xray/{NAME}/"
CALL = f"{NAME}-ThreadingMixIn.process_request"
KIB = 1024


@pytest.fixture(scope="session")
def steps():
    return recorder.load(NAME).steps()


@pytest.fixture
def player(open_page):
    """Open a page of a scenario, and wait for its player."""

    def player(path=PAGE, **window):
        page = open_page(path, **({"viewport": WIDE} | window))
        page.locator(".xray-box").wait_for()
        return page

    return player


def step(page):
    """The number of the step that is shown."""
    said = page.locator(".xray-says a b").inner_text()
    return int(said.removeprefix("Step "))


def faults(page):
    """What keeps people out of a page as it is shown."""
    page.evaluate(ARM)
    return check(page, {})


def press(page, name):
    page.locator(f".xray-bar [name={name}]").click()


def next_call(steps, number):
    return next(
        s.number for s in steps if s.number > number and s.event == "call"
    )


def next_in_lane(steps, number):
    lane = steps[number - 1].lane
    return next(
        s.number for s in steps if s.number > number and s.lane == lane
    )


def call_of(steps, symbol):
    return next(
        s.number
        for s in steps
        if s.event == "call" and s.function.symbol == symbol
    )


# Every control, by mouse and by keyboard


def test_the_buttons_lead_where_they_say(player, steps):
    page = player()
    assert step(page) == 1
    press(page, "next")
    press(page, "next")
    assert step(page) == 3
    press(page, "previous")
    assert step(page) == 2
    press(page, "call")
    assert step(page) == next_call(steps, 2)
    here = steps[call_of(steps, "ThreadingMixIn.process_request") - 1]
    page.evaluate("hash => { location.hash = hash }", f"step-{here.number}")
    page.wait_for_function(
        "() => document.activeElement.className === 'xray-box'"
    )
    while steps[step(page) - 1].lane == steps[step(page)].lane:
        press(page, "next")
    before = step(page)
    press(page, "lane")
    assert step(page) == next_in_lane(steps, before) > before + 1
    press(page, "first")
    assert step(page) == 1


def test_the_keys_lead_where_they_say(player, steps):
    page = player()
    page.locator(".xray-bar [name=next]").focus()
    for key, wanted in (
        ("ArrowRight", 2),
        ("ArrowRight", 3),
        ("ArrowLeft", 2),
        ("c", next_call(steps, 2)),
        ("End", len(steps)),
        ("ArrowRight", len(steps)),
        ("Home", 1),
        ("ArrowLeft", 1),
        ("l", next_in_lane(steps, 1)),
    ):
        page.keyboard.press(key)
        assert step(page) == wanted, key


def test_all_controls_can_be_reached_with_tab(player):
    page = player()
    page.locator(".xray-band input").focus()
    reached = []
    for _ in range(7):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "document.activeElement.name || document.activeElement.tagName"
            )
        )
    assert reached == [
        "first", "previous", "next", "lane", "call", "play", "SELECT",
    ]  # fmt: skip


def test_the_keys_are_told_in_the_player(player):
    page = player()
    page.locator(".xray-keys summary").click()
    told = page.locator(".xray-keys kbd").all_inner_texts()
    assert told == ["←", "→", "Home", "End", "l", "c", "Space"]


def test_keys_elsewhere_on_the_page_are_not_taken(player):
    page = player()
    page.locator("h1").click()
    for key in ("ArrowRight", "c", "l", "End"):
        page.keyboard.press(key)
    assert step(page) == 1
    page.locator(".xray-bar select").focus()
    page.keyboard.press("ArrowDown")
    assert page.locator(".xray-bar select").input_value() == "350"
    assert step(page) == 1


def test_play_goes_on_until_it_is_told_to_pause(player):
    page = player()
    page.locator(".xray-bar select").select_option("quick")
    page.locator(".xray-band input").focus()
    page.keyboard.press("Space")
    button = page.locator(".xray-bar [name=play]")
    assert button.inner_text() == "Pause"
    page.wait_for_function(
        "() => document.querySelector('.xray-band input').value >= 3"
    )
    page.keyboard.press("Space")
    assert button.inner_text() == "Play"
    assert page.evaluate("document.querySelector('xray-player').timer") == 0


def test_play_ends_at_the_last_step_and_begins_anew(player, steps):
    page = player(f"{PAGE}#step-{len(steps) - 1}")
    page.locator(".xray-bar select").select_option("quick")
    press(page, "play")
    page.wait_for_function(
        "last => document.querySelector('.xray-band input').value == last",
        arg=len(steps),
    )
    button = page.locator(".xray-bar [name=play]")
    assert button.inner_text() == "Play"
    button.click()
    assert step(page) == 1


def test_the_scrubber_leads_to_where_it_is_pressed(player, steps):
    page = player()
    band = page.locator(".xray-band")
    box = band.bounding_box()
    band.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    assert abs(step(page) - len(steps) / 2) < len(steps) / 50
    head = page.locator(".xray-head").bounding_box()
    middle = head["x"] + head["width"] / 2
    place = box["x"] + box["width"] * (step(page) - 0.5) / len(steps)
    assert abs(middle - place) < 2
    said = page.locator(".xray-band input").get_attribute("aria-valuetext")
    assert said.startswith(f"Step {step(page)} of {len(steps)}, ")


# A link to any step


@pytest.mark.parametrize("anchor", ["step-150", f"{NAME}-step-150"])
def test_a_link_leads_to_its_step(player, anchor):
    page = player(f"{PAGE}#{anchor}")
    assert step(page) == 150
    box = page.locator(".xray-says").bounding_box()
    assert 0 < box["y"] < WIDE["height"]
    assert not page.locator(".xray-twin li").first.is_visible()


def test_a_link_can_name_a_method(player, steps):
    page = player(f"{PAGE}#{CALL}")
    assert step(page) == call_of(steps, "ThreadingMixIn.process_request")


def test_the_same_link_can_be_followed_twice(player):
    page = player()
    link = page.locator(".xray-twin li").nth(16).locator("a")
    page.locator(".xray-twin summary").click()
    for _ in range(2):
        link.click()
        page.wait_for_function(
            "() => document.querySelector('.xray-band input').value == 17"
        )
        page.locator(".xray-bar [name=first]").click()
        assert step(page) == 1


def test_the_shown_step_offers_its_address(player):
    page = player()
    press(page, "next")
    href = page.locator(".xray-says a").get_attribute("href")
    assert href == f"#{NAME}-step-2"


def test_instant_navigation_starts_the_player_of_the_next_page(
    open_page, site, address
):
    page = open_page("404.html", viewport=WIDE)
    # The theme swaps in the pages that the map of the site names.
    pages = (site / "sitemap.xml").read_text(encoding="utf-8")
    home = re.search(r"<loc>(.*?)</loc>", pages)[1]
    page.route(
        "**/sitemap.xml",
        lambda route: route.fulfill(body=pages.replace(home, address)),
    )
    page.goto(f"{address}xray/", wait_until="networkidle")
    settle(page)
    page.evaluate("window.stayed = true")
    page.locator(f"h2 a[href*='{NAME}']").first.click()
    page.locator(".xray-box").wait_for()
    page.locator(".xray-bar [name=next]").click()
    assert step(page) == 2
    assert page.evaluate("window.stayed")
    page.go_back()
    page.locator("h1", has_text="step by step").wait_for()
    page.evaluate(
        """path => {
            const link = document.createElement("a");
            link.href = path;
            link.textContent = "follow me";
            document.querySelector("article").prepend(link);
        }""",
        f"{NAME}/#step-99",
    )
    page.locator("text=follow me").click()
    page.wait_for_function(
        "() => document.querySelector('.xray-band input')?.value == 99"
    )
    assert page.evaluate("window.stayed")


# The player tells what the recording has


STATES = """() => {
    const player = document.querySelector("xray-player");
    const texts = (where, what) =>
        [...where.querySelectorAll(what)].map((e) => e.textContent.trim());
    return player.steps.map((_, i) => {
        player.show(i);
        const lane = player.querySelector(".xray-now");
        return {
            lane: lane.querySelector(".xray-who b").textContent,
            said: player.querySelector(".xray-says > span").textContent,
            twin: player.items[i].lastElementChild.textContent,
            line: lane.querySelector(".xray-here [data-line]")?.dataset.line,
            stack: texts(lane, ".xray-stack > li > :first-child"),
            has: texts(lane, ".xray-has > :first-child"),
            sockets: texts(player, ".xray-sockets b"),
            states: [...player.querySelectorAll(".xray-sockets li")]
                .map((e) => e.classList[0]),
        };
    });
}"""


@pytest.mark.parametrize("name", recorder.SCENARIOS)
def test_player_twin_and_recording_agree_in_every_step(player, name):
    shown = player(f"xray/{name}/").evaluate(STATES)
    recording = recorder.load(name)
    teller = Teller(recording, Listing(recording, recorder.script(name)))
    titles = {lane.id: lane.title for lane in recording.lanes}
    all_steps = recording.steps()
    sockets = {}
    assert len(shown) == len(all_steps)
    for step, found in zip(all_steps, shown, strict=True):
        for socket, process, state, _ in step.sockets:
            sockets[socket, process] = f"xray-{state}"
        symbols = [all_steps[n - 1].function for n in step.stack]
        sentence = teller.sentence(step).replace("`", "")
        assert found["lane"] == titles[step.lane]
        assert found["said"] == found["twin"] == sentence
        assert found["stack"] == [
            f.file if f.symbol == "<module>" else f.symbol for f in symbols
        ]
        if step.place:
            assert found["has"] == [step.function.supplier]
        if found["line"]:
            assert found["line"] == str(step.line)
        assert found["sockets"] == [name for name, _ in sockets]
        assert found["states"] == [*sockets.values()]
    assert sum(bool(found["line"]) for found in shown) >= len(shown) - 1


def test_a_call_shows_its_stanza_and_the_way_to_its_class(player, steps):
    page = player(f"{PAGE}#{CALL}")
    now = page.locator(".xray-now")
    assert "def process_request" in now.locator(".xray-here").inner_text()
    caption = now.locator(".xray-caption").inner_text()
    assert "Start a thread for the request, and return at once." in caption
    chips = now.locator(".xray-mro li").all_text_contents()
    assert chips == [
        "ThreadingTCPServer, asked, does not have it",
        "ThreadingMixIn, has it",
        "TCPServer, not asked",
        "BaseServer, not asked, has one too",
    ]
    given = now.locator(".xray-values").inner_text()
    assert "<connection 1>" in given
    link = now.locator(".xray-stack > li:last-child > a")
    assert link.get_attribute("href").endswith(
        "reading/threaded/#ThreadingMixIn.process_request"
    )


def test_who_waits_says_when_it_goes_on(player, steps):
    page = player(f"{PAGE}#step-2")
    told = page.locator(".xray-who").all_inner_texts()
    titles = [lane.title for lane in recorder.load(NAME).lanes]
    main = titles.index("main")
    assert told[main].split() == ["main", "runs"]
    assert all("not started" in t for i, t in enumerate(told) if i != main)
    last = max(s.number for s in steps if s.lane == "main" and s.number < 60)
    page.evaluate("n => { location.hash = `step-${n}` }", last + 1)
    page.wait_for_function(
        "n => document.querySelector('.xray-band input').value == n",
        arg=last + 1,
    )
    told = page.locator(".xray-who").all_inner_texts()[main]
    assert told.endswith(f"goes on at step {next_in_lane(steps, last)}")


def test_a_recording_that_was_stopped_says_why_at_its_end(player):
    page = player("xray/shutdown-deadlock/")
    page.locator(".xray-box").press("End")
    assert "waits for itself" in page.locator(".xray-says").inner_text()
    state = page.locator(".xray-now .xray-who small").inner_text()
    assert state == "waits: __is_shut_down"


def test_only_where_the_reader_rests_is_read_aloud(player):
    page = player()
    live = page.locator(".xray-live[aria-live]")
    page.wait_for_function(
        "() => document.querySelector('.xray-live[aria-live]').textContent"
    )
    page.evaluate(
        """() => {
            window.heard = [];
            const live = document.querySelector(".xray-live[aria-live]");
            new MutationObserver(() => heard.push(live.textContent))
                .observe(live, { childList: true });
        }"""
    )
    page.locator(".xray-bar [name=next]").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("() => heard.length")
    assert page.evaluate("heard.length") == 1
    assert live.inner_text().startswith("Step 6, main: ")


# For everybody


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("window", [WIDE, PHONE], ids=["wide", "phone"])
def test_player_and_game_are_readable(player, scheme, window):
    page = player(f"{PAGE}#{CALL}", viewport=window, color_scheme=scheme)
    settle(page)
    page.locator(".xray-keys summary").click()
    page.locator("who-next .who-options button:visible").first.click()
    assert faults(page) == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_step_of_the_twin_is_one_row(open_page, script):
    page = open_page(
        "xray/timeout/", viewport=WIDE, java_script_enabled=script
    )
    if script:
        page.locator(".xray-twin summary").click()
    for item in page.locator(".xray-twin li").all()[:5]:
        number, who, said = (
            item.locator(part).bounding_box()
            for part in ("> a", "> b", "> span:last-child")
        )
        assert abs(number["y"] - said["y"]) < number["height"] / 2
        assert number["x"] < who["x"] < said["x"]


def test_the_text_twin_is_readable(open_page):
    page = open_page("xray/timeout/", viewport=WIDE)
    page.locator(".xray-twin summary").click()
    assert faults(page) == []


@pytest.mark.parametrize("path", [PAGE, "xray/forking-tcp/"])
def test_no_step_makes_a_phone_scroll_sideways(player, path):
    page = player(path, viewport=PHONE)
    widest = page.evaluate(
        """() => {
            const player = document.querySelector("xray-player");
            return Math.max(...player.steps.map((_, i) => {
                player.show(i);
                return document.documentElement.scrollWidth;
            }));
        }"""
    )
    assert widest <= PHONE["width"]


def test_a_phone_shows_the_code_that_runs(player):
    page = player("xray/hub/#step-400", viewport=PHONE)
    page.wait_for_function(
        "() => document.querySelector('.xray-band input').value == 400"
    )
    settle(page)
    row = page.locator(".xray-now .xray-here").bounding_box()
    assert 0 < row["y"] < PHONE["height"] - row["height"]


def test_a_value_is_shown_as_changed_before(player, steps):
    number = next(s.number for s in steps if s.event == "line" and s.changed)
    page = player(f"{PAGE}#step-{number}")
    shown = page.locator(".xray-values dt").all_inner_texts()
    assert shown == [
        f"self.{name} changed before" for name in steps[number - 1].changed
    ]


def test_the_bell_is_explained_once_there_is_one(player, steps):
    page = player()
    assert "wakes a waiting loop" not in page.locator(".xray-box").inner_text()
    page.locator(".xray-box").press("End")
    said = page.locator(".xray-sockets").inner_text()
    assert said.count("wakes a waiting loop") == 1


def test_a_crowd_of_lanes_leaves_room_for_the_buttons(browser, tmp_path):
    recording = recorder.load(NAME)
    crowd = tuple(
        replace(recording.lanes[-1], id=f"idle {i}", title=f"idle {i}")
        for i in range(40)
    )
    recording = replace(recording, lanes=recording.lanes + crowd)
    file = tmp_path / "run.html"
    file.write_text(
        document(recording, recorder.script(NAME)), encoding="utf-8"
    )
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    page.goto(f"{file.as_uri()}#step-100")
    page.wait_for_function(
        "() => document.querySelector('.xray-band input')?.value == 100"
    )
    for part in (".xray-bar", ".xray-now .xray-here"):
        box = page.locator(part).bounding_box()
        assert 0 < box["y"] < WIDE["height"] - box["height"], part
    assert faults(page) == []
    context.close()


def test_reduced_motion_is_honoured(browser, address):
    moves = {}
    for wish in ("reduce", "no-preference"):
        context = browser.new_context(reduced_motion=wish)
        page = context.new_page()
        page.goto(address + PAGE)
        page.locator(".xray-head").wait_for(state="attached")
        moves[wish] = page.evaluate(
            "getComputedStyle(document.querySelector('.xray-head'))"
            ".transitionDuration"
        )
        context.close()
    assert moves["reduce"] == "0s"
    assert moves["no-preference"] != "0s"


def test_without_script_there_is_the_text_twin(open_page, steps):
    page = open_page(
        f"{PAGE}#step-150", viewport=WIDE, java_script_enabled=False
    )
    items = page.locator(".xray-twin li")
    assert items.count() == len(steps)
    box = items.nth(149).bounding_box()
    assert 0 <= box["y"] < WIDE["height"]
    assert page.locator(".xray-box").count() == 0
    assert page.locator(".xray-tracks svg").is_visible()


def test_paper_has_the_text_twin_and_no_buttons(player):
    page = player()
    assert not page.locator(".xray-twin li").first.is_visible()
    page.emulate_media(media="print")
    page.locator(".xray-twin li").first.wait_for()
    assert not page.locator(".xray-bar").is_visible()
    assert page.locator(".xray-tracks").is_visible()
    page.emulate_media(media="screen")
    page.locator(".xray-twin li").first.wait_for(state="hidden")


@pytest.mark.parametrize("name", recorder.SCENARIOS)
def test_no_page_of_a_recording_is_heavy(site, name):
    page = (site / "xray" / name / "index.html").read_bytes()
    assert len(gzip.compress(page)) < 400 * KIB


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_one_file_works_alone(browser, tmp_path, scheme):
    name = "shutdown-deadlock"
    recording = recorder.load(name)
    file = tmp_path / "run.html"
    file.write_text(
        document(recording, recorder.script(name)), encoding="utf-8"
    )
    context = browser.new_context(
        viewport=PHONE, color_scheme=scheme, offline=True
    )
    page = context.new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda asked: complaints.append(asked.url))
    page.goto(f"{file.as_uri()}#step-3")
    page.locator(".xray-box").wait_for()
    assert step(page) == 3
    press(page, "next")
    assert step(page) == 4
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert complaints == []
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (
        ground
        == {
            "light": "rgb(254, 253, 250)",
            "dark": "rgb(22, 25, 29)",
        }[scheme]
    )
    context.close()


# The game


def test_a_wrong_answer_gets_its_reason_and_no_point(player):
    page = player()
    question = quiz.questions(NAME)[0]
    wrong = next(i for i, o in enumerate(question.options) if not o.right)
    buttons = page.locator("who-next .who-options button:visible")
    assert buttons.all_inner_texts() == [
        option.text.strip("`") for option in question.options
    ]
    assert not page.locator(".who-answer").first.is_visible()
    buttons.nth(wrong).click()
    verdict = page.locator(".who-verdict:visible p").inner_text()
    assert verdict.startswith("Not this one.")
    for option in (question.options[wrong], question.answer):
        assert option.reason.replace("`", "").replace("**", "") in verdict
    assert page.locator(".who-score").inner_text().endswith("; 0 right")
    assert buttons.nth(wrong).is_disabled()


def test_the_game_can_be_won_by_keyboard_and_started_again(player):
    page = player()
    questions = quiz.questions(NAME)
    page.locator("who-next .who-options button:visible").first.focus()
    for question in questions:
        for _ in range([o.right for o in question.options].index(True)):
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.locator(".who-verdict:visible", has_text="Right.").wait_for()
        while not page.locator(".who-verdict button:focus").count():
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    total = len(questions)
    end = page.locator(".who-end p")
    assert end.inner_text().startswith(f"You had {total} of {total}.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    said = page.locator(".who-score").inner_text()
    assert said == f"Question 1 of {total}; 0 right"
    assert page.locator("who-next .who-options button:focus").count() == 1


def test_without_script_the_game_is_a_list_of_folded_answers(open_page):
    page = open_page(PAGE, viewport=WIDE, java_script_enabled=False)
    questions = quiz.questions(NAME)
    assert page.locator(".who-question").count() == len(questions)
    answer = page.locator(".who-answer").first
    assert not answer.locator("li").first.is_visible()
    answer.locator("summary").click()
    answer.locator("li").first.wait_for()
