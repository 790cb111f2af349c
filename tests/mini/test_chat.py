"""The chat of docs/examples, as its users know it: processes and clients.

Each server runs as the README says. A client reads lines, with a deadline.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections import Counter

import pytest

from companion.environment import ROOT
from companion.processes import end_group
from docs.examples.chat import TOPICS, Guest
from docs.examples.chat_forking import ChatServer as ForkingChatServer
from minisocketserver import Hub
from minisocketserver.hub import InProcess
from tests.conformance.toolkit import needs_fork, serving

CLIENTS = 50
EACH = 4  # messages that each of them says
PATIENCE = 20.0  # seconds for anything; it is a busy machine


def command(name, *arguments):
    return [sys.executable, "-m", f"docs.examples.{name}", *arguments]


@contextlib.contextmanager
def started(name, *arguments):
    """Run a chat server; yield its address, and end all of it."""
    with running(name, *arguments) as (address, _):
        yield address


@contextlib.contextmanager
def running(name, *arguments):
    """The same; yield its process, too."""
    process = subprocess.Popen(
        command(name, *arguments),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        said = process.stdout.readline()
        assert said.startswith("Chatting on "), process.stderr.read()
        host, _, port = said.split()[-1].rpartition(":")
        yield (host, int(port)), process
    finally:
        end_group(process)
        _, complaints = process.communicate()
    for bad in ("Traceback", "Task was destroyed"):
        assert bad not in complaints, complaints


class Client:
    """Somebody with `nc`: says lines, reads lines."""

    def __init__(self, address, name=None, **options):
        self.sock = socket.socket()
        for option, value in options.items():
            self.sock.setsockopt(
                socket.SOL_SOCKET, getattr(socket, option), value
            )
        self.sock.settimeout(PATIENCE)
        self.sock.connect(address)
        self.lines = self.sock.makefile("r", encoding="utf-8")
        self.name = name
        assert self.read() == "* Welcome. What is your name?"
        if name:
            self.say(name)
            self.read_until(f"* {name} enters lobby.")

    def say(self, *lines):
        self.sock.sendall("".join(f"{line}\n" for line in lines).encode())

    def read(self):
        return self.lines.readline().removesuffix("\n")

    def read_until(self, wanted):
        """Read up to a line; return those before it."""
        before = []
        while (line := self.lines.readline()) != f"{wanted}\n":
            assert line, f"the end came before {wanted!r}; heard: {before}"
            before.append(line.removesuffix("\n"))
        return before

    def close(self):
        self.lines.close()
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()


SERVERS = ["chat_threading", "chat_forking", "chat_async"]


@pytest.fixture(params=SERVERS)
def address(request):
    """A chat of each kind."""
    if request.param == "chat_forking" and not hasattr(os, "fork"):
        pytest.skip("this system cannot fork")
    with started(request.param, "--port=0") as address:
        yield address


# -- Everybody hears everything, once and in order


def talk(addresses):
    """Let everybody say something; return what each has heard."""
    with contextlib.ExitStack() as stack:
        clients = [
            stack.enter_context(Client(addresses[i % len(addresses)], f"c{i}"))
            for i in range(CLIENTS)
        ]
        everybody = f"* c{CLIENTS - 1} enters lobby."
        for client in clients[:-1]:
            client.read_until(everybody)
        for number in range(EACH):
            for client in clients:
                client.say(f"word {number}")
        return [
            [client.read() for _ in range(CLIENTS * EACH)]
            for client in clients
        ]


def check(heard):
    """Hold what was heard to the promise."""
    wanted = Counter(
        f"c{i}: word {number}"
        for i in range(CLIENTS)
        for number in range(EACH)
    )
    assert Counter(heard[0]) == wanted, "each message, once"
    assert all(each == heard[0] for each in heard), "one order for all"
    for i in range(CLIENTS):
        mine = [line for line in heard[0] if line.startswith(f"c{i}: ")]
        assert mine == [f"c{i}: word {number}" for number in range(EACH)]


@pytest.mark.slow
def test_every_message_reaches_everybody_once_in_order(address):
    check(talk([address]))


@pytest.mark.slow
@pytest.mark.parametrize("server", ["chat_threading", "chat_async"])
def test_so_it_does_over_several_servers_with_a_redis(redis_server, server):
    pytest.importorskip("redis", reason="there is no client for Redis")
    redis = f"--redis={redis_server.where}"
    with contextlib.ExitStack() as stack:
        here = stack.enter_context(started(server, "--port=0", redis))
        # Two processes on one port: the kernel shares the clients out.
        port = f"--port={here[1]}"
        assert stack.enter_context(started(server, port, redis)) == here
        there = stack.enter_context(started(server, "--port=0", redis))
        check(talk([here, there]))


# -- Rooms


@pytest.mark.slow
def test_rooms_are_apart_and_can_be_left(address):
    with Client(address, "ann") as ann, Client(address, "bob") as bob:
        ann.read_until("* bob enters lobby.")
        ann.say("/join tea")
        assert bob.read() == "* ann leaves lobby."
        ann.read_until("* ann enters tea.")
        bob.say("is anybody here?", "/join tea", "hello")
        assert ann.read_until("bob: hello") == ["* bob enters tea."]
        ann.say("/leave", "and nobody hears this", "/join tea", "back")
        assert bob.read_until("ann: back")[-2:] == [
            "* ann leaves tea.",
            "* ann enters tea.",
        ]
        assert "* You are in no room: /join one." in ann.read_until(
            "ann: back"
        )


@pytest.mark.slow
def test_who_comes_late_is_told_what_the_room_talks_about(address):
    with Client(address, "ann") as ann:
        ann.say("/topic Green tea", "there")
        ann.read_until("ann: there")
        with Client(address) as bob:
            bob.say("bob")
            told = bob.read_until("* bob enters lobby.")
        assert told == ["* Topic: Green tea"]


@pytest.mark.slow
def test_who_quits_or_vanishes_has_left(address):
    with Client(address, "ann") as ann:
        with Client(address, "bob") as bob:
            bob.say("/quit")
            ann.read_until("* bob leaves lobby.")
            assert bob.lines.read() == ""
        with Client(address, "cat"):
            pass
        ann.read_until("* cat leaves lobby.")
        ann.say("/nonsense", b"\xff\xfe".decode("latin-1"))
        ann.read_until("* There is /join ROOM, /leave, /topic, /quit.")
        assert ann.read().startswith("ann: ")


# -- The slow one


@pytest.mark.slow
def test_a_slow_reader_is_told_what_it_missed_and_slows_nobody(address):
    count, words = 6000, "x" * 900
    with (
        Client(address, "slow", SO_RCVBUF=4096) as slow,
        Client(address, "quick") as quick,
    ):
        for number in range(count):
            quick.say(f"{number} {words}")
            assert quick.read() == f"quick: {number} {words}"
        quick.say("that was all")
        heard = slow.read_until("quick: that was all")
    gaps = [line for line in heard if line.startswith("* You were too slow")]
    missed = sum(int(line.split()[6]) for line in gaps)
    said = [line for line in heard if line.endswith(words)]
    assert missed > 0
    assert missed + len(said) == count
    numbers = [int(line.split()[1]) for line in said]
    assert numbers == sorted(numbers), "in order, with gaps"


def test_a_guest_whom_nobody_can_write_to_is_heard_no_more():
    guest = Guest(Hub())
    assert guest.hear(b"ann\n")
    assert guest.hear(b"hello\n")
    guest.inbox.close()  # as the one who writes does when the client is gone
    assert not guest.hear(b"and much more\n")


DOWN = "* The line is down; this was not sent."


class Line(InProcess):
    """A transport that may be down."""

    down = False

    def send(self, act, topic, message):
        if self.down:
            raise ConnectionError("the line is down")
        super().send(act, topic, message)


def test_a_guest_whose_words_are_not_sent_is_told_so_and_stays():
    line = Line()
    guest = Guest(Hub(line))
    guest.hear(b"ann\n")
    line.down = True
    for words in (b"hello\n", b"/topic tea\n", b"/join tea\n"):
        assert guest.hear(words)
    line.down = False
    assert guest.hear(b"I am here\n")
    guest.go()
    assert [*guest.inbox][2:] == [*[DOWN] * 4, "ann: I am here"]


def test_a_guest_can_go_home_while_the_line_is_down():
    line = Line()
    guest = Guest(Hub(line))
    guest.hear(b"ann\n")
    line.down = True
    guest.go()
    assert guest.inbox.closed, "the one who writes must come to an end"
    line.down = False
    guest.hub.publish("lobby", "is ann here?")
    assert "is ann here?" not in [*guest.inbox]


@pytest.mark.slow
@pytest.mark.parametrize("server", ["chat_threading", "chat_async"])
def test_without_its_redis_a_chat_stays_up(redis_server, server):
    pytest.importorskip("redis", reason="there is no client for Redis")
    redis = f"--redis={redis_server.where}"
    with started(server, "--port=0", redis) as address:
        with Client(address, "ann") as ann, Client(address, "bob") as bob:
            redis_server.kill()
            # More than the server keeps for a Redis that may come back.
            ann.say(*[f"word {number}" for number in range(1100)])
            ann.read_until(DOWN)
            # One more may find room: the server takes one out to send it.
            bob.say("hello", "hello")
            bob.read_until(DOWN)
            bob.say("/quit")
            bob.lines.read()
        with Client(address) as late:
            late.say("cat", "hello")
            late.read_until(DOWN)


@pytest.mark.slow
@needs_fork
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork")
def test_a_relay_that_is_killed_is_replaced_for_those_who_come(capfd):
    server = ForkingChatServer(("127.0.0.1", 0))
    with serving(server):
        with Client(server.server_address, "ann") as ann:
            server.relay._process.kill()
            assert ann.lines.read() == "", "her relay has gone"
        server.relay._process.wait(PATIENCE)
        with Client(server.server_address, "bob") as bob:
            bob.say("hello")
            bob.read_until("bob: hello")
    assert "Traceback" not in capfd.readouterr().err


def test_not_everybody_can_fill_the_memory_with_topics():
    guest = Guest(Hub())
    guest.hear(b"ann\n")
    for number in range(2 * TOPICS):
        guest.hear(b"/join %d\n" % number)
        guest.hear(b"/topic tea\n")
    assert len(guest.hub.declarations()) == TOPICS


# -- Starting and ending


TAKEN = "another program has this port; choose one with --port."
NO_REDIS = (
    "no Redis at 127.0.0.1:{free}: start one (redis-server), or say where it "
    "is."
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("port", "redis", "sentence"),
    [
        ("{taken}", None, TAKEN),
        ("99999", None, "bind(): port must be 0-65535."),
        ("0", "127.0.0.1:{free}", NO_REDIS),
        ("0", "nowhere", "'nowhere' is not HOST:PORT of a Redis."),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(port, redis, sentence):
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        socket.socket() as free,
    ):
        free.bind(("127.0.0.1", 0))  # and does not listen
        ports = {
            "taken": taken.getsockname()[1],
            "free": free.getsockname()[1],
        }
        arguments = [
            f"--port={port}",
            *([f"--redis={redis}"] if redis else []),
        ]
        run = subprocess.run(
            command("chat_threading", *[a.format(**ports) for a in arguments]),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    said = f"No chat on 127.0.0.1:{port}: {sentence}\n".format(**ports)
    assert (run.returncode, run.stdout, run.stderr) == (1, "", said)


@pytest.mark.slow
def test_the_bundled_client_says_and_shows():
    with (
        started("chat_threading", "--port=0") as (host, port),
        Client((host, port), "ann") as ann,
    ):
        run = subprocess.run(
            command("chat_client", host, str(port)),
            cwd=ROOT,
            input="bob\nhello\n/quit\n",
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert ann.read_until("* bob leaves lobby.") == [
            "* bob enters lobby.",
            "bob: hello",
        ]
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == (
        "* Welcome. What is your name?\n* bob enters lobby.\nbob: hello\n"
    )


@pytest.mark.slow
def test_the_client_says_where_there_is_no_chat():
    run = subprocess.run(
        command("chat_client", "127.0.0.1", "1"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr.startswith("There is no chat at 127.0.0.1:1: ")
    assert run.stderr.count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize("server", SERVERS)
def test_ctrl_c_ends_the_server_though_guests_are_there(server):
    with (
        running(server, "--port=0") as (address, process),
        Client(address, "ann") as ann,
    ):
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
        assert ann.lines.read() == "", "the guest sees the end"
