"""What the eight ready-made mixtures promise: two parents and no more."""

import os
import threading

import pytest

from .peers import guarded
from .toolkit import (
    bounded,
    echo,
    exchange,
    is_datagram,
    serving,
)

CONCURRENCY = {"Forking": "ForkingMixIn", "Threading": "ThreadingMixIn"}
TRANSPORTS = [
    "TCPServer",
    "UDPServer",
    "UnixStreamServer",
    "UnixDatagramServer",
]

mixtures = pytest.mark.parametrize(
    ("prefix", "transport"),
    [
        pytest.param(
            prefix,
            transport,
            id=prefix + transport,
            marks=pytest.mark.about(prefix + transport),
        )
        for prefix in CONCURRENCY
        for transport in TRANSPORTS
    ],
)


def hook_owner(server_class, hook):
    """Return the class that supplies a hook to a server class."""
    return next(each for each in server_class.__mro__ if hook in vars(each))


# -- How they are made


@mixtures
def test_a_mixture_has_two_parents_the_mix_in_first(impl, prefix, transport):
    mixture = getattr(impl, prefix + transport)
    mixin = getattr(impl, CONCURRENCY[prefix])
    assert mixture.__bases__ == (mixin, getattr(impl, transport)), (
        "Python looks a method up from left to right: the mix-in must come"
        " first, or its process_request() is never found"
    )


@mixtures
def test_a_mixture_adds_nothing_of_its_own(impl, prefix, transport):
    mixture = getattr(impl, prefix + transport)
    own = {name for name in vars(mixture) if not name.startswith("__")}
    assert own == set(), (
        "a mixture is its two parents; if it needs more, the mix-in lacks it"
    )


SUPPLIED = {
    "Threading": ["process_request", "process_request_thread", "server_close"],
    "Forking": [
        "process_request",
        "server_close",
        "service_actions",
        "handle_timeout",
        "collect_children",
        "timeout",
    ],
}


@mixtures
def test_the_mix_in_supplies_how_a_request_is_processed(
    impl, prefix, transport
):
    mixture = getattr(impl, prefix + transport)
    owners = {hook: hook_owner(mixture, hook) for hook in SUPPLIED[prefix]}
    mixin = getattr(impl, CONCURRENCY[prefix])
    assert owners == dict.fromkeys(SUPPLIED[prefix], mixin), (
        "these must be found in the mix-in before any server is asked"
    )


@mixtures
def test_the_server_supplies_how_a_request_comes_and_goes(
    impl, prefix, transport
):
    mixture = getattr(impl, prefix + transport)
    datagrams = is_datagram(mixture)
    expected = dict.fromkeys(
        (
            "get_request",
            "server_activate",
            "shutdown_request",
            "close_request",
        ),
        impl.UDPServer if datagrams else impl.TCPServer,
    ) | {
        "server_bind": impl.TCPServer,
        "fileno": impl.TCPServer,
        "serve_forever": impl.BaseServer,
        "verify_request": impl.BaseServer,
        "finish_request": impl.BaseServer,
        "handle_error": impl.BaseServer,
    }
    owners = {hook: hook_owner(mixture, hook) for hook in expected}
    assert owners == expected, (
        "a mix-in changes how a request is processed, and nothing else"
    )


# -- What they do


@mixtures
def test_a_mixture_serves(impl, make_server, prefix, transport):
    where = []

    class Server(guarded(getattr(impl, prefix + transport))):
        pass

    def handler(request, client_address, server):
        where.append(threading.current_thread())
        echo(request, client_address, server)

    server = make_server(Server, handler)
    with serving(server):
        answers = exchange(server, b"one"), exchange(server, b"two")
    assert answers == (b"one", b"two"), "each client must get its answer"
    if prefix == "Forking":
        assert where == [], "the handlers must run in processes of their own"
    else:
        assert len(set(where)) == 2, "each handler must run in its own thread"


# -- The other way round


@pytest.mark.parametrize(
    "mixin",
    [
        pytest.param(mixin, marks=pytest.mark.about(mixin, "TCPServer"))
        for mixin in CONCURRENCY.values()
    ],
)
def test_a_mix_in_behind_the_server_is_never_asked(impl, make_server, mixin):
    class Swapped(guarded(impl.TCPServer), getattr(impl, mixin)):
        pass

    def handler(request, client_address, server):
        where.append((os.getpid(), threading.current_thread()))
        echo(request, client_address, server)

    where = []
    server = make_server(Swapped, handler)
    with serving(server) as loop:
        exchange(server)
    assert where == [(os.getpid(), loop.thread)], (
        "with the server in front, process_request() is found in BaseServer:"
        " the request is handled in the loop's own process and thread"
    )
    assert server.timeout is None, (
        "with the server in front, even the attributes are the server's"
    )


@pytest.mark.about("ThreadingMixIn")
def test_a_mix_in_needs_no_constructor_and_no_socket(impl):
    calls = []

    class Paper:
        """No server at all, with the three methods that the mix-in calls."""

        def finish_request(self, request, client_address):
            calls.append(("finish_request", request, client_address))

        def shutdown_request(self, request):
            calls.append(("shutdown_request", request))

        def server_close(self):
            pass

    class ThreadingPaper(impl.ThreadingMixIn, Paper):
        pass

    paper = ThreadingPaper()
    paper.process_request("request", "client")
    bounded(paper.server_close)
    assert calls == [
        ("finish_request", "request", "client"),
        ("shutdown_request", "request"),
    ], (
        "a mix-in is put in front of all kinds of classes: it must work"
        " without a constructor of its own"
    )
