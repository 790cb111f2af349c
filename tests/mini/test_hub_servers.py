"""A server with a hub: how its handlers find it, and how it ends."""

import contextlib
import os
import signal
import socketserver
import threading

import pytest

import minisocketserver as mini
from minisocketserver.hub import Hub, HubMixIn
from tests.conformance.toolkit import (
    Background,
    bounded,
    client,
    exchange,
    needs_fork,
    read_all,
    serving,
    wait_for,
)

LOCALHOST = ("127.0.0.1", 0)


class Repeat(mini.StreamRequestHandler):
    """Tell the client what is published, until the hub is closed."""

    def handle(self):
        with self.server.hub.listen("news") as inbox:
            self.server.present.release()
            for message in inbox:
                self.wfile.write(message)


class ThreadingNews(HubMixIn, mini.ThreadingTCPServer):
    def __init__(self, *args):
        self.present = threading.Semaphore(0)
        super().__init__(*args)


class OriginalNews(HubMixIn, socketserver.ThreadingTCPServer):
    def __init__(self, *args):
        self.present = threading.Semaphore(0)
        super().__init__(*args)


class AsyncRepeat(mini.AsyncStreamRequestHandler):
    """The same in a task."""

    async def handle(self):
        with self.server.hub.listen("news") as inbox:
            self.server.present.release()
            async for message in inbox:
                self.wfile.write(message)


class AsyncNews(HubMixIn, mini.AsyncTCPServer):
    # Nobody should need it: it is more than a test may last.
    grace_period = 60

    def __init__(self, *args):
        self.present = threading.Semaphore(0)
        super().__init__(*args)


@pytest.mark.parametrize(
    ("server_class", "handler"),
    [
        (ThreadingNews, Repeat),
        (OriginalNews, Repeat),
        (AsyncNews, AsyncRepeat),
    ],
)
def test_all_handlers_of_a_server_find_the_same_hub(server_class, handler):
    server = server_class(LOCALHOST, handler)
    with contextlib.ExitStack() as stack:
        with serving(server):
            socks = [stack.enter_context(client(server)) for _ in range(3)]
            for _ in socks:
                assert server.present.acquire(timeout=5)
            server.hub.publish("news", b"hot!")
            server.hub.publish("news", b"tea!")
        assert [read_all(sock) for sock in socks] == [b"hot!tea!"] * 3


def test_closing_a_server_does_not_wait_for_handlers_that_listen():
    server = ThreadingNews(LOCALHOST, Repeat)
    with serving(server), client(server):
        assert server.present.acquire(timeout=5)
    # `serving` has closed the server, in time.
    assert list(server.hub.listen("news")) == []


@pytest.mark.parametrize(
    ("server_class", "handler"),
    [(ThreadingNews, Repeat), (AsyncNews, AsyncRepeat)],
)
def test_handlers_that_listen_say_their_last_word(server_class, handler):
    class Polite(handler):
        def finish(self):
            self.wfile.write(b"bye")
            return super().finish()

    server = server_class(LOCALHOST, Polite)
    with contextlib.ExitStack() as stack:
        with serving(server):
            sock = stack.enter_context(client(server))
            assert server.present.acquire(timeout=5)
            server.hub.publish("news", b"hot!")
        assert read_all(sock) == b"hot!bye"


@pytest.mark.parametrize(
    ("server_class", "handler"),
    [(ThreadingNews, Repeat), (AsyncNews, AsyncRepeat)],
)
def test_a_server_that_is_started_again_has_an_open_hub(server_class, handler):
    server = server_class(LOCALHOST, handler)
    with contextlib.ExitStack() as stack:
        stack.callback(server.server_close)
        for _ in range(2):
            loop = Background(server.serve_forever)
            sock = stack.enter_context(client(server))
            assert server.present.acquire(timeout=5)
            server.hub.publish("news", b"hot!")
            assert sock.recv(4) == b"hot!"
            bounded(server.shutdown)
            loop.result()


