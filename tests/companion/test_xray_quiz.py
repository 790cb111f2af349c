"""The questions have one right answer, and every reason is true."""

import re

import pytest

import minisocketserver as mini
from companion import xray as recorder
from companion.xray import quiz
from companion.xray.listing import Listing

from .recordings import MAIN, SERVER, Maker, door, listing

BACKTICKS = re.compile(r"`([^`]+)`")


def ask(recording=None, **options):
    recording = recording or door()
    return quiz.ask(recording, listing(recording), **options)


def every():
    """All that can be asked about the door, in the order of the steps."""
    return list(quiz.candidates(door(), listing(door())))


def about(kind, name):
    """The question of a kind whose step calls `name`."""
    steps = door().steps()
    (found,) = [
        each
        for each in every()
        if each.kind == kind and steps[each.step - 1].function.symbol == name
    ]
    return found


def reasons(question):
    return {each.text.strip("`"): each.reason for each in question.options}


def test_each_question_has_one_right_answer_and_no_option_twice():
    for question in every():
        texts = [option.text for option in question.options]
        assert [o.right for o in question.options].count(True) == 1
        assert len(texts) == len(set(texts))
        assert 2 <= len(texts) <= quiz.CHOICES
        assert all(option.reason for option in question.options)


def test_the_answer_is_what_the_next_step_does():
    recording = door()
    titles = {lane.id: lane.title for lane in recording.lanes}
    for question in every():
        step = recording.steps()[question.step - 1]
        assert step.event == "call"
        assert (
            question.answer.text.strip("`")
            == {
                "class": step.function.supplier,
                "method": step.function.name,
                "lane": titles[step.lane],
            }[question.kind]
        )


def test_the_three_kinds_share_the_places():
    kinds = [question.kind for question in ask(limit=6)]
    assert sorted(kinds) == ["class", "class", "lane", "lane"] + 2 * ["method"]


def test_questions_come_in_the_order_of_the_steps():
    steps = [question.step for question in ask(limit=8)]
    assert steps == sorted(set(steps))
    assert len(steps) == 8


# Which class?


def test_a_class_that_was_asked_in_vain_is_told_from_one_never_asked():
    question = about("class", "ThreadingMixIn.process_request")
    mro = "of the MRO of `ThreadingTCPServer`"
    it = "`process_request`"
    assert reasons(question) == {
        SERVER: f"It is number 1 {mro}, but has no {it} in its body.",
        "ThreadingMixIn": (
            f"It is number 2 {mro}, the first there that has {it} in its body."
        ),
        "TCPServer": f"It has no {it} in its body.",
        "BaseServer": (
            f"It has {it}, too, but is number 4 {mro}: number 2 comes "
            "before it."
        ),
    }


def test_a_call_by_super_says_from_where_it_was_made():
    question = about("class", "TCPServer.server_close")
    assert question.answer.text == "`TCPServer`"
    by = "`super()` in `ThreadingMixIn` looks behind that class"
    assert reasons(question)["ThreadingMixIn"] == (
        f"It has `server_close`, but {by}."
    )
    assert question.answer.reason.startswith(f"{by}, and finds")


def test_a_call_by_super_is_asked_with_the_method_that_makes_it():
    question = about("class", "TCPServer.server_close")
    assert question.situation == (
        "**main thread** is in `ThreadingMixIn.server_close` of a "
        f"`{SERVER}`, and runs `super().server_close()`."
    )
    assert question.prompt == "Which class supplies that `server_close`?"


def test_a_call_by_name_is_not_asked_for_its_line_has_the_answer():
    it = Maker()
    it.call(MAIN, "TCPServer.__init__", SERVER)
    it.line(MAIN)
    it.call(MAIN, "BaseServer.__init__", SERVER)
    found = [q for q in ask(it.recording(), limit=99) if q.step == 3]
    assert [q.kind for q in found if q.kind == "class"] == []


def test_of_two_questions_that_read_alike_one_is_asked(monkeypatch):
    monkeypatch.setattr(quiz._Quiz, "_so_far", lambda *_: "Somewhere.")
    texts = [q.prompt for q in every() if q.kind == "method"]
    assert len(texts) > len(set(texts)), "no two of them read alike"
    chosen = [q.prompt for q in ask(limit=12) if q.kind == "method"]
    assert len(chosen) == len(set(chosen)) > 1


