"""What the pages about classes say is what Python does with the classes."""

import ast
import functools
import os
import re
import socketserver
import sys

import pytest

pytest.importorskip("markdown", reason="the site's packages are not here")

import minisocketserver as mini
from companion import original, xray
from companion.environment import ROOT
from companion.site.callers import callers
from companion.site.errors import PageError
from companion.site.kin import Kin, search
from companion.site.library import Library
from companion.site.order import depths, order
from companion.text import TEXT

from .test_site import convert, said

KIN = Kin.of(Library.read(TEXT))
CLASSES = list(KIN.public)


@pytest.fixture(scope="module")
def page():
    """The elements of a page of the real text."""
    page = functools.cache(functools.partial(convert, TEXT))
    # Made beforehand: the first to ask would pay for all the recordings.
    for name in CLASSES:
        page(f"::: class {name}")
    page("::: lookup")
    return page


def cells_of(row):
    return [said(cell) for cell in row]


def cells(table):
    """The cells of a table's body, as texts."""
    return list(map(cells_of, table.find("tbody")))


def tables(found, kind):
    return [row for each in found.all("table", kind) for row in cells(each)]


def first(cell):
    """What a cell says first; the remarks below it are left out."""
    return cell.split()[0]


# Every class has its place


@pytest.mark.parametrize("name", CLASSES)
def test_every_public_class_has_a_page_that_can_be_reached(name):
    path = ROOT / "docs" / "en" / "classes" / f"{name}.md"
    assert f"::: class {name}\n" in path.read_text(encoding="utf-8")
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert f"- {name}: classes/{name}.md\n" in nav


def test_no_page_is_about_a_class_that_is_gone():
    pages = {path.stem for path in ROOT.glob("docs/en/classes/*.md")}
    assert pages - {"index"} == set(CLASSES)


def test_the_public_classes_are_those_of_the_original_and_more():
    theirs = {n for n in socketserver.__all__ if hasattr(mini, n)}
    assert theirs <= set(CLASSES)


def test_an_unknown_class_stops_the_build(page):
    for directive in ("::: class Nobody", "::: family _Doorbell"):
        with pytest.raises(PageError, match="no public class is called"):
            page(directive)


# The picture


def boxes(found):
    (svg,) = found.all("svg", "kin-tree")
    return {said(box): box for box in svg.iter("foreignObject")}


def test_the_picture_links_every_class_to_its_page(page):
    links = boxes(page("::: family"))
    assert set(links) == set(CLASSES)
    for name, box in links.items():
        assert box.find("a").get("href") == f"/classes/{name}.md"


def test_the_picture_can_show_what_the_original_has(page):
    shown = set(boxes(page("::: family socketserver")))
    assert shown >= {n for n in socketserver.__all__ if hasattr(mini, n)}
    assert shown - set(vars(socketserver)) <= {
        "ForkingUnixStreamServer",  # since 3.12 only
        "ForkingUnixDatagramServer",
    }


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork: fewer classes")
def test_the_numbers_of_classes_are_those_of_the_pictures(page):
    figures = page("::: figures").texts("li")
    assert f"{len(boxes(page('::: family')))} public classes" in figures
    shown = set(boxes(page("::: family socketserver")))
    index = (ROOT / "docs" / "en" / "classes" / "index.md").read_text("utf-8")
    assert "Eighteen of them are CPython's" in index
    assert len(shown) == 18
    assert "two of these since Python 3.12" in index
    missing = 0 if sys.version_info >= (3, 12) else 2
    assert len(shown - set(vars(socketserver))) == missing


def test_the_picture_has_a_line_for_every_parent(page):
    (svg,) = page("::: family").all("svg", "kin-tree")
    parents = sum(len(KIN.parents(cls)) for cls in KIN.public.values())
    assert len(list(svg.iter("path"))) == parents


def test_no_two_boxes_of_the_picture_touch(page):
    places = []
    for box in boxes(page("::: family")).values():
        x, y, w, h = (
            float(box.get(key)) for key in ("x", "y", "width", "height")
        )
        places.append((x, y, x + w, y + h))
    for number, (left, top, right, bottom) in enumerate(places):
        for x, y, end, foot in places[:number]:
            assert right < x or end < left or bottom < y or foot < top


