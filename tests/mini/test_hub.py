"""The hub: what an observer is promised, claim 13 of the article."""

import gc
import threading
import weakref
from collections import deque
from dataclasses import dataclass

import pytest

from minisocketserver import hub as module
from minisocketserver.hub import STOP, Hub, InProcess, Policy, observable
from tests.conformance.toolkit import (
    DEADLINE,
    Background,
    bounded,
    wait_for,
)


class Listener:
    """Keeps what it hears; answers with `answer`."""

    def __init__(self, answer=None):
        self.heard = []
        self.answer = answer

    def hear(self, message):
        self.heard.append(message)
        return self.answer


@pytest.fixture
def hub():
    hub = Hub()
    yield hub
    hub.close()


def heard(subscription):
    """Close a subscription and list what it has got."""
    subscription.close()
    return list(subscription)


# -- Subscribe, publish, unsubscribe


def test_a_message_reaches_all_who_hear_its_topic(hub):
    one, two, other = Listener(), Listener(), Listener()
    hub.subscribe("tea", one.hear)
    hub.subscribe("tea", two.hear)
    hub.subscribe("cake", other.hear)
    hub.publish("tea", "hot!")
    assert (one.heard, two.heard, other.heard) == (["hot!"], ["hot!"], [])


def test_to_publish_to_nobody_is_no_error(hub):
    hub.publish("tea", "hot!")


def test_callbacks_are_called_in_the_order_of_arrival(hub):
    calls = []
    callbacks = [lambda _, each=each: calls.append(each) for each in "abc"]
    for callback in callbacks:
        hub.subscribe("tea", callback)
    hub.publish("tea", "hot!")
    assert calls == ["a", "b", "c"]


def test_who_subscribes_twice_hears_once(hub):
    listener, inbox = Listener(), hub.listen("tea")
    hub.subscribe("tea", listener.hear)
    hub.subscribe("tea", listener.hear)
    hub.subscribe("tea", inbox)
    hub.publish("tea", "hot!")
    assert (listener.heard, heard(inbox)) == (["hot!"], ["hot!"])


def test_who_unsubscribes_hears_no_more(hub):
    listener, inbox = Listener(), hub.listen("tea")
    hub.subscribe("tea", listener.hear)
    for each in (listener.hear, inbox):
        hub.unsubscribe("tea", each)
        hub.unsubscribe("tea", each)  # harmless
        hub.unsubscribe("cake", each)
    hub.publish("tea", "hot!")
    assert (listener.heard, heard(inbox)) == ([], [])


def test_a_callback_may_unsubscribe_itself(hub):
    calls = []

    def once(message):
        calls.append(message)
        hub.unsubscribe("tea", once)

    hub.subscribe("tea", once)
    hub.publish("tea", 1)
    hub.publish("tea", 2)
    assert calls == [1]


def test_who_is_unsubscribed_by_a_callback_is_not_called_any_more(hub):
    listener = Listener()

    def jealous(message):
        hub.unsubscribe("tea", listener.hear)

    hub.subscribe("tea", jealous)
    hub.subscribe("tea", listener.hear)
    hub.publish("tea", 1)
    assert listener.heard == []


def test_who_is_subscribed_by_a_callback_begins_with_the_next_message(hub):
    listener = Listener()

    def generous(message):
        hub.subscribe("tea", listener.hear)

    hub.subscribe("tea", generous)
    hub.publish("tea", 1)
    hub.publish("tea", 2)
    assert listener.heard == [2]


def test_any_topic_with_a_hash_will_do(hub):
    inbox = hub.listen(("room", 7), None)
    hub.publish(("room", 7), "in a tuple")
    hub.publish(None, "in nothing")
    assert heard(inbox) == ["in a tuple", "in nothing"]
    with pytest.raises(TypeError, match="unhashable"):
        hub.publish(["room", 7], "in a list")


# -- In front, and the end of a dispatch


def test_a_subscriber_may_be_put_in_front(hub):
    calls = []
    callbacks = [lambda _, each=each: calls.append(each) for each in "abc"]
    for callback in callbacks:
        hub.subscribe("tea", callback, front=True)
    hub.publish("tea", "hot!")
    assert calls == ["c", "b", "a"]


