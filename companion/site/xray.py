"""`::: xray`, `::: xrays`, `::: scenario`, `::: who-next`.

What the player and the game show is written as the page is built; their
scripts find it in the page. Without a script there is the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from companion import xray as recorder
from companion.xray import quiz
from companion.xray.listing import Listing
from companion.xray.player import Player
from companion.xray.recording import Recording
from companion.xray.words import MODULE

from .markup import block, code_block
from .page import Page

# The data of a player in a finished page; they have no `<` in them.
DATA = re.compile(
    r'<script type="application/json">{"name":"([^"]+)"[^<]*</script>'
)

# Elements of our own that hold blocks; Markdown has to be told.
ELEMENTS = ("xray-player", "who-next")


def one(page: Page, name: str) -> Iterator[str]:
    """Yield the player of a scenario, with its text twin."""
    recording = _load(page, name)
    player = _player(recording, is_first=page.claim("steps"))
    inside = f"{page.stash(player.html())}\n\n{_index(recording)}"
    yield block("xray-player", "", inside)


def refilled(content: str, known: dict[str, str]) -> str:
    """Return a finished page whose players show the text as it is now.

    Comments and the numbers of lines stand in the data of a player alone.
    `known` has the data that were made for another page.
    """

    def data(found: re.Match[str]) -> str:
        name = found[1]
        if name not in known:
            known[name] = _player(recorder.load(name)).script()
        return known[name]

    return DATA.sub(data, content)


def every(page: Page) -> Iterator[str]:
    """Yield all scenarios: what each teaches, and its tracks."""
    for name in recorder.SCENARIOS:
        recording = _load(page, name)
        link = f"[{recording.title}](/xray/{name}.md)"
        counted = (
            f"{_count(len(recording.rows), 'step')}, "
            f"{_count(len(recording.lanes), 'lane')}"
        )
        yield f"## {link} {{ #{name} }}"
        yield recording.teaches
        yield block("p", "text-aside", counted)
        yield page.stash(_player(recording).tracks())


def scenario(page: Page, name: str) -> Iterator[str]:
    """Yield what a scenario teaches, and its script, folded."""
    recording = _load(page, name)
    lead, _, rest = recording.teaches.partition("\n\n")
    yield block("p", "text-lead", lead)
    yield rest
    script = recorder.script(name).read_text(encoding="utf-8")
    yield (
        '<details class="text-original" markdown="1"><summary>The script, '
        f"{len(script.splitlines())} lines; recorded with Python "
        f"{recording.python}</summary>\n\n"
        f"{page.stash(code_block(script, 1))}\n\n</details>\n"
    )


def who_next(page: Page, name: str) -> Iterator[str]:
    """Yield the game: questions, options, and folded answers."""
    recording = _load(page, name)
    asked = quiz.ask(recording, _listing(recording))
    if not asked:
        raise page.error(f"there is nothing to ask about `{name}`.")
    items = (
        _question(number, each, f"/xray/{name}.md#{name}-step-{each.step}")
        for number, each in enumerate(asked, 1)
    )
    yield block("who-next", "", "\n\n".join(items))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + "s" * (number != 1)


def _question(number: int, each: quiz.Question, link: str) -> str:
    """Return a question; its options and their reasons go in step."""
    options = "\n".join(f"- {option.text}" for option in each.options)
    reasons = "\n".join(
        f"- {'**Right:** ' if option.right else ''}"
        f"{option.text}: {option.reason}"
        for option in each.options
    )
    right = str([option.right for option in each.options].index(True) + 1)
    answer = (
        '<details class="text-original who-answer" markdown="1">'
        "<summary>The answer</summary>\n\n"
        f"{reasons}\n\n[Step {each.step} in the X-ray]({link})\n\n</details>"
    )
    asked = [
        f"**{number}.** {each.situation}",
        each.prompt,
        block("div", "who-options", options),
        answer,
    ]
    return block("div", "who-question", "\n\n".join(asked), data_right=right)


def _index(recording: Recording) -> str:
    """List the methods that run; the page links them, and so the player."""
    symbols = [
        f"`{each.symbol}`"
        for each in recording.functions
        if each.symbol != MODULE
    ]
    return (
        '<details class="text-original xray-index" markdown="1">'
        "<summary>What runs here</summary>\n\n"
        f"{', '.join(dict.fromkeys(symbols))}\n\n</details>"
    )


def _player(recording: Recording, *, is_first: bool = False) -> Player:
    return Player(recording, _listing(recording), is_first=is_first)


def _listing(recording: Recording) -> Listing:
    return Listing(recording, recorder.script(recording.name))


def _load(page: Page, name: str) -> Recording:
    try:
        return recorder.load(name)
    except recorder.RecordingError as error:
        raise page.error(error) from None