@pytest.mark.parametrize("name", CLASSES)
def test_the_small_picture_shows_where_you_are(page, name):
    links = boxes(page(f"::: family {name}"))
    marked = [
        each
        for each, box in links.items()
        if box.find("a").get("aria-current")
    ]
    assert marked == [name]
    cls = KIN.public[name]
    kin = [*KIN.line(cls), *KIN.heirs(cls)]
    assert {each.__name__ for each in kin} <= set(links)


def test_only_a_class_page_says_that_it_is_about_the_class(page):
    here, there = page("::: class TCPServer"), page("::: family TCPServer")
    for found, about, mark, current in (
        (here, "page", "you are here", "page"),
        (there, "passage", "this passage is about it", "true"),
    ):
        (caption,) = found.texts("figcaption")
        assert caption.endswith(f"the one that this {about} is about.")
        marked = [text for text in found.texts("li") if text.endswith(")")]
        assert marked == [f"TCPServer, child of BaseServer ({mark})"]
        link = boxes(found)["TCPServer"].find("a")
        assert link.get("aria-current") == current


def test_the_picture_is_told_in_words_as_well(page):
    words = page("::: family").texts("li")
    assert "ThreadingTCPServer, child of ThreadingMixIn and TCPServer" in words
    assert len(words) == len(CLASSES)


# A page per class


@pytest.mark.parametrize("name", CLASSES)
def test_the_line_is_the_method_resolution_order(page, name):
    (line,) = page(f"::: class {name}").all("ol", "kin-line")
    shown = [first(said(each)).strip(",") for each in line]
    assert shown == [each.__name__ for each in KIN.public[name].__mro__]


@pytest.mark.parametrize("name", CLASSES)
def test_every_method_is_listed_once_with_its_supplier(page, name):
    cls = KIN.public[name]
    rows = tables(page(f"::: class {name}"), "kin-methods")
    listed = [first(row[0]) for row in rows]
    assert sorted(listed) == sorted(KIN.methods(cls))
    for method, row in zip(listed, rows, strict=True):
        if not re.fullmatch(r"__\w+(?<!__)", method):
            found = getattr(cls, method)
            found = getattr(found, "fget", found)  # a property's function
            owner = found.__qualname__.split(".")[0]
            assert first(row[1]) == ("itself" if owner == name else owner)


def test_a_method_tells_whom_it_hides_and_calls(page):
    rows = tables(page("::: class ThreadingTCPServer"), "kin-methods")
    (row,) = [row for row in rows if first(row[0]) == "server_close"]
    assert row[1:] == [
        "ThreadingMixIn",
        "TCPServer and BaseServer",
        "TCPServer",
        "for callers in the main thread",
    ]
    (row,) = [row for row in rows if first(row[0]) == "process_request"]
    assert row[1:] == [
        "ThreadingMixIn",
        "BaseServer",
        "",
        "may be overridden in the loop's thread",
    ]


def test_a_constructor_that_calls_by_name_says_so(page):
    rows = tables(page("::: class TCPServer"), "kin-methods")
    (row,) = [row for row in rows if first(row[0]) == "__init__"]
    assert row[3] == "BaseServer, by name"


def test_attributes_have_default_owner_and_overriders(page):
    rows = tables(page("::: class TCPServer"), "kin-attributes")
    by_name = {row[0]: row[1:] for row in rows}
    default, owner, hides, over = by_name["address_family"]
    assert (default, owner, hides) == ("socket.AF_INET", "itself", "")
    assert over == "UnixStreamServer and UnixDatagramServer"
    assert by_name["timeout"][1] == "BaseServer"
    assert "ForkingMixIn" in by_name["timeout"][3]


def test_a_default_that_differs_from_the_originals_is_marked(page):
    rows = tables(page("::: class TCPServer"), "kin-attributes")
    (default,) = [r[1] for r in rows if r[0] == "request_queue_size"]
    theirs = socketserver.TCPServer.request_queue_size
    mark = f"{original.INTERPRETER}: {theirs}"
    differs = theirs != mini.TCPServer.request_queue_size
    assert (mark in default) == differs


def test_what_the_original_lacks_is_marked(page):
    rows = tables(page("::: class BaseServer"), "kin-methods")
    (row,) = [row for row in rows if "__listen_and_hear" in row[0]]
    assert row[1] == f"itself not in {original.INTERPRETER}"


