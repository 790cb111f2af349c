"""The transports of docs/examples: what crosses, and what happens when not."""

import contextlib
import functools
import importlib
import queue
import signal
import threading

import pytest

from docs.examples import relay_transport
from docs.examples.relay_transport import Relay, RelayTransport
from docs.examples.wire import pack, unpack
from minisocketserver import Hub
from tests.conformance.toolkit import bounded

PATIENCE = 10.0  # seconds; another process is asked, on a busy machine


class Complaints(queue.Queue):
    """What a transport complains of."""

    def __call__(self, sentence):
        self.put(sentence)

    def next(self):
        return self.get(timeout=PATIENCE)


def connected(redis_transport, redis_server):
    """Return a hub over Redis, and what its transport complains of."""
    said = Complaints()
    at = redis_transport.RedisTransport.at
    return Hub(at(redis_server.where, complain=said)), said


# -- What travels


def test_what_is_packed_is_unpacked_and_is_one_line():
    parcel = "publish", "tea\nroom", {"who": "Ann", "words": ["hot", None]}
    line = pack(*parcel)
    assert unpack(line) == parcel
    assert line.count(b"\n") == 1


@pytest.mark.parametrize(
    ("topic", "message"), [(("tea", 1), "hot"), ("tea", b"hot"), (7, "hot")]
)
def test_what_cannot_travel_is_refused(topic, message):
    with pytest.raises(TypeError):
        pack("publish", topic, message)


@pytest.mark.parametrize(
    "line",
    [
        b"garbage\n",
        b"\xff\xfe\n",
        b"7\n",
        b"[]\n",
        b'["publish", "tea"]\n',
        b'["burn", "tea", 1]\n',
        b'[["publish"], "tea", 1]\n',
        b'["publish", ["tea"], 1]\n',
        b"[" * 100_000,
    ],
    ids=lambda line: repr(line[:24]),
)
def test_what_no_hub_has_said_is_refused_in_one_way(line):
    with pytest.raises(ValueError):  # noqa: PT011  (JSON's own, or ours)
        unpack(line)


# -- Both ways


@pytest.fixture
def redis_transport():
    """The module, where there is a client for Redis."""
    pytest.importorskip("redis", reason="there is no client for Redis")
    return importlib.import_module("docs.examples.redis_transport")


@pytest.fixture(params=["relay", "redis"])
def make_hub(request):
    """Make hubs that are connected with each other, as if far apart."""
    with contextlib.ExitStack() as stack:
        if request.param == "relay":
            relay = Relay()
            stack.callback(relay.stop)
            make = functools.partial(RelayTransport, relay.path)
        else:
            # Asked for only here: the relay needs none.
            module = request.getfixturevalue("redis_transport")
            where = request.getfixturevalue("redis_server").where
            make = functools.partial(module.RedisTransport.at, where)

        def make_hub():
            hub = Hub(make())
            stack.callback(bounded, hub.close)
            return hub

        yield make_hub


@pytest.mark.slow
def test_two_hubs_hear_each_other_in_one_order(make_hub):
    here, there = make_hub(), make_hub()
    inboxes = here.listen("tea"), there.listen("tea")

    def talk(hub, name):
        for number in range(100):
            hub.publish("tea", f"{name} {number}")

    talkers = [
        threading.Thread(target=talk, args=each)
        for each in [(here, "here"), (there, "there")]
    ]
    for talker in talkers:
        talker.start()
    heard = [[inbox.get(PATIENCE) for _ in range(200)] for inbox in inboxes]
    for talker in talkers:
        talker.join()
    assert heard[0] == heard[1]
    for name in ("here", "there"):
        said = [each for each in heard[0] if each.startswith(f"{name} ")]
        assert said == [f"{name} {number}" for number in range(100)]


@pytest.mark.slow
def test_a_hub_that_comes_late_knows_what_stands_declared(make_hub):
    early = make_hub()
    inbox = early.listen("menu", "end")
    early.declare("menu", "tea")
    early.declare("gone", "cake")
    early.retract("gone")
    early.publish("end", "end")
    assert [inbox.get(PATIENCE) for _ in range(2)] == ["tea", "end"]
    late = make_hub()
    assert late.declarations() == {"menu": "tea"}
    assert late.listen("menu").get(0) == "tea"


@pytest.mark.slow
def test_what_cannot_travel_is_refused_to_the_one_who_says_it(make_hub):
    with pytest.raises(TypeError, match="a topic that travels is a string"):
        make_hub().publish(("tea", 1), "hot")


# -- The relay


def test_a_relay_that_is_not_there_is_a_clear_error(tmp_path):
    with pytest.raises(ConnectionError, match=r"no relay answers at .*nobody"):
        Hub(RelayTransport(str(tmp_path / "nobody")))


@pytest.mark.slow
def test_who_loses_the_relay_is_told():
    relay, lost = Relay(), threading.Event()
    transport = RelayTransport(relay.path)
    hub = Hub(transport)
    transport.lost = lost.set
    relay.stop()
    assert lost.wait(PATIENCE)
    with pytest.raises(ConnectionError, match="the relay has gone"):
        hub.publish("tea", "hot")
    bounded(hub.close)


@pytest.mark.slow
def test_a_relay_that_accepts_nothing_keeps_nobody_for_ever(monkeypatch):
    monkeypatch.setattr(relay_transport, "PATIENCE", 1)
    relay, lost = Relay(), threading.Event()
    transport = RelayTransport(relay.path)
    hub = Hub(transport)
    transport.lost = lost.set

    def talk():
        while True:
            hub.publish("tea", "hot" * 1000)

    relay._process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(ConnectionError, match="the relay has gone"):
            bounded(talk)
        assert lost.wait(PATIENCE)
        bounded(hub.close)
        with pytest.raises(ConnectionError, match="no relay answers at"):
            bounded(Hub, RelayTransport(relay.path))
    finally:
        bounded(relay.stop, promise="a relay that stands still can be ended")


