"""Do the two implementations do the same? Their recordings, side by side.

Compared is what a user of the module could see, lane by lane: public methods,
the classes that supply them, their results, and all acts. How a method does
its work, with which lines and helpers, is its own affair.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from .recording import Act, Recording, Step

# What is done otherwise than the original does it, and the difference that
# declares it in the text, by scenario.
DECLARED: dict[str, dict[str, str]] = {
    "forking-tcp": {
        "loop: + call ForkingTCPServer ForkingMixIn.collect_children": (
            "collects-without-loop"
        ),
        "loop: + return ForkingMixIn.collect_children None": (
            "collects-without-loop"
        ),
    },
}


def differences(mini: Recording, original: Recording) -> list[str]:
    """List what only one of the two does: `lane: + what` if the mini does."""
    ours, theirs = outline(mini), outline(original)
    return [
        f"{lane}: {line[0]} {line[2:]}"
        for lane in sorted({*ours, *theirs})
        for line in difflib.ndiff(theirs.get(lane, []), ours.get(lane, []))
        if line[0] in "+-"
    ]


def outline(recording: Recording) -> dict[str, list[str]]:
    """Return what can be seen from outside, by lane."""
    private = {
        step.number
        for step in recording.steps()
        if step.event == "call" and _is_private(step)
    }
    seen: dict[str, list[str]] = {}
    for step in recording.steps():
        if step.stack and step.stack[-1] in private and step.event != "act":
            continue
        seen.setdefault(step.lane, []).extend(_told(step))
    return seen


def _is_private(step: Step) -> bool:
    """Tell whether a call is none of a user's business."""
    function = step.function
    if not function or not step.cls:
        return True
    if function.name.startswith("__") and function.name.endswith("__"):
        return function.supplier.startswith("_")
    return function.name.startswith("_") or function.supplier.startswith("_")


def _told(step: Step) -> Iterator[str]:
    function = step.function
    if step.act:
        if not _is_machinery(step.act):
            yield f"act {' '.join(filter(None, step.act))}"
    elif function and step.event == "call":
        yield f"call {step.cls} {function.symbol}"
    elif function and step.event in ("return", "leave"):
        result = step.error if step.event == "leave" else step.value
        yield f"{step.event} {function.symbol} {result}"


def _is_machinery(act: Act) -> bool:
    """Tell whether an act is how `wakes-at-once` is done, or a mere sleep."""
    return act.what == "select" or act.on.startswith("bell")