def test_what_the_constructors_set_is_listed(page):
    said_of = page("::: class UDPServer").texts("li")
    assert "socket, set by TCPServer.__init__" in said_of
    assert "server_address, set by BaseServer.__init__" in said_of


def test_what_a_class_only_promises_is_said(page):
    texts = page("::: class BaseServer").texts("p")
    (promised,) = [text for text in texts if text.startswith("Only promised")]
    assert "fileno and get_request" in promised
    texts = page("::: class TCPServer").texts("p")
    assert not [text for text in texts if text.startswith("Only promised")]


def test_the_page_brings_the_text_and_the_original(page):
    found = page("::: class UnixStreamServer")
    code = "\n".join(code for _, code in found.rows())
    assert "address_family = socket.AF_UNIX" in code
    assert found.all("details", "text-original")


# The order


def names_below(found, anchor):
    """The methods of the table that follows a heading."""
    every = list(found.root)
    heading = found.by_id(anchor)
    below = every[every.index(heading) + 1 :]
    rows = next(each for each in below if each.tag == "table")
    return [first(row[0]) for row in cells(rows)]


@pytest.mark.parametrize("phase", ["request", "start", "stop"])
def test_methods_come_in_the_order_of_the_recording(page, phase):
    calls = [
        call.name
        for call in xray.calls("threading-tcp")
        if call.cls == "ThreadingTCPServer" and call.phase == phase
    ]
    shown = names_below(page("::: class ThreadingTCPServer"), phase)
    assert shown == list(dict.fromkeys(calls))


def test_what_only_another_case_calls_is_told_with_the_case(page):
    found = page("::: class TCPServer")
    assert names_below(found, "elsewhere") == [
        "handle_timeout",
        "handle_error",
    ]
    assert "case: The handler raises an exception" in said(found.root)
    assert names_below(found, "never") == ["handle_request"]


def headings(found):
    return {each.get("id") for each in found.root.iter("h3")}


@pytest.fixture(scope="module")
def taken():
    """All names that the text takes from an object: calls, or hands over."""
    return {
        node.attr
        for path in TEXT.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
    }


@pytest.mark.parametrize("name", CLASSES)
def test_no_method_that_is_never_called_is_called_in_the_text(
    page, taken, name
):
    found = page(f"::: class {name}")
    never = "never" in headings(found) and names_below(found, "never")
    assert not taken & set(never or ())


def test_a_mix_in_knows_the_cases_of_what_it_is_mixed_with(page):
    found = page("::: class ForkingMixIn")
    assert names_below(found, "elsewhere") == ["handle_timeout"]
    rows = tables(found, "kin-methods")
    (role,) = [row[4] for row in rows if first(row[0]) == "handle_timeout"]
    assert role.endswith("case: handle_request waits in vain")


def test_what_no_recording_has_is_told_with_its_callers(page):
    rows = tables(page("::: class Hub"), "kin-methods")
    roles = {first(row[0]): row[4] for row in rows}
    assert roles["_ask"] == "machinery called by Hub._hear"
    assert roles["_call"] == "machinery called by Hub.subscribe and Hub._ask"
    assert roles["declare"] == "for callers"


def test_what_is_called_of_another_object_is_only_perhaps_a_call():
    sure, _ = callers(KIN, KIN.public["Subscription"], "get")
    assert [use.qualname for use in sure] == ["Subscription.__next__"]
    sure, perhaps = callers(KIN, KIN.public["Hub"], "get")
    assert sure == []
    assert ("Hub.unsubscribe", "table") in {
        (use.qualname, use.whom) for use in perhaps
    }


@pytest.mark.parametrize("name", CLASSES)
def test_what_stands_further_in_is_called_by_what_stands_above(page, name):
    cls = KIN.public[name]
    recorded = order(cls, KIN.methods(cls))
    for table in page(f"::: class {name}").all("table", "kin-methods"):
        above = []
        for row in table.find("tbody"):
            (cell, *_), (inside, *_) = cells_of(row), row.find("th")
            depth = int((inside.get("style") or ": 0").split(":")[1])
            assert depth <= len(above)
            above = above[:depth]
            if above:
                assert above[-1] in recorded.above[first(cell)]
            above.append(first(cell))