@pytest.mark.slow
def test_a_relay_that_has_ended_is_replaced_and_one_that_runs_is_not(capfd):
    relay = Relay()
    try:
        early = Hub(RelayTransport(relay.path))
        relay.renew()
        early.publish("tea", "the same")
        bounded(early.close)
        relay._process.kill()
        relay._process.wait(PATIENCE)
        relay.renew()
        hub = Hub(RelayTransport(relay.path))
        inbox = hub.listen("tea")
        hub.publish("tea", "hot")
        assert inbox.get(PATIENCE) == "hot"
        bounded(hub.close)
    finally:
        relay.stop()
    said = capfd.readouterr().err
    assert said == "The relay has ended: starting another.\n"


# -- Redis


@pytest.fixture
def stranger(redis_transport, redis_server):
    """Somebody else who uses the same Redis."""
    host, _, port = redis_server.where.rpartition(":")
    with redis_transport.redis.Redis(host, int(port)) as stranger:
        yield stranger


@pytest.mark.slow
def test_what_others_say_on_the_channel_makes_nobody_deaf(
    redis_transport, redis_server, stranger
):
    hub, said = connected(redis_transport, redis_server)
    inbox = hub.listen("tea")
    for line in ("garbage", "[1]", '["burn", "tea", 1]'):
        stranger.publish("hub", line)
    hub.publish("tea", "hot")
    assert inbox.get(PATIENCE) == "hot"
    assert said.next().startswith("Somebody else writes to 'hub' of Redis at")
    bounded(hub.close)
    assert said.empty(), "it complains once"


@pytest.mark.slow
def test_what_others_keep_among_the_declarations_is_passed_over(
    redis_transport, redis_server, stranger
):
    stranger.hset("hub:declared", "tea", "garbage")
    stranger.hset("hub:declared", b"\xff", "garbage")
    stranger.hset("hub:declared", "menu", pack("declare", "menu", "cake"))
    hub, said = connected(redis_transport, redis_server)
    assert hub.declarations() == {"menu": "cake"}
    assert said.next().startswith("Somebody else writes to 'hub' of Redis at")
    bounded(hub.close)


@pytest.mark.slow
def test_a_redis_that_refuses_is_not_said_to_be_missing(
    redis_transport, redis_server, stranger
):
    stranger.set("hub:declared", "no table")
    with pytest.raises(ConnectionError, match="answers, but: WRONGTYPE"):
        Hub(redis_transport.RedisTransport.at(redis_server.where))
    stranger.config_set("requirepass", "secret")
    with pytest.raises(ConnectionError, match=r"answers, but: .*[Aa]uth"):
        Hub(redis_transport.RedisTransport.at(redis_server.where))


@pytest.mark.slow
def test_what_redis_refuses_does_not_hold_up_the_rest(
    redis_transport, redis_server, stranger
):
    hub, said = connected(redis_transport, redis_server)
    inbox = hub.listen("tea")
    stranger.set("hub:declared", "no table")
    hub.declare("menu", "cake")
    hub.publish("tea", "hot")
    assert inbox.get(PATIENCE) == "hot"
    assert "answers, but: " in said.next()
    bounded(hub.close)
    assert said.empty()


@pytest.mark.slow
def test_a_redis_that_is_killed_and_started_again_is_found_again(
    redis_transport, redis_server
):
    hub, said = connected(redis_transport, redis_server)
    inbox = hub.listen("tea", "menu")
    hub.declare("menu", "cake")
    # The sender says the second thing only when Redis has answered the first:
    # what is lost in the middle of an answer would be declared once more.
    hub.publish("tea", "before")
    assert [inbox.get(PATIENCE) for _ in range(2)] == ["cake", "before"]
    redis_server.kill()
    assert said.next() == f"Lost Redis at {redis_server.where}; trying again."
    bounded(hub.publish, "tea", "said while nobody carries it")
    redis_server.start()
    assert said.next() == f"Redis at {redis_server.where} is back."
    hub.publish("tea", "and after")
    heard = [inbox.get(PATIENCE)]
    while heard[-1] != "and after":
        heard.append(inbox.get(PATIENCE))
    # What is carried again comes after what was found kept.
    assert not hub.is_declared("menu"), "it kept nothing, so nothing stands"
    meanwhile = "said while nobody carries it"
    heard = heard[1:] if heard[0] == "before" else heard
    assert heard in (["and after"], [meanwhile, "and after"])
    bounded(hub.close)


@pytest.mark.slow
def test_who_publishes_too_much_without_redis_gets_an_error_and_never_waits(
    redis_transport, redis_server
):
    hub, said = connected(redis_transport, redis_server)
    redis_server.kill()
    said.next()

    def talk():
        for _ in range(redis_transport.ROOM + 2):
            hub.publish("tea", "hot")

    with pytest.raises(ConnectionError, match="does not answer, and 1000"):
        bounded(talk)
    bounded(hub.close, promise="an end without Redis must not take for ever")


def test_no_redis_is_a_clear_error(redis_transport):
    with pytest.raises(ConnectionError, match=r"no Redis at 127\.0\.0\.1:1: "):
        Hub(redis_transport.RedisTransport("127.0.0.1", 1))


@pytest.mark.parametrize("where", ["", "here", ":6379", "here:", "h:99999"])
def test_an_address_that_is_none_is_a_clear_error(redis_transport, where):
    with pytest.raises(ConnectionError, match="is not HOST:PORT of a Redis"):
        redis_transport.RedisTransport.at(where)
