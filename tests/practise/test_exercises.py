"""Each exercise is well made, and so are all of them together."""

import dataclasses
from collections import Counter

import pytest

from companion.practise import atlas, author, blanks, weaken
from companion.practise import format as exercises

PATHS = exercises.paths()
FILLS = [path for path in PATHS if "= Fill(" in path.read_text("utf-8")]
CATCHES = [path for path in PATHS if "= Catch(" in path.read_text("utf-8")]


def short(path):
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS, ids=short)
def test_an_exercise_is_well_made(path, judge):
    found = list(author.faults(exercises.read(path), judge))
    assert not found, "\n".join([short(path), *found])


# All of them take minutes: `practise weaken` does that.
@pytest.mark.slow
@pytest.mark.parametrize("path", FILLS[::3], ids=short)
def test_a_fill_asks_for_each_line_of_its_solution(path, judge):
    found = list(weaken.faults(exercises.read(path), judge))
    assert not found, "\n".join([short(path), *found])


@pytest.mark.slow
@pytest.mark.parametrize("path", CATCHES, ids=short)
def test_a_catch_has_a_plant_for_each_assertion(path, judge):
    found = list(weaken.faults(exercises.read(path), judge))
    assert not found, "\n".join([short(path), *found])


def test_a_fill_names_the_helpers_that_nobody_could_guess():
    (path,) = (each for each in FILLS if "thread_per_request" in each.name)
    for level in blanks.LEVELS:
        told = blanks.shipped(exercises.read(path), level)
        for name in ("self._threads", "_Threads", "self.block_on_close"):
            assert f"`{name}`" in told, (level, name)
        assert "self.handle_error" not in told, "to choose it is the task"


def test_a_fill_names_no_helper_twice_nor_what_it_asks_for():
    (path,) = (each for each in FILLS if "datagrams" in each.name)
    fill = exercises.read(path)
    assert blanks.helpers(fill.symbols) == ("self.socket",)
    (path,) = (each for each in FILLS if "a_life" in each.name)
    assert "What is there" not in blanks.shipped(exercises.read(path))


@pytest.mark.slow
def test_each_file_says_by_what_it_is_checked(every_exercise):
    for each in every_exercise:
        told = blanks.shipped(each)
        assert "Checked by `python3 -m companion practise`" in told, each.id
        marks = [mark for mark in blanks.MARKS if mark in told]
        if each.kind == "fill":
            for mark in marks:
                assert blanks.MARKS[mark][:20] in told, (each.id, mark)
        assert max(map(len, told.partition('"""\n\n')[0].splitlines())) < 80


def test_each_statement_is_taken_out_once():
    code = "def f():\n    if a:\n        return 1\n    return 1\n"
    left = dict(weaken.without_one(code))
    assert left == {
        "if a:": "def f():\n    pass\n    return 1\n",
        "return 1 #1": "def f():\n    if a:\n        pass\n    return 1\n",
        "return 1 #2": "def f():\n    if a:\n        return 1\n    pass\n",
    }


@pytest.mark.slow
def test_a_statement_that_no_promise_needs_is_told(judge, tmp_path):
    (path,) = (each for each in FILLS if "datagrams" in each.name)
    source = path.read_text("utf-8")
    name = "promise_has_settings_of_its_own"
    assert name in source
    poorer = tmp_path / "04_sockets" / path.name
    poorer.parent.mkdir()
    poorer.write_text(source.replace(name, "unasked"), "utf-8")
    fill = exercises.read(poorer)
    found = [*weaken.faults(fill, judge)]
    assert [each.rpartition(": ")[2] for each in found] == [
        "allow_reuse_address = False",
        "allow_reuse_port = False",
    ]
    why = dict.fromkeys(("allow_reuse_address = False", "data"), "why")
    excused = dataclasses.replace(fill, survives=why, path=poorer)
    object.__setattr__(excused, "module", fill.module)
    told = [*weaken.faults(excused, judge)]
    assert [each.rpartition(": ")[2] for each in told] == [
        "allow_reuse_port = False",
        "data",
    ]


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


def test_there_are_exercises_enough(every_exercise):
    mistakes = sum(len(each.mistakes) for each in every_exercise)
    assert len(every_exercise) >= 40
    assert mistakes >= 120
    chapters = {each.chapter for each in every_exercise}
    assert len(chapters) == 13, sorted(chapters)


def test_every_public_method_is_filled_predicted_or_caught(every_exercise):
    chart = atlas.chart(every_exercise)
    assert [name for name, found in chart.items() if not found] == []


def test_a_plant_in_a_whole_class_is_not_about_each_method(every_exercise):
    (catch,) = (
        e for e in every_exercise if e.id.endswith("who_holds_up_whom")
    )
    assert "Hub" in {plant.symbol for plant in catch.plants}
    found = atlas.chart([catch])
    assert found["Hub.unsubscribe"] == [catch]
    assert found["Hub.declarations"] == []


def test_what_an_exercise_covers_exists(every_exercise):
    known = {
        definition.qualname
        for module in blanks.library().values()
        for definition in module.definitions()
        if hasattr(definition, "qualname")
    }
    for each in every_exercise:
        assert known.issuperset(each.covers), each.id


def test_the_fills_are_the_synchronous_classes_by_chapter_8(every_exercise):
    early = [each for each in every_exercise if each.chapter < "09"]
    assert atlas.unfilled(early) == []


def test_no_method_is_filled_twice(every_exercise):
    filled = Counter(
        symbol
        for each in every_exercise
        if each.kind == "fill"
        for symbol in each.symbols
    )
    assert [name for name, times in filled.items() if times > 1] == []


def test_there_is_nothing_else_in_the_folder():
    listed = {*PATHS, exercises.EXERCISES / "README.md"}
    found = {
        path
        for path in exercises.EXERCISES.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert found == listed


def test_a_mistake_on_the_text_needs_a_pattern(every_exercise):
    catch = next(
        each
        for each in every_exercise
        if any(known.fails == "reference" for known in each.mistakes)
    )
    assert not [*author.form(catch)]
    bare = tuple(
        dataclasses.replace(known, has="", lacks="", said="")
        for known in catch.mistakes
    )
    # `form` reads no file: a stand-in with the same promises will do.
    there = dataclasses.replace(catch, mistakes=bare)
    assert any("pattern" in told for told in author.form(there))