def test_a_callback_may_stop_the_dispatch(hub):
    before, censor, after = Listener(), Listener(answer=STOP), Listener()
    inbox = hub.listen("tea")
    for each in (before, censor, after):
        hub.subscribe("tea", each.hear)
    hub.publish("tea", "hot!")
    assert before.heard == censor.heard == ["hot!"]
    assert after.heard == heard(inbox) == []


@pytest.mark.parametrize("answer", [True, False, None, "stop", 0])
def test_nothing_else_stops_it(hub, answer):
    chatty, inbox = Listener(answer), hub.listen("tea")
    hub.subscribe("tea", chatty.hear)
    hub.publish("tea", "hot!")
    assert heard(inbox) == ["hot!"]


def test_an_answer_comes_after_the_question_for_all(hub):
    def answer(message):
        if message == "question":
            hub.publish("tea", "answer")

    behind, inbox = Listener(), hub.listen("tea")
    hub.subscribe("tea", answer)
    hub.subscribe("tea", behind.hear)
    hub.publish("tea", "question")
    assert behind.heard == heard(inbox) == ["question", "answer"]


def test_a_bad_callback_is_reported_and_keeps_nothing_from_others(hub, capsys):
    def bad(message):
        raise ValueError("no tea for me")

    inbox, behind = hub.listen("tea"), Listener()
    hub.subscribe("tea", bad)
    hub.subscribe("tea", behind.hear)
    hub.publish("tea", "hot!")
    report = capsys.readouterr().err
    assert report.startswith("A subscriber of 'tea' could not take 'hot!'\n")
    assert report.endswith("ValueError: no tea for me\n")
    assert behind.heard == heard(inbox) == ["hot!"]


def test_an_interrupt_comes_out_and_nothing_is_left_in_line(hub):
    def interrupted(message):
        hub.publish("tea", "never")
        raise KeyboardInterrupt

    hub.subscribe("tea", interrupted)
    inbox = hub.listen("tea")
    with pytest.raises(KeyboardInterrupt):
        hub.publish("tea", 1)
    hub.unsubscribe("tea", interrupted)
    hub.publish("tea", 2)
    assert heard(inbox) == [2]


# -- Standing messages


def test_who_comes_late_gets_what_stands_declared(hub):
    early = hub.listen("menu")
    hub.declare("menu", "tea")
    late, listener = hub.listen("menu"), Listener()
    hub.subscribe("menu", listener.hear)
    assert heard(early) == heard(late) == listener.heard == ["tea"]


def test_the_next_declaration_takes_the_place_of_the_last(hub):
    hub.declare("menu", "tea")
    early = hub.listen("menu")
    hub.declare("menu", "cake")
    hub.publish("menu", "by the way")
    late = hub.listen("menu")
    assert heard(early) == ["tea", "cake", "by the way"]
    assert heard(late) == ["cake"]


def test_what_is_retracted_stands_no_more(hub):
    hub.declare("menu", "tea")
    hub.retract("menu")
    hub.retract("menu")  # harmless
    assert heard(hub.listen("menu")) == []


def test_declarations_can_be_listed_and_asked_for(hub):
    hub.declare("menu", "tea")
    hub.declare("open", None)
    assert hub.declarations() == {"menu": "tea", "open": None}
    assert hub.is_declared("open")
    assert not hub.is_declared("closed")
    hub.declarations().clear()
    assert hub.is_declared("menu"), "what is handed out is a copy"


def test_who_is_there_already_does_not_hear_a_declaration_twice(hub):
    listener = Listener()
    hub.subscribe("menu", listener.hear)
    hub.declare("menu", "tea")
    hub.subscribe("menu", listener.hear)
    assert listener.heard == ["tea"]


def test_who_comes_in_the_middle_of_a_declaration_hears_it_once(hub):
    inboxes, listener = [], Listener()

    def meanwhile(message):
        inboxes.append(bounded(hub.listen, "menu"))
        bounded(hub.subscribe, "menu", listener.hear)

    hub.subscribe("menu", meanwhile)
    hub.declare("menu", "tea")
    assert listener.heard == heard(*inboxes) == ["tea"]


