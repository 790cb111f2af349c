"""`::: sequence NAME`: a recorded run in one picture, and in words."""

from __future__ import annotations

from collections.abc import Iterator

from companion import xray
from companion.xray.sequence import Sequence

from .markup import element, spans
from .page import Page


def sequence(page: Page, name: str) -> Iterator[str]:
    """Yield the picture of a scenario's recording, and its twin in words."""
    try:
        recording = xray.load(name)
    except xray.RecordingError as error:
        raise page.error(error) from None
    picture = Sequence(recording)
    yield page.stash(
        element(
            "figure",
            element(
                "div",
                picture.drawn(),
                class_="seq-scroll",
                # What scrolls must be reached by keyboard as well.
                tabindex="0",
                role="region",
                aria_label=picture.title,
            ),
            element(
                "figcaption",
                *spans(
                    f"{recording.heading} As recorded: time runs down, an "
                    "arrow leads to what it made possible. The paler name is "
                    "the class that supplied the method."
                ),
            ),
            class_="seq-picture",
            data_search_exclude="",
        )
    )
    lines = (
        element("li", element("b", lane), f": {words}.")
        for lane, words in picture.words()
    )
    yield page.stash(
        element(
            "details",
            element("summary", "The picture in words"),
            element("ol", *lines),
            class_="kin-words seq-words",
            data_search_exclude="",
        )
    )
