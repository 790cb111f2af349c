"""The picture that others show of a page that is shared."""

import io

import pytest

Image = pytest.importorskip("PIL.Image", reason="the site's packages")

from companion.site import card  # noqa: E402
from companion.site.kin import Kin  # noqa: E402
from companion.site.library import Library  # noqa: E402
from companion.text import TEXT  # noqa: E402


@pytest.fixture(scope="module")
def drawn():
    """Draw the picture with some words in it."""
    kin = Kin.of(Library.read(TEXT))
    return lambda words: Image.open(io.BytesIO(card.draw(kin, words)))


def test_it_has_the_size_that_is_asked_for_and_the_same_content_each_time(
    drawn,
):
    first, again = drawn("Some words"), drawn("Some words")
    assert first.format == "PNG"
    assert first.size == card.SIZE
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != drawn("Other words").tobytes()


def test_nothing_of_it_touches_the_edge(drawn):
    wide, high = card.SIZE
    picture = drawn("Python's socketserver, read line by line")
    paper = picture.getpixel((0, high - 1))
    inner = picture.crop((0, 19, wide, high))
    box = Image.eval(
        inner.convert("L"), lambda grey: 255 * (grey < 250)
    ).getbbox()
    assert paper == (254, 253, 250)
    assert box[0] >= card.MARGIN - 4
    assert box[2] <= wide - card.MARGIN + 4
    assert box[3] <= high - 19 - card.MARGIN + 4
