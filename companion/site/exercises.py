"""`::: exercises` and `::: museum`: what there is to do, and to diagnose.

Both are read from `tests/exercises/`, each time the site is built. The museum
shows a mistake as one meets it: the symptom first, folded behind it what is
wrong and why. The code of a mistake is shown, its cure is not: that would be
the solution of an exercise.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from itertools import groupby

from companion.practise import format as files
from companion.practise.blanks import written
from companion.practise.format import Catch, Exercise, Mistake, Predict

from .examples import titled
from .guide import TITLE, is_page
from .markup import block, colour
from .page import Page

KINDS = {
    "predict": "Predict",
    "fill": "Fill",
    "catch": "Catch",
    "whole": "The whole",
}


def exercises(page: Page) -> Iterator[str]:
    """Yield all exercises, by chapter."""
    found = _read(page)
    mistakes = sum(len(each.mistakes) for each in found)
    yield (
        f"There are {len(found)} exercises, and {mistakes} mistakes that they "
        f"know by name."
    )
    for slug, members in groupby(found, _slug):
        yield from _heading(slug)
        for each in members:
            name = each.id.partition("/")[2]
            yield block(
                "div",
                "exercise",
                f"**{each.title}**\n\n"
                f"{KINDS[each.kind]}, difficulty {each.difficulty} of 5. "
                f"It teaches: {each.teaches}.\n\n"
                f"`python3 -m companion practise watch {name}`",
                id=name,
            )


def museum(page: Page) -> Iterator[str]:
    """Yield every known mistake, its symptom first, below a jump list."""
    found = [each for each in _read(page) if each.mistakes]
    slugs = dict.fromkeys(map(_slug, found))
    yield "\n".join(f"- [{_title(slug)}](#{slug})" for slug in slugs)
    for slug, members in groupby(found, _slug):
        yield from _heading(slug)
        for each in members:
            for mistake in each.mistakes:
                yield _exhibit(page, each, mistake)


def _exhibit(page: Page, exercise: Exercise, mistake: Mistake) -> str:
    """Return a mistake: what one sees, and folded what is wrong."""
    name = exercise.id.partition("/")[2]
    parts = [
        f"**{mistake.name}.** {mistake.reason}",
        *_shown(page, exercise, mistake),
        f"It is known to the exercise [{exercise.title}](index.md#{name}).",
    ]
    body = textwrap.indent("\n\n".join(parts), "    ")
    return f'??? check "{mistake.symptom}"\n\n{body}\n'


def _shown(page: Page, exercise: Exercise, mistake: Mistake) -> Iterator[str]:
    """Yield the mistake itself, as code, where it shows something."""
    if isinstance(exercise, Predict):
        asked = exercise.promises()[mistake.fails]
        yield f"To the question “{asked}” it answers {_code(mistake.answer)}."
        return
    code = [textwrap.dedent(new).strip() for _, new in mistake.edits]
    code = [each for each in code if each and each != "pass"]
    if code and not isinstance(exercise, Catch):
        shown = colour("\n...\n".join(code))
        yield page.stash(titled("The mistake", shown, ""))


def _code(value: object) -> str:
    return f"`{written(value)}`"


def _heading(slug: str) -> Iterator[str]:
    """Yield the heading of a chapter, and a way to its page."""
    title = _title(slug)
    yield block("h2", "", title, id=slug)
    if is_page(f"guide/{slug}.md"):
        _, _, name = title.partition(". ")
        yield f"The chapter: [{name}](/guide/{slug}.md)."


def _title(slug: str) -> str:
    """Return the number and the title of a chapter."""
    number, _, name = slug.partition("-")
    title = name.capitalize()
    if is_page(f"guide/{slug}.md"):
        text = (files.ROOT / "docs/en/guide" / f"{slug}.md").read_text("utf-8")
        found = TITLE.search(text)
        title = found[1] if found else title
    return f"{number.lstrip('0')}. {title}"


def _slug(exercise: Exercise) -> str:
    """Return the chapter as pages write it."""
    return exercise.chapter.replace("_", "-", 1)


def _read(page: Page) -> list[Exercise]:
    try:
        return files.read_all()
    except files.ExerciseError as error:
        raise page.error(error) from None