def test_the_hub_is_closed_while_an_async_server_waits():
    asked, heard = threading.Event(), []

    class Late(mini.AsyncStreamRequestHandler):
        async def handle(self):
            with self.server.hub.listen("news") as inbox:
                self.server.present.release()
                async for _ in inbox:
                    pass
            heard.extend([each async for each in self.server.hub.listen("x")])
            asked.set()

    server = AsyncNews(LOCALHOST, Late)
    with serving(server), client(server):
        assert server.present.acquire(timeout=5)
    assert asked.is_set(), "a new hub would have kept it waiting"
    assert heard == []


def test_a_server_closed_before_its_hub_was_used_has_a_closed_one():
    server = ThreadingNews(LOCALHOST, Repeat)
    bounded(server.server_close)
    assert bounded(list, server.hub.listen("news")) == []


def test_two_servers_have_two_hubs_unless_they_are_given_one():
    shared = Hub()

    class Shared(ThreadingNews):
        def make_hub(self):
            return shared

    class News(ThreadingNews):
        pass

    with News(LOCALHOST, Repeat) as one, News(LOCALHOST, Repeat) as other:
        assert one.hub is one.hub
        assert one.hub is not other.hub
    with Shared(LOCALHOST, Repeat) as one, Shared(LOCALHOST, Repeat) as other:
        assert one.hub is other.hub is shared


def test_a_hub_is_made_once_although_two_threads_ask_for_it():
    asked = threading.Barrier(2, timeout=5)

    class Slow(ThreadingNews):
        made = 0

        def make_hub(self):
            self.made += 1
            return super().make_hub()

    def ask(server):
        asked.wait()
        return server.hub

    with Slow(LOCALHOST, Repeat) as server:
        askers = [Background(ask, server) for _ in range(2)]
        assert len({asker.result() for asker in askers}) == 1
        assert server.made == 1


def test_a_server_that_cannot_be_made_closes_what_it_has():
    with (
        ThreadingNews(LOCALHOST, Repeat) as server,
        pytest.raises(OSError, match="in use"),
    ):
        ThreadingNews(server.server_address, Repeat)


@needs_fork
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork")
def test_a_forked_handler_is_refused_in_a_clear_sentence(capfd):
    class ForkingNews(HubMixIn, mini.ForkingTCPServer):
        present = threading.Semaphore(0)

    server = ForkingNews(LOCALHOST, Repeat)
    with serving(server):
        assert server.hub.declarations() == {}, "the parent may use it"
        assert exchange(server, b"") == b""
    assert (
        capfd.readouterr().err.count(
            "RuntimeError: no other process would hear this forked handler: "
            "override make_hub\n"
        )
        == 1
    )


@needs_fork
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork")
def test_a_forked_handler_makes_a_hub_of_its_own_where_it_may():
    class Tell(mini.StreamRequestHandler):
        def handle(self):
            inbox = self.server.hub.listen("news")
            self.server.hub.publish("news", os.getpid())
            self.wfile.write(b"%d" % inbox.get(5))

    class ForkingNews(HubMixIn, mini.ForkingTCPServer):
        def make_hub(self):
            return Hub()

    server = ForkingNews(LOCALHOST, Tell)
    with serving(server):
        here = server.hub.listen("news")
        assert int(exchange(server, b"")) != os.getpid()
    assert list(here) == [], "what a child says is not heard here"


@needs_fork
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork")
def test_a_child_forked_while_the_parent_makes_its_hub_does_not_hang():
    parent = os.getpid()
    begun, go_on = threading.Event(), threading.Event()

    class Tell(mini.StreamRequestHandler):
        def handle(self):
            signal.alarm(5)  # ends a child that hangs
            inbox = self.server.hub.listen("news")
            self.server.hub.publish("news", b"hot!")
            self.wfile.write(inbox.get(5))

    class Slow(HubMixIn, mini.ForkingTCPServer):
        def make_hub(self):
            if os.getpid() == parent:
                begun.set()
                wait_for(go_on, "the test must let the parent go on")
            return Hub()

    server = Slow(LOCALHOST, Tell)
    with serving(server):
        maker = Background(lambda: server.hub)
        wait_for(begun, "the parent must make its hub")
        try:
            assert exchange(server, b"") == b"hot!"
        finally:
            go_on.set()
        assert maker.result() is server.hub
