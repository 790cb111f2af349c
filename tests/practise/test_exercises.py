"""Each exercise is well made, and so are all of them together."""

from collections import Counter

import pytest

from companion.practise import author
from companion.practise import format as exercises

PATHS = exercises.paths()


def short(path):
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS, ids=short)
def test_an_exercise_is_well_made(path, judge):
    found = list(author.faults(exercises.read(path), judge))
    assert not found, "\n".join([short(path), *found])


def test_there_are_exercises_of_each_kind(every_exercise):
    kinds = Counter(each.kind for each in every_exercise)
    assert set(kinds) == {"predict", "fill", "catch", "whole"}, kinds
    assert kinds["whole"] == 1


def test_no_two_exercises_have_the_same_name(every_exercise):
    names = Counter(each.id for each in every_exercise)
    assert [name for name, times in names.items() if times > 1] == []


def test_each_mistake_has_a_message_of_its_own(every_exercise):
    names = Counter(
        mistake.name for each in every_exercise for mistake in each.mistakes
    )
    assert [name for name, times in names.items() if times > 1] == []