@pytest.mark.parametrize(
    ("cls", "said"),
    [
        ("TCPServer", "a `TCPServer`"),
        ("UDPServer", "a `UDPServer`"),
        ("UnixStreamServer", "a `UnixStreamServer`"),
        ("Upper", "an `Upper`"),
        ("UserServer", "a `UserServer`"),
        ("AsyncTCPServer", "an `AsyncTCPServer`"),
        ("HTTPServer", "an `HTTPServer`"),
        ("_Hidden", "a `_Hidden`"),
    ],
)
def test_the_article_of_a_class_follows_its_sound(cls, said):
    assert quiz._a(cls) == said


def test_a_detour_that_cannot_be_explained_is_not_asked():
    it = Maker()
    it.call(MAIN, "TCPServer.__init__", SERVER)
    it.call(MAIN, "BaseServer.__init__", SERVER)
    found = [q for q in ask(it.recording(), limit=99) if q.step == 2]
    assert [q.kind for q in found if q.kind == "class"] == []


def test_a_class_that_nobody_has_read_is_not_asked_about():
    recording = door(
        classes=door().classes | {SERVER: (SERVER, "Stranger", "BaseServer")}
    )
    assert SERVER not in {
        name
        for question in ask(recording, limit=99)
        if question.kind == "class"
        for name in reasons(question)
    }


# Which method, and in which lane?


def test_another_method_is_told_with_the_step_that_calls_it():
    question = about("method", "BaseServer.verify_request")
    assert (
        question.situation == "**loop** is back from `TCPServer.get_request`."
    )
    told = reasons(question)
    assert told["process_request"] == (
        "`process_request` comes later, at step 19."
    )
    assert told["verify_request"].startswith("Step 17: **loop** calls")


def test_a_method_that_was_called_before_is_told_so():
    question = about("method", "BaseServer.service_actions")
    assert "has been called already, at step" in " ".join(
        reasons(question).values()
    )


def test_a_lane_that_rests_is_told_with_the_step_where_it_goes_on():
    question = about("lane", "ThreadingMixIn.process_request_thread")
    told = reasons(question)
    assert told["client"] == "**client** runs none of the server's code."
    assert told["loop"].startswith("**loop** goes on at step 22: ")
    assert told["worker"].endswith(
        "Step 20 led to it: **loop** starts `worker`."
    )


def test_a_lane_to_come_and_a_lane_that_is_done_are_told_apart():
    told = reasons(about("lane", "BaseServer.serve_forever"))
    assert (
        told["worker"] == "**worker** has not started: its first step is 21."
    )
    told = reasons(about("lane", "ThreadingMixIn.server_close"))
    assert told["worker"] == "**worker** has done its last step, number 43."


def test_a_lane_that_calls_the_same_some_time_is_no_wrong_answer():
    it = Maker()
    it.call(0, "BaseServer.shutdown", SERVER)
    it.call(1, "BaseServer.verify_request", SERVER)
    it.back(1)
    it.call(2, "BaseServer.verify_request", SERVER)
    found = ask(it.recording(), limit=99)
    (lane,) = [q for q in found if q.kind == "lane" and q.step == 2]
    assert "loop" not in reasons(lane)


# The real scenarios


@pytest.mark.slow
@pytest.mark.parametrize("name", recorder.SCENARIOS)
def test_every_scenario_has_questions_that_python_answers_alike(name):
    recording = recorder.load(name)
    found = quiz.questions(name)
    assert len(found) >= 5
    assert len({(q.situation, q.prompt) for q in found}) == len(found)
    steps = recording.steps()
    for question in found:
        step = steps[question.step - 1]
        cls = getattr(mini, step.cls, None)
        if question.kind != "class" or cls is None:
            continue
        method = step.function.name
        bodies = [each for each in cls.__mro__ if method in vars(each)]
        if "`super()`" in question.answer.reason:
            caller = BACKTICKS.findall(question.answer.reason)[1]
            behind = cls.__mro__.index(getattr(mini, caller))
            bodies = [b for b in bodies if cls.__mro__.index(b) > behind]
        assert question.answer.text == f"`{bodies[0].__name__}`"


@pytest.mark.slow
@pytest.mark.parametrize("name", recorder.SCENARIOS)
def test_every_step_of_every_scenario_has_its_code(name):
    recording = recorder.load(name)
    code = Listing(recording, recorder.script(name))
    for step in recording.steps():
        found = code.excerpt(step.file, step.line)
        at_once = step.function and step.function.symbol == "<module>"
        assert found or (at_once and step.event == "call"), step
