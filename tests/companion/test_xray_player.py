"""What the player is given: words, pictures and code, true to a recording."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

pytest.importorskip("markdown", reason="the site's packages are not here")

from companion import original
from companion import xray as recorder
from companion.environment import ROOT
from companion.site.errors import PageError
from companion.text import TEXT, parse
from companion.xray import command
from companion.xray.listing import ROOM, Listing
from companion.xray.page import document
from companion.xray.player import TRACK, Player
from companion.xray.run import LONGEST
from companion.xray.words import Teller

from .recordings import LOOP, MAIN, SCRIPT, Maker, door, listing
from .test_site import convert, said

KIB = 1024
ASSETS = ROOT / "overrides" / "assets"


def player(recording=None, **options):
    recording = recording or door()
    return Player(recording, listing(recording), **options)


def sentences(recording=None):
    """What is said of each step, by its number."""
    recording = recording or door()
    teller = Teller(recording, listing(recording))
    return [None, *map(teller.sentence, recording.steps())]


def twin(html):
    """The items of a text twin, as elements."""
    root = ElementTree.fromstring(html)
    return list(root.iter("li"))


# Words


TOLD = {
    1: "calls `TCPServer.__init__(RequestHandlerClass=Upper)`, supplied by "
    "`TCPServer`, number 3 of the MRO of `ThreadingTCPServer`.",
    4: "binds `listener` to `('127.0.0.1', PORT)`; before it, "
    "`self.server_address` has become `('127.0.0.1', PORT)`; `listener` in "
    "server is bound.",
    16: "accepts `connection` at `listener`; `connection` in server is "
    "connected (the kernel says `ESTABLISHED`); not before step 12.",
    18: "`BaseServer.verify_request` returns `True`.",
    20: "starts `worker`.",
    30: "calls `Upper.handle()`, supplied by `Upper` itself, first in its "
    "MRO.",
    33: "`Upper.handle` returns.",
    39: "says over `connection` that no more will be sent; `connection` in "
    "server has said goodbye (the kernel says `FIN_WAIT`).",
    45: "runs `super().server_close()`.",
    52: "leaves `BaseServer.serve_forever` by `KeyboardInterrupt`.",
}


@pytest.mark.parametrize("step", TOLD)
def test_a_step_is_told_in_a_sentence(step):
    assert sentences()[step] == TOLD[step]


def test_all_that_a_line_has_changed_is_told_at_the_next_one():
    rows = [*door().rows]
    rows[17] = [*rows[17][:3], {"w": {"one": "1", "two": "2"}}]
    told = sentences(door(rows=tuple(rows)))[18]
    assert told == (
        "`BaseServer.verify_request` returns; before it, `self.one` has "
        "become `1` and `self.two` has become `2`."
    )


def test_the_wire_that_wakes_a_loop_is_told_from_other_sockets():
    it = Maker()
    for name in ("bell's ear", "bell's button", "listener"):
        it.act(LOOP, 17, "socket", name)
    it.act(LOOP, 17, "close", "bell's ear")
    _, ear, button, listener, close = sentences(it.recording())
    assert ear == (
        "makes a socket, `bell's ear`, the listening end of a wake-up pair."
    )
    assert button == (
        "makes a socket, `bell's button`, the end of that pair that rings "
        "the other."
    )
    assert listener == "makes a socket, `listener`."
    assert close == "closes `bell's ear`."


def test_a_statement_of_several_lines_is_told_once(tmp_path):
    script = tmp_path / "long.py"
    script.write_text(
        "while True:\n"
        "    call(\n"
        "        one,  # the first\n"
        "        two[\n"
        "            0]\n"
        "    )\n"
        "    other()\n"
    )
    lines = (2, 3, 4, 2, 7, 2, 7)
    recording = door(
        rows=tuple([MAIN, "l", line] for line in lines),
        script="long.py",
    )
    teller = Teller(recording, Listing(recording, script))
    whole = "runs `call(one, two[0])`."
    same = "in the same statement."
    assert [*map(teller.sentence, recording.steps())] == [
        whole,
        f"goes on at `one,  # the first`, {same}",
        f"goes on at `two[`, {same}",
        f"goes on at `call(`, {same}",
        "runs `other()`.",
        whole,
        "runs `other()`.",
    ]


def test_a_statement_with_a_text_of_several_lines_stays_as_it_is(tmp_path):
    script = tmp_path / "long.py"
    script.write_text('call(\n    """One\n    two"""\n)\n')
    code = Listing(door(script="long.py"), script)
    assert code.statement("long.py", 1) == (1, "call(")
    assert code.statement("elsewhere.py", 1) == (1, "")


def test_an_exception_is_told_with_its_line():
    assert re.fullmatch(
        r"meets `KeyboardInterrupt` at `.+`\.", sentences()[51]
    )


def test_a_backtick_in_a_value_does_not_end_the_code():
    recording = door()
    row = recording.rows[17]
    rows = [*recording.rows]
    rows[17] = [*row[:3], {"v": "'`x`'"}]
    told = sentences(replace(recording, rows=tuple(rows)))[18]
    assert told == "`BaseServer.verify_request` returns `''x''`."


# The text twin


def test_the_twin_has_every_step_once_and_in_order():
    items = twin(player().twin())
    assert [item.get("value") for item in items] == [
        str(number) for number in range(1, len(door().rows) + 1)
    ]
    told = [said(item[-1]) for item in items]
    assert told == [each.replace("`", "") for each in sentences()[1:]]


def test_every_step_is_an_anchor_and_so_is_the_first_call_of_a_method():
    items = twin(player().twin())
    ids = [[e.get("id") for e in item.iter() if e.get("id")] for item in items]
    assert ids[16] == [
        "door-step-17",
        "step-17",
        "door-BaseServer.verify_request",
    ]
    every = [name for names in ids for name in names]
    assert len(every) == len(set(every))


def test_only_the_first_player_of_a_page_takes_the_short_names():
    found = player(is_first=False).twin()
    assert 'id="door-step-17"' in found
    assert 'id="step-17"' not in found


def test_a_recording_that_was_stopped_says_why():
    found = player(door(ended="Nothing else would ever happen.")).twin()
    assert "<p>Nothing else would ever happen.</p>" in found


# The tracks


def test_each_step_is_under_one_bar_in_the_row_of_its_lane():
    recording = door()
    root = ElementTree.fromstring(player().tracks())
    lanes = {}
    for bar in root.iter("rect"):
        start, width = int(bar.get("x")), int(bar.get("width"))
        for step in range(start, start + width):
            assert step not in lanes
            lanes[step] = int(bar.get("y")) // TRACK
    assert [lanes[i] for i in range(len(recording.rows))] == [
        row[0] for row in recording.rows
    ]


def test_the_picture_has_a_title_and_tells_what_it_shows():
    (svg,) = ElementTree.fromstring(player().tracks()).iter("svg")
    assert said(svg[0]) == svg.get("aria-label")
    assert "client: 3 steps, from 12 to 49." in said(svg[1])


def test_what_had_to_come_first_is_drawn():
    arrows = player().tracks().count("xray-arrow")
    assert arrows == sum(len(step.after) for step in door().steps())
    assert arrows > 2


# The code


def test_every_line_of_the_recording_comes_with_its_stanza():
    recording = door()
    data = player().data()
    for step in recording.steps():
        number = data["at"][f"{step.file}:{step.line}"]
        file, first, lines, _ = data["excerpts"][number]
        assert file == step.file
        assert first <= step.line < first + len(lines)


def test_the_comment_of_a_stanza_is_its_caption():
    module = parse(TEXT / "threaded.py")
    (mixin,) = [c for c in module.classes if c.name == "ThreadingMixIn"]
    (method,) = [m for m in mixin.methods if m.name == "process_request"]
    stanza = method.stanzas[0]
    found = listing(door()).excerpt("threaded.py", stanza.first)
    assert found.caption == stanza.prose
    assert found.code == stanza.code


def test_code_without_a_comment_has_the_promise_of_its_method():
    lines = SCRIPT.read_text(encoding="utf-8").splitlines()
    row = lines.index("    def handle(self):") + 1
    found = listing(door()).excerpt("scenario/door.py", row)
    assert found.code == "    def handle(self):"
    assert found.caption == "Read a line, write it back."


def test_a_long_piece_is_cut_into_windows_that_stay_where_they_are(tmp_path):
    script = tmp_path / "long.py"
    script.write_text("\n".join(f"x = {i}" for i in range(1, 21)) + "\n")
    code = Listing(door(script="long.py"), script)
    found = {code.excerpt("long.py", line) for line in range(1, 21)}
    assert sorted(each.first for each in found) == [1, 1 + ROOM, 1 + 2 * ROOM]
    whole = "\n".join(
        each.code for each in sorted(found, key=lambda each: each.first)
    )
    assert whole + "\n" == script.read_text()


def test_a_file_that_nobody_knows_has_no_code():
    assert listing(door()).excerpt("elsewhere.py", 1) is None
    assert listing(door()).code("elsewhere.py", 1) == ""


def test_the_original_is_shown_as_it_stands():
    code = listing(door(implementation="stdlib"))
    method = original.excerpt("BaseServer.verify_request")
    start = method.first + method.code[: method.code.index("def ")].count("\n")
    assert "def verify_request" in code.code("socketserver.py", start)
    assert "shutdown" in code.methods["BaseServer"]


def test_classes_that_have_the_method_too_are_named():
    data = player().data()
    having = {symbol: has for symbol, _, has in data["functions"]}
    assert having["ThreadingMixIn.process_request"] == [
        "BaseServer",
        "ThreadingMixIn",
    ]


# What a browser is given


class Scripts(HTMLParser):
    """The data in a page, and what the page would fetch."""

    def __init__(self, html):
        super().__init__()
        self.data, self.fetched, self.is_data = [], [], False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.is_data = found.get("type") == "application/json"
        self.fetched += [
            found[name]
            for name in ("src", "href")
            if not found.get(name, "#").startswith("#")
        ]

    def handle_data(self, text):
        if self.is_data:
            self.data.append(text)

    def handle_endtag(self, tag):
        self.is_data = False


def test_a_value_cannot_end_the_data():
    recording = door()
    rows = [*recording.rows]
    rows[17] = [LOOP, "r", rows[17][2], {"v": "'</script><b>'"}]
    html = player(replace(recording, rows=tuple(rows))).html()
    data = json.loads("".join(Scripts(html).data))
    assert data["rows"][17][3] == {"v": "'</script><b>'"}
    assert "<b>'" not in html


def test_one_file_holds_all_that_a_page_needs():
    recording = door(title="A `door`", teaches="Who opens?\n\nWho answers?")
    html = document(recording, SCRIPT)
    found = Scripts(html)
    assert found.fetched == []
    assert "url(" not in html
    assert json.loads("".join(found.data))["rows"] == [*recording.rows]
    assert "<h1>A <code>door</code></h1>" in html
    assert "<p>Who answers?</p>" in html
    assert (ASSETS / "xray.js").read_text(encoding="utf-8") in html


@pytest.mark.parametrize(
    ("script", "limit"), [("xray.js", 20 * KIB), ("who-next.js", 8 * KIB)]
)
def test_the_scripts_stay_small(script, limit):
    assert len((ASSETS / script).read_bytes()) < limit


# Directives


@pytest.fixture
def page(monkeypatch):
    """Turn Markdown into elements; there is one scenario, `door`."""

    def load(name):
        if name != "door":
            raise recorder.RecordingError(f"There is no scenario {name!r}.")
        return door()

    monkeypatch.setattr(recorder, "load", load)
    monkeypatch.setattr(recorder, "script", lambda name: SCRIPT)
    monkeypatch.setattr(recorder, "SCENARIOS", ("door",))
    return lambda markdown: convert(TEXT, markdown)


def test_a_page_can_hold_a_player(page):
    found = page("::: xray door")
    assert len(found.all("xray-player")) == 1
    assert found.by_id("step-17") in list(found.by_id("door-step-17"))
    links = found.links()
    name = "ThreadingMixIn.process_request"
    assert links[name] == f"/reading/threaded.md#{name}"


def test_a_second_player_leaves_the_short_names_alone(page):
    once = "::: xray door\n\n"
    assert page(once).ids.count("step-17") == 1
    assert page(once + once).ids.count("step-17") == 1


def test_all_recordings_are_listed_with_what_they_teach(page):
    found = page("::: xrays")
    heading = found.by_id("door")
    assert said(heading) == "A door with a thread behind it"
    assert heading[0].get("href") == "/xray/door.md"
    assert "Who opens, and who answers." in found.texts("p")
    assert f"{len(door().rows)} steps, 4 lanes" in found.texts("p")
    assert len(found.all("svg")) == 1


def test_a_recording_of_one_lane_has_one_lane(page, monkeypatch):
    lanes = door().lanes[1:2]
    rows = tuple([0, *row[1:]] for row in door().rows if row[0] == 1)[:1]
    alone = door(lanes=lanes, rows=rows)
    monkeypatch.setattr(recorder, "load", lambda name: alone)
    assert "1 step, 1 lane" in page("::: xrays").texts("p")


def test_a_scenario_shows_its_script(page):
    found = page("::: scenario door")
    assert found.texts("p", "text-lead") == ["Who opens, and who answers."]
    (fold,) = found.all("details")
    assert "class Upper(StreamRequestHandler):" in said(fold)


def test_the_game_has_an_answer_folded_under_each_question(page):
    found = page("::: who-next door")
    questions = found.all("div", "who-question")
    assert questions
    for question in questions:
        options, answer = question[-2], question[-1]
        assert "who-options" in options.get("class")
        texts = [said(item) for item in options.iter("li")]
        reasons = [said(item) for item in answer.iter("li")]
        right = int(question.get("data-right")) - 1
        for i, (text, reason) in enumerate(zip(texts, reasons, strict=True)):
            mark = "Right: " if i == right else ""
            assert reason.startswith(f"{mark}{text}: ")
        (link,) = [
            a for a in answer.iter("a") if said(a).endswith("in the X-ray")
        ]
        assert re.fullmatch(r"/xray/door\.md#door-step-\d+", link.get("href"))


def test_no_answer_to_pick_has_a_meaning_in_it(page, tmp_path):
    """A script makes buttons of them, named by all that stands in them."""
    (tmp_path / "glossary.ini").write_text(
        "[worker]\nchinese = 工\nmatch = worker\n"
        "definition = Who works.\nchapter = 07-threads\n",
        encoding="utf-8",
    )
    folder = tmp_path / "minisocketserver"
    folder.symlink_to(TEXT, target_is_directory=True)
    found = convert(folder, "::: who-next door\n\nA worker.")
    options = [
        said(item)
        for each in found.all("div", "who-options")
        for item in each.iter("li")
        if said(item).startswith("worker")
    ]
    assert {*options} == {"worker"}
    assert len(found.all("span", "term")) == 1


@pytest.mark.parametrize(
    "directive", ["xray", "who-next", "scenario"], ids=str
)
def test_an_unknown_scenario_stops_the_build(page, directive):
    with pytest.raises(PageError) as stopped:
        page(f"::: {directive} nobody")
    assert str(stopped.value) == "this page: There is no scenario 'nobody'."


# The pages


@pytest.mark.parametrize("name", recorder.SCENARIOS)
def test_every_scenario_has_a_page_that_can_be_reached(name):
    page = ROOT / "docs" / "en" / "xray" / f"{name}.md"
    text = page.read_text(encoding="utf-8")
    title = first_line(recorder.script(name))
    assert f"\n# {title}\n" in text
    for directive in ("scenario", "xray", "sequence", "who-next"):
        assert f"\n::: {directive} {name}\n" in text
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert f"- {name}: xray/{name}.md\n" in nav


def test_the_page_on_ones_own_server_has_the_limits_as_they_are():
    page = ROOT / "docs" / "en" / "xray" / "index.md"
    words = " ".join(page.read_text(encoding="utf-8").split())
    assert "\npython3 -m companion xray " in page.read_text(encoding="utf-8")
    assert f"after {command.LIMIT:g} seconds" in words
    assert f"the first {LONGEST} steps" in words
    assert "`my_server.xray.html`" in words


def test_no_page_shows_a_scenario_that_is_gone():
    pages = {path.stem for path in ROOT.glob("docs/en/xray/*.md")}
    assert pages - {"index"} == set(recorder.SCENARIOS)


def first_line(script: Path) -> str:
    docstring = parse(script).docstring or ""
    return docstring.splitlines()[0].rstrip(".")
