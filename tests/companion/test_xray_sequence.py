"""The picture of a recording says what the recording says, also in words."""

import sys
from xml.etree.ElementTree import fromstring

import pytest

pytest.importorskip("markdown", reason="the site's packages are not here")

from companion import xray
from companion.site.errors import PageError
from companion.text import TEXT
from companion.xray.moments import moments
from companion.xray.sequence import Sequence, draw

from .test_site import convert, said

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        sys.platform == "win32", reason="scenarios need fork and Unix sockets"
    ),
]

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(params=xray.SCENARIOS)
def recording(request):
    return xray.load(request.param)


def test_every_moment_has_its_label_and_its_words(recording):
    picture = fromstring(draw(recording))
    labels = {
        int(label.get("data-step")): "".join(label.itertext())
        for label in picture.iter(f"{SVG}text")
        if label.get("data-step")
    }
    told = moments(recording)
    assert [*labels] == [moment.step.number for moment in told]
    words = [*Sequence(recording).words()]
    assert len(words) == len(told)
    for moment, (lane, sentence) in zip(told, words, strict=True):
        assert lane == moment.step.lane
        assert moment.text in sentence
        assert labels[moment.step.number].startswith(moment.text)
        if moment.kind == "call":
            assert labels[moment.step.number].endswith(moment.supplier)


def test_the_picture_has_a_title_and_a_description(recording):
    picture = fromstring(draw(recording))
    named = picture.get("aria-labelledby").split()
    texts = [
        each.text for each in picture.iter() if each.get("id") in set(named)
    ]
    assert len(texts) == 2
    assert all(texts)
    assert recording.title.replace("`", "") in texts[0]


def test_no_label_leaves_the_picture(recording):
    sequence = Sequence(recording)
    wide, high = sequence.size
    for moment in sequence.moments:
        column = sequence.columns[moment.step.lane]
        assert column.left + column.wide <= wide
    for label in fromstring(draw(recording)).iter(f"{SVG}text"):
        assert 0 < float(label.get("y")) < high


def test_an_arrow_leads_from_a_client_to_whoever_accepts_it():
    sequence = Sequence(xray.load("tcp"))
    pairs = {(cause.text, effect.text) for cause, effect in sequence._arrows()}
    assert {
        ("starts loop", "serve_forever"),
        ("connects", "accepts the client"),
        ("sends 'hello\\n'", "receives 'hello\\n'"),
        ("says goodbye", "hears the end"),
        ("sets __is_shut_down", "has waited for __is_shut_down"),
    } <= pairs


def test_hooks_are_shown_and_helpers_are_not():
    texts = [moment.text for moment in moments(xray.load("tcp"))]
    assert "process_request" in texts
    assert "Upper(…)" in texts
    assert not {"_handle_request_noblock", "fileno", "ring"} & {*texts}


def test_a_call_that_never_ends_is_drawn_open():
    picture = fromstring(draw(xray.load("shutdown-deadlock")))
    kinds = {path.get("class") for path in picture.iter(f"{SVG}path")}
    assert "seq-bar seq-open" in kinds


def test_the_directive_puts_picture_and_words_on_the_page():
    page = convert(TEXT, "::: sequence tcp")
    (words,) = page.all("details", "seq-words")
    lines = [said(line) for line in words.find("ol")]
    assert len(lines) == len(moments(xray.load("tcp")))
    assert page.all("svg", "seq")


def test_code_in_a_caption_is_set_as_code():
    page = convert(TEXT, "::: sequence shutdown-deadlock")
    (caption,) = page.root.iter("figcaption")
    assert [each.text for each in caption.iter("code")] == ["shutdown"]
    assert "`" not in said(caption)


def test_a_page_that_asks_for_an_unknown_scenario_is_refused():
    with pytest.raises(PageError, match="no scenario 'nope'"):
        convert(TEXT, "::: sequence nope")
