"""The practice folder: nothing of the learner's is ever lost."""

import json

import pytest

from companion.environment import TroubleError
from companion.practise import blanks
from companion.practise.folder import PROGRESS, Practice


@pytest.fixture
def made(every_exercise, tmp_path):
    """Open the practice folder, as each start does."""
    return lambda: Practice(every_exercise, tmp_path / "practice")


def test_the_first_start_begins_with_the_first_exercise(made, every_exercise):
    practice = made()
    assert practice.current is every_exercise[0]
    path = practice.go(practice.current)
    assert path.read_text() == blanks.shipped(every_exercise[0])


def test_a_file_is_never_overwritten(made, every_exercise):
    path = made().go(every_exercise[1])
    path.write_text("mine\n")
    practice = made()
    assert practice.go(practice.current) == path
    assert path.read_text() == "mine\n"


def test_it_resumes_where_one_left_off(made, every_exercise):
    made().go(every_exercise[2])
    assert made().current is every_exercise[2]


def test_reset_keeps_each_of_the_old_files(made, every_exercise):
    practice = made()
    exercise = every_exercise[0]
    path = practice.go(exercise)
    for text in ("one\n", "two\n"):
        path.write_text(text)
        practice.reset(exercise)
    kept = (practice.folder / "backup").rglob("*.py")
    assert sorted(each.read_text() for each in kept) == ["one\n", "two\n"]
    assert path.read_text() == blanks.shipped(exercise)


def test_reset_of_an_untouched_file_keeps_none(made, every_exercise):
    practice = made()
    practice.go(every_exercise[0])
    assert practice.reset(every_exercise[0]) is None
    assert not (practice.folder / "backup").exists()


def test_reset_makes_it_unsolved(made, every_exercise):
    practice = made()
    practice.tried(every_exercise[0], passed=True)
    assert practice.solved() == 1
    practice.reset(every_exercise[0])
    assert made().solved() == 0


def test_skipped_exercises_come_back_at_the_end(made, every_exercise):
    practice = made()
    practice.go(every_exercise[0])
    practice.skip(every_exercise[0])
    assert practice.current is every_exercise[1]
    for each in every_exercise[1:]:
        practice.tried(each, passed=True)
    assert practice.next_open() is every_exercise[0]


def test_when_all_is_solved_nothing_is_next(made, every_exercise):
    practice = made()
    for each in every_exercise:
        practice.tried(each, passed=True)
    assert practice.next_open() is None
    assert practice.current in every_exercise


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"exercises": {"a": {"b": 1}}}', '{"level": "x"}', ""]
)
def test_a_damaged_state_is_put_aside_and_named(made, text):
    practice = made()
    practice.go(practice.current)
    (practice.folder / PROGRESS).write_text(text)
    again = made()
    assert again.current is practice.current
    (note,) = again.notes
    assert "progress.damaged" in note
    assert (again.folder / "progress.damaged").read_text() == text


def test_what_is_good_in_a_damaged_state_counts(made, every_exercise):
    practice = made()
    first, second, third = (each.id for each in every_exercise[:3])
    noted = {
        "solved": "2026-01-01",
        "content": "",
        "hints": 1,
        "tries": 2,
        "skipped": False,
    }
    state = {
        "level": "impossible",
        "current": second,
        "exercises": {
            first: noted,
            second: noted | {"hints": "many", "colour": "red"},
            third: 3,
        },
    }
    practice.go(every_exercise[0])
    (practice.folder / PROGRESS).write_text(json.dumps(state))
    again = made()
    assert again.current is every_exercise[1]
    records = [again.progress.of(each) for each in every_exercise[:3]]
    assert [each.solved for each in records] == ["2026-01-01"] * 2 + [""]
    assert [each.hints for each in records] == [1, 0, 0]
    (note,) = again.notes
    assert f"level, {second}, {third}" in note
    kept = (again.folder / "progress.damaged").read_text()
    assert json.loads(kept) == state


def test_the_state_survives_exercises_that_come_and_go(
    made, every_exercise, tmp_path
):
    practice = made()
    practice.tried(every_exercise[1], passed=True)
    practice.go(every_exercise[0])
    left = Practice(every_exercise[1:], practice.folder)
    assert left.solved() == 1
    assert left.current in every_exercise[1:]
    left.save()
    state = json.loads((practice.folder / PROGRESS).read_text())
    assert every_exercise[1].id in state["exercises"]


def test_the_state_is_text_for_people(made, every_exercise):
    practice = made()
    practice.tried(every_exercise[0], passed=False)
    text = (practice.folder / PROGRESS).read_text()
    assert f'"{every_exercise[0].id}": {{' in text
    assert '"tries": 1' in text


def test_a_folder_that_is_a_file_is_named(made, tmp_path):
    (tmp_path / "practice").write_text("in the way")
    with pytest.raises(TroubleError, match="--folder"):
        made()


def test_a_learner_s_file_that_was_deleted_is_made_anew(made):
    practice = made()
    practice.go(practice.current).unlink()
    assert made().source(practice.current) == blanks.shipped(practice.current)


def test_a_file_that_is_no_text_is_named(made):
    practice = made()
    practice.go(practice.current).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TroubleError, match="UTF-8"):
        practice.source(practice.current)


@pytest.mark.parametrize("form", ["{id}", "{name}", "practice/{id}.py"])
def test_an_exercise_is_found_by_its_name(made, every_exercise, form):
    exercise = every_exercise[-1]
    name = exercise.id.partition("/")[2]
    assert made().find(form.format(id=exercise.id, name=name)) is exercise


@pytest.mark.parametrize("name", ["nowhere", "0"])
def test_a_name_that_says_nothing_is_named(made, name):
    with pytest.raises(TroubleError, match=r"no exercise|say which"):
        made().find(name)


def test_what_another_window_noted_is_kept(made, every_exercise):
    here, there = made(), made()
    first, second = every_exercise[:2]
    there.tried(second, passed=True)
    here.hint(first)
    known = made()
    assert known.is_solved(second)
    assert known.progress.of(first).hints == 1