def test_whose_caller_is_in_another_table_stands_at_the_edge():
    above = {"b": ["x"], "c": ["x", "b"], "d": ["x"], "e": ["a", "d"]}
    assert depths(["b", "c", "d", "e"], above) == [0, 1, 0, 1]


def test_a_class_that_nobody_recorded_borrows_from_its_relative(page):
    (sentence,) = [
        text
        for text in page("::: class ForkingUnixStreamServer").texts("p")
        if text.startswith("The order")
    ]
    assert "of its relative ForkingTCPServer" in sentence


def test_a_method_tells_in_which_processes_it_runs(page):
    rows = tables(page("::: class ForkingTCPServer"), "kin-methods")
    (role,) = [row[4] for row in rows if first(row[0]) == "close_request"]
    assert role.endswith("in the loop's thread and in a process of its own")


# Mix-ins


@pytest.mark.parametrize("mixin", KIN.mixins)
def test_the_hooks_before_and_after_are_those_of_made_classes(page, mixin):
    server = KIN.behind(mixin)
    rows = tables(page(f"::: class {mixin.__name__}"), "kin-mixing")
    made = [
        server,
        type("Mixed", (mixin, server), {}),
        type("Swapped", (server, mixin), {}),
    ]
    assert rows
    for name, *suppliers in rows:
        owners = [search(cls, name).owner for cls in made]
        names = [owner.__name__ if owner else "nobody" for owner in owners]
        assert list(map(first, suppliers)) == names


@pytest.mark.parametrize("mixin", KIN.mixins)
def test_the_private_names_of_a_mix_in_are_folded(page, mixin):
    found = page(f"::: class {mixin.__name__}")
    names = {row[0] for row in tables(found, "kin-mixing")}
    private = {n for n in names if n.startswith("_") and not n.endswith("__")}
    folded = {
        row[0]
        for fold in found.all("details", "kin-more")
        for row in cells(fold.find("table"))
    }
    assert folded == private
    methods = {*KIN.methods(mixin), *KIN.attributes(mixin)}
    assert names == methods


def test_the_bases_swapped_say_what_is_lost(page):
    texts = page("::: class ThreadingMixIn").texts("p")
    (verdict,) = [text for text in texts if "Swapped" in text]
    assert "keeps server_close and process_request:" in verdict
    assert "Still the mix-in's: process_request_thread" in verdict


# The lookup


def test_the_lookup_has_every_method_of_every_class(page):
    found = page("::: lookup")
    names = found.texts("h2", "lookup-name")
    told = {
        (name, first(row[0])): row[1:]
        for name, table in zip(
            names, found.all("table", "lookup-table"), strict=True
        )
        for row in cells(table)
    }
    for cls in KIN.public.values():
        for name in KIN.methods(cls):
            owner = search(cls, name).owner
            target, _ = told[name, cls.__name__]
            assert target == f"{owner.__name__}.{name}"
    assert told["process_request", "ThreadingTCPServer"][1] == (
        "ThreadingTCPServer lacks it, and ThreadingMixIn is next in line; "
        "BaseServer.process_request is hidden behind"
    )
    assert told["server_close", "ForkingUDPServer"][1].endswith(
        "are hidden behind, and TCPServer.server_close is called by super()"
    )
    assert told["get_request", "BaseServer"] == [
        "nothing",
        "nobody in the line has it; it is left to a child to write",
    ]


def test_the_lookup_can_be_asked_for_every_name_and_class(page):
    found = page("::: lookup")
    (form,) = found.all("form", "lookup-filter")
    assert form.get("hidden") is not None  # until the script shows it
    lists = [
        {option.get("value") for option in each.iter("option")}
        for each in form.iter("datalist")
    ]
    assert lists == [set(found.texts("h2", "lookup-name")), set(CLASSES)]


# The walk


def test_the_walk_is_the_recorded_request(page):
    steps = page("::: walk tcp").all("ol", "walk-steps")[0]
    shown = [first(said(step)) for step in steps]
    calls = xray.calls("tcp", phase="request")
    expected = [call.name for call in calls if call.supplier[0] != "_"]
    assert shown == expected
    assert steps.get("style") == f"--count: {len(expected)}"


def test_a_walk_that_nobody_recorded_stops_the_build(page):
    with pytest.raises(PageError, match="There is no scenario 'nowhere'"):
        page("::: walk nowhere")