@pytest.mark.parametrize("before", [{}, {"menu": "tea"}])
def test_a_declaration_that_is_stopped_does_not_stand(hub, before):
    late = Listener()

    def censor(message):
        hub.subscribe("menu", late.hear)
        return STOP

    early = hub.listen("menu")
    for topic, message in before.items():
        hub.declare(topic, message)
    hub.subscribe("menu", censor, front=True)
    hub.declare("menu", "coffee")
    assert hub.declarations() == before
    assert heard(early) == heard(hub.listen("menu")) == [*before.values()]
    assert "coffee" not in late.heard


# -- Held weakly


def test_the_hub_keeps_nobody_alive(hub):
    listener, inbox = Listener(), hub.listen("tea")
    hub.subscribe("tea", listener.hear)
    gone = weakref.ref(listener), weakref.ref(inbox)
    del listener, inbox
    gc.collect()
    assert [each() for each in gone] == [None, None]
    hub.publish("tea", "to nobody")


def test_a_bound_method_lives_as_long_as_its_object(hub):
    listener = Listener()
    hub.subscribe("tea", listener.hear)
    gc.collect()
    hub.publish("tea", "hot!")
    assert listener.heard == ["hot!"]


def test_a_method_of_a_built_in_object_lives_as_long_as_that(hub):
    box = deque()
    hub.subscribe("tea", box.append)
    hub.publish("tea", "hot!")
    assert list(box) == ["hot!"]


def test_what_cannot_be_held_weakly_is_refused_and_does_no_harm(hub):
    listener = Listener()
    hub.subscribe("tea", listener.hear)
    with pytest.raises(TypeError, match="weak reference to 'list' object"):
        hub.subscribe("tea", [].append, front=True)
    hub.publish("tea", "hot!")
    assert listener.heard == ["hot!"]


def test_a_function_of_a_module_is_a_callback(hub, capsys):
    hub.subscribe("tea", print)
    hub.publish("tea", "hot!")
    assert capsys.readouterr().out == "hot!\n"


def test_two_that_are_equal_are_two(hub):
    @dataclass
    class Cup:
        tea: str = ""

        def fill(self, tea):
            self.tea = tea

    cups = Cup(), Cup()
    for cup in cups:
        hub.subscribe("tea", cup.fill)
    hub.publish("tea", "hot!")
    assert cups == (Cup("hot!"), Cup("hot!"))


def test_rooms_that_are_empty_are_forgotten(hub):
    for number in range(1000):
        hub.listen(f"room {number}")
    assert len(hub._queues) <= hub._room < 200


# -- Hubs of one's own


def test_there_is_one_hub_by_default_and_as_many_as_one_likes(hub):
    here, there = hub.listen("tea"), module.default_hub.listen("tea")
    module.default_hub.publish("tea", "for all")
    assert (heard(here), heard(there)) == ([], ["for all"])


@observable
class Kettle:
    """A kettle that tells when it boils."""

    def boil(self):
        self.publish("boils", self)


def test_an_observable_object_has_a_hub_of_its_own():
    kettle, other, listener = Kettle(), Kettle(), Listener()
    kettle.subscribe("boils", listener.hear)
    other.boil()
    kettle.boil()
    assert listener.heard == [kettle]


def test_an_observable_object_has_all_that_the_hub_has_for_callers():
    kettle = Kettle()
    kettle.declare("heat", 100)
    inbox = kettle.listen("heat")
    kettle.unsubscribe("heat", inbox)
    assert kettle.declarations() == {"heat": 100}
    kettle.retract("heat")
    assert not kettle.is_declared("heat")
    assert heard(inbox) == [100]
    assert Kettle.publish.__doc__ == Hub.publish.__doc__


def test_a_child_of_an_observable_class_is_observable():
    class Samovar(Kettle):
        def __init__(self):
            pass  # and calls no other

    listener, samovar = Listener(), Samovar()
    samovar.subscribe("boils", listener.hear)
    samovar.boil()
    assert listener.heard == [samovar]


def test_a_class_with_such_a_method_cannot_be_made_observable():
    class Newspaper:
        def publish(self):
            pass

    with pytest.raises(TypeError, match="Newspaper has a publish of its own"):
        observable(Newspaper)


def test_a_class_whose_objects_have_no_place_for_a_hub_is_refused():
    class Narrow:
        __slots__ = ("__weakref__",)

    class Wide(Narrow):
        pass

    sentence = "Narrow has __slots__, and none for a hub"
    with pytest.raises(TypeError, match=f"^{sentence}$"):
        observable(Narrow)
    assert observable(Wide)().declarations() == {}


