"""`::: walk NAME`: a recorded request on its way, from method to method.

The walk is a list that can be read; the style sheet lets a bar of light move
down it, a step for each call. Who wants less motion gets the list alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from companion import xray
from companion.xray.calls import Call

from .kin import Kin
from .markup import element, link, spans
from .page import Page
from .reasons import text_of


def walk(host: Page, name: str) -> Iterator[str]:
    """Yield the calls between a client's knock and the end of its request."""
    kin = Kin.of(host.library)
    try:
        calls = xray.calls(name, phase="request")
    except xray.RecordingError as error:
        raise host.error(error) from None
    steps = [
        _step(kin, call, calls) for call in calls if call.supplier[0] != "_"
    ]
    pause = element("input", type="checkbox")
    yield host.stash(
        element(
            "figure",
            element(
                "ol",
                *steps,
                class_="walk-steps",
                style=f"--count: {len(steps)}",
            ),
            element("label", pause, " Pause", class_="walk-pause"),
            element(
                "figcaption",
                *spans(
                    f"{xray.load(name).heading} As recorded: each call on the "
                    "server's side, in its order, and the class that supplied "
                    "it."
                ),
            ),
            class_="walk",
            data_search_exclude="",
        )
    )


def _step(kin: Kin, call: Call, calls: tuple[Call, ...]) -> Element:
    """Return a call: the method, and whose it is."""
    supplier = kin.public.get(call.supplier)
    said: str | Element = call.name
    if supplier:
        said = link(text_of(kin, supplier, call.name), call.name)
    least = min(each.depth for each in calls)
    return element(
        "li",
        element("span", said, class_="walk-name"),
        " ",
        element("small", call.supplier if supplier else "your handler"),
        style=f"--depth: {call.depth - least}",
    )