# -- Threads


def test_all_subscriptions_see_one_order_whoever_publishes(hub):
    inboxes = [hub.listen("tea", limit=10_000) for _ in range(5)]
    start = threading.Barrier(4, timeout=DEADLINE)

    def talk(name):
        start.wait()
        for number in range(250):
            hub.publish("tea", (name, number))

    for talker in [Background(talk, name) for name in "abcd"]:
        talker.result()
    first, *others = map(heard, inboxes)
    assert all(other == first for other in others)
    for name in "abcd":
        said = [number for who, number in first if who == name]
        assert said == list(range(250)), "nothing lost, nothing overtaken"


def test_a_slow_callback_keeps_nobody_but_its_publisher(hub):
    called, leave = threading.Event(), threading.Event()

    def slow(message):
        called.set()
        wait_for(leave, "the test must let the callback go")

    hub.subscribe("tea", slow)
    publisher = Background(hub.publish, "tea", "hot!")
    wait_for(called, "the callback must be called")
    hub.unsubscribe("tea", slow)
    inbox = bounded(hub.listen, "tea")
    bounded(hub.publish, "tea", "meanwhile")
    assert inbox.get(DEADLINE) == "meanwhile"
    leave.set()
    publisher.result()


def test_what_stands_is_what_was_heard_last_whoever_declares(hub):
    inbox = hub.listen("menu", limit=10_000)
    start = threading.Barrier(4, timeout=DEADLINE)

    def change(name):
        start.wait()
        for number in range(100):
            hub.declare("menu", (name, number))

    for each in [Background(change, name) for name in "abcd"]:
        each.result()
    assert heard(inbox)[-1] == hub.declarations()["menu"]


def test_coming_and_going_disturbs_nobody(hub):
    steady, done = hub.listen("tea", limit=10_000), threading.Event()

    def come_and_go():
        while not done.is_set():
            guest, inbox = Listener(), hub.listen("tea")
            hub.subscribe("tea", guest.hear, front=True)
            hub.unsubscribe("tea", inbox)

    guests = [Background(come_and_go) for _ in range(3)]
    for number in range(500):
        hub.publish("tea", number)
    done.set()
    for guest in guests:
        guest.result()
    assert heard(steady) == list(range(500))


# -- The end


def test_closing_the_hub_closes_what_hears_it(hub):
    inbox = hub.listen("tea", "cake")
    hub.publish("tea", "hot!")
    reader = Background(list, inbox)
    hub.close()
    assert reader.result() == ["hot!"]


def test_after_the_end_there_is_silence(hub):
    listener = Listener()
    hub.subscribe("tea", listener.hear)
    hub.close()
    hub.publish("tea", "is anybody there?")
    assert listener.heard == []
    assert bounded(list, hub.listen("tea")) == []


def test_a_slow_subscriber_is_cut_off_if_it_wants(hub):
    inbox = hub.listen("tea", limit=2, policy=Policy.DISCONNECT)
    for number in range(5):
        hub.publish("tea", number)
    assert bounded(list, inbox) == [0, 1]


# -- Transports


class Wire:
    """A transport between hubs: what one sends, all deliver."""

    def __init__(self, ends):
        self.ends = ends
        self.closed = False

    def open(self, deliver):
        self.ends.append(deliver)

    def send(self, act, topic, message):
        for deliver in self.ends:
            deliver(act, topic, message)

    def close(self):
        self.closed = True


def test_hubs_with_a_transport_between_them_are_one():
    ends = []
    wires = Wire(ends), Wire(ends)
    here, there = map(Hub, wires)
    inboxes = here.listen("tea"), there.listen("tea")
    here.publish("tea", "hot!")
    there.declare("tea", "cold")
    assert here.declarations() == there.declarations() == {"tea": "cold"}
    here.retract("tea")
    assert not there.is_declared("tea")
    assert [heard(inbox) for inbox in inboxes] == [["hot!", "cold"]] * 2
    there.close()
    assert [wire.closed for wire in wires] == [False, True]


def test_a_transport_that_cannot_be_opened_is_reported_at_once():
    class Broken(InProcess):
        def open(self, deliver):
            raise ConnectionError("nobody is there")

    with pytest.raises(ConnectionError, match="nobody is there"):
        Hub(Broken())
