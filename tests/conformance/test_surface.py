"""What can be seen from outside: names, family, signatures, defaults.

A module that is put in socketserver's place must look like it to everybody
who imports it, subclasses it, pickles its classes or patches what it uses.
"""

import inspect
import io
import os
import pickle
import selectors
import socket
import sys
import threading
import time

import pytest

from .toolkit import bounded, ignore, run_python

# -- The tables: what the original shows


FAMILY = {
    "BaseServer": (),
    "TCPServer": ("BaseServer",),
    "UDPServer": ("TCPServer", "BaseServer"),
    "UnixStreamServer": ("TCPServer", "BaseServer"),
    "UnixDatagramServer": ("UDPServer", "TCPServer", "BaseServer"),
    "ThreadingMixIn": (),
    "ForkingMixIn": (),
    "ThreadingTCPServer": ("ThreadingMixIn", "TCPServer", "BaseServer"),
    "ThreadingUDPServer": (
        "ThreadingMixIn",
        "UDPServer",
        "TCPServer",
        "BaseServer",
    ),
    "ThreadingUnixStreamServer": (
        "ThreadingMixIn",
        "UnixStreamServer",
        "TCPServer",
        "BaseServer",
    ),
    "ThreadingUnixDatagramServer": (
        "ThreadingMixIn",
        "UnixDatagramServer",
        "UDPServer",
        "TCPServer",
        "BaseServer",
    ),
    "ForkingTCPServer": ("ForkingMixIn", "TCPServer", "BaseServer"),
    "ForkingUDPServer": (
        "ForkingMixIn",
        "UDPServer",
        "TCPServer",
        "BaseServer",
    ),
    "ForkingUnixStreamServer": (
        "ForkingMixIn",
        "UnixStreamServer",
        "TCPServer",
        "BaseServer",
    ),
    "ForkingUnixDatagramServer": (
        "ForkingMixIn",
        "UnixDatagramServer",
        "UDPServer",
        "TCPServer",
        "BaseServer",
    ),
    "BaseRequestHandler": (),
    "StreamRequestHandler": ("BaseRequestHandler",),
    "DatagramRequestHandler": ("BaseRequestHandler",),
}
"""Each public class, and whom it inherits from, nearest first."""

ALONE = "(self)"
REQUEST = "(self, request)"
REQUEST_AND_CLIENT = "(self, request, client_address)"
BLOCKING = "(self, *, blocking=False)"

SIGNATURES = {
    "BaseServer.__init__": "(self, server_address, RequestHandlerClass)",
    "BaseServer.__enter__": ALONE,
    "BaseServer.__exit__": "(self, *args)",
    "BaseServer.serve_forever": "(self, poll_interval=0.5)",
    "BaseServer.shutdown": ALONE,
    "BaseServer.handle_request": ALONE,
    "BaseServer._handle_request_noblock": ALONE,
    "BaseServer.server_activate": ALONE,
    "BaseServer.server_close": ALONE,
    "BaseServer.service_actions": ALONE,
    "BaseServer.handle_timeout": ALONE,
    "BaseServer.verify_request": REQUEST_AND_CLIENT,
    "BaseServer.process_request": REQUEST_AND_CLIENT,
    "BaseServer.finish_request": REQUEST_AND_CLIENT,
    "BaseServer.shutdown_request": REQUEST,
    "BaseServer.close_request": REQUEST,
    "BaseServer.handle_error": REQUEST_AND_CLIENT,
    "TCPServer.__init__": "(self, server_address, RequestHandlerClass,"
    " bind_and_activate=True)",
    "TCPServer.server_bind": ALONE,
    "TCPServer.server_activate": ALONE,
    "TCPServer.server_close": ALONE,
    "TCPServer.fileno": ALONE,
    "TCPServer.get_request": ALONE,
    "TCPServer.shutdown_request": REQUEST,
    "TCPServer.close_request": REQUEST,
    "UDPServer.server_activate": ALONE,
    "UDPServer.get_request": ALONE,
    "UDPServer.shutdown_request": REQUEST,
    "UDPServer.close_request": REQUEST,
    "ThreadingMixIn.process_request": REQUEST_AND_CLIENT,
    "ThreadingMixIn.process_request_thread": REQUEST_AND_CLIENT,
    "ThreadingMixIn.server_close": ALONE,
    "ForkingMixIn.process_request": REQUEST_AND_CLIENT,
    "ForkingMixIn.collect_children": BLOCKING,
    "ForkingMixIn.handle_timeout": ALONE,
    "ForkingMixIn.service_actions": ALONE,
    "ForkingMixIn.server_close": ALONE,
    "BaseRequestHandler.__init__": "(self, request, client_address, server)",
    "BaseRequestHandler.setup": ALONE,
    "BaseRequestHandler.handle": ALONE,
    "BaseRequestHandler.finish": ALONE,
    "StreamRequestHandler.setup": ALONE,
    "StreamRequestHandler.finish": ALONE,
    "DatagramRequestHandler.setup": ALONE,
    "DatagramRequestHandler.finish": ALONE,
    "_SocketWriter.__init__": "(self, sock)",
    "_SocketWriter.write": "(self, b)",
    "_SocketWriter.writable": ALONE,
    "_SocketWriter.fileno": ALONE,
}
"""How each method of a class's own is called."""

DEFAULTS = {
    "BaseServer.timeout": None,
    "TCPServer.address_family": socket.AF_INET,
    "TCPServer.socket_type": socket.SOCK_STREAM,
    "TCPServer.allow_reuse_address": False,
    "TCPServer.allow_reuse_port": False,
    "UDPServer.address_family": socket.AF_INET,
    "UDPServer.socket_type": socket.SOCK_DGRAM,
    "UDPServer.allow_reuse_address": False,
    "UDPServer.allow_reuse_port": False,
    "UDPServer.max_packet_size": 8192,
    "UnixStreamServer.address_family": getattr(socket, "AF_UNIX", None),
    "UnixStreamServer.socket_type": socket.SOCK_STREAM,
    "UnixDatagramServer.address_family": getattr(socket, "AF_UNIX", None),
    "UnixDatagramServer.socket_type": socket.SOCK_DGRAM,
    "ThreadingMixIn.daemon_threads": False,
    "ThreadingMixIn.block_on_close": True,
    "ThreadingTCPServer.timeout": None,
    "ForkingMixIn.timeout": 300,
    "ForkingMixIn.active_children": None,
    "ForkingMixIn.max_children": 40,
    "ForkingMixIn.block_on_close": True,
    "ForkingTCPServer.timeout": 300,
    "StreamRequestHandler.rbufsize": -1,
    "StreamRequestHandler.wbufsize": 0,
    "StreamRequestHandler.timeout": None,
    "StreamRequestHandler.disable_nagle_algorithm": False,
}
"""What each setting is as long as nobody changes it."""

FORKING = {name for name in FAMILY if name.startswith("Forking")}
UNIX = {name for name in FAMILY if "Unix" in name}
ADDED_IN_3_12 = FORKING & UNIX


def by_symbol(symbols):
    """Return one test parameter per symbol, which the test is about."""
    return [
        pytest.param(symbol, marks=pytest.mark.about(symbol))
        for symbol in symbols
    ]


def look_up(impl, symbol):
    class_name, _, name = symbol.partition(".")
    return getattr(getattr(impl, class_name), name)


def own(impl, symbol):
    """Say whether "Class.name" is defined in that class itself."""
    class_name, _, name = symbol.partition(".")
    return name in vars(getattr(impl, class_name))


# -- Names


@pytest.mark.about("BaseServer")
def test_a_star_import_gives_every_public_class(impl):
    expected = set(FAMILY)
    if not hasattr(os, "fork"):
        expected -= FORKING
    if not hasattr(socket, "AF_UNIX"):
        expected -= UNIX
    assert set(impl.__all__) | ADDED_IN_3_12 == expected | ADDED_IN_3_12, (
        "`from module import *` gives what __all__ lists: the public classes"
        " that work on this platform, and nothing else"
    )
    missing = [name for name in impl.__all__ if not hasattr(impl, name)]
    assert not missing, "__all__ must list nothing that does not exist"


@pytest.mark.about("BaseServer")
def test_a_star_import_gives_each_name_once(impl):
    assert len(impl.__all__) == len(set(impl.__all__)), (
        "a name is twice in __all__"
    )


@pytest.mark.parametrize("name", by_symbol(FAMILY))
def test_each_class_has_its_place_in_the_family(impl, name):
    parents = tuple(
        parent.__name__
        for parent in getattr(impl, name).__mro__[1:]
        if parent.__name__ in FAMILY
    )
    assert parents == FAMILY[name], (
        f"Python looks a method of {name} up in its parents, in this order;"
        " a mix-in stands before the server that it changes"
    )


@pytest.mark.parametrize("symbol", by_symbol(SIGNATURES))
def test_each_method_is_called_as_in_the_original(impl, symbol):
    assert own(impl, symbol), (
        f"{symbol} must be defined in that class, not only inherited: who"
        " calls it by the class's name expects what that class does"
    )
    signature = inspect.signature(look_up(impl, symbol))
    plain = signature.replace(
        parameters=[
            parameter.replace(annotation=inspect.Parameter.empty)
            for parameter in signature.parameters.values()
        ],
        return_annotation=inspect.Signature.empty,
    )
    assert str(plain) == SIGNATURES[symbol], (
        "callers use positions and keywords, so names, order and defaults of"
        " the parameters must be the original's (types may be added)"
    )


@pytest.mark.parametrize("symbol", by_symbol(DEFAULTS))
def test_each_setting_has_its_default(impl, symbol):
    assert look_up(impl, symbol) == DEFAULTS[symbol], (
        f"{symbol} must be {DEFAULTS[symbol]} until somebody changes it; it"
        " must be found on the class, for subclasses to override"
    )


@pytest.mark.about("TCPServer.request_queue_size")
def test_at_least_five_clients_may_queue(impl):
    assert impl.TCPServer.request_queue_size >= 5, (
        "while one request is handled others must be able to connect"
    )


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.about(f"UDPServer.{name}"))
        for name in ("allow_reuse_address", "allow_reuse_port")
    ],
)
def test_a_setting_for_tcp_does_not_reach_udp(impl, monkeypatch, name):
    monkeypatch.setattr(impl.TCPServer, name, True)
    assert getattr(impl.UDPServer, name) is False, (
        f"UDPServer has its own {name}: turned on for TCP, it must stay off"
        " for datagrams, where it would let a second server take the address"
    )


# -- What subclasses and pickles reach for


@pytest.mark.about("BaseServer.__init__")
def test_a_server_keeps_the_original_names_of_its_flags(impl):
    server = impl.BaseServer("address", None)
    assert {
        "_BaseServer__is_shut_down",
        "_BaseServer__shutdown_request",
    } <= set(vars(server)), (
        "public code sets _BaseServer__shutdown_request from outside: the"
        " class must be called BaseServer and the flags keep their names"
    )


@pytest.mark.parametrize("name", by_symbol(FAMILY))
def test_each_class_can_be_pickled_by_its_name(impl, name):
    server_class = getattr(impl, name)
    assert pickle.loads(pickle.dumps(server_class)) is server_class, (
        "a pickle holds module and name of a class, and finds it there"
    )


@pytest.mark.about("_SocketWriter")
def test_the_file_without_a_buffer_can_be_reached(impl):
    assert isinstance(impl._SocketWriter, type), (
        "others make a wfile of their own from _SocketWriter"
    )


# -- The modules beneath


@pytest.mark.about("BaseServer")
@pytest.mark.parametrize(
    "module", [os, selectors, socket, sys, threading], ids=lambda m: m.__name__
)
def test_the_modules_it_uses_can_be_reached_through_it(impl, module):
    assert getattr(impl, module.__name__, None) is module, (
        f"tests and patches in the wild say socketserver.{module.__name__}"
    )


@pytest.mark.about("_SocketWriter")
def test_the_parent_of_its_file_can_be_reached(impl):
    assert impl.BufferedIOBase is io.BufferedIOBase, (
        "the original imports io.BufferedIOBase by its name"
    )


@pytest.mark.about("BaseServer")
def test_its_clock_cannot_be_set_back(impl):
    assert impl.time is time.monotonic, (
        "`time` is time.monotonic: the hour of the day may jump"
    )


@pytest.mark.about("BaseServer")
def test_its_selector_costs_no_descriptor(impl):
    cheap = getattr(selectors, "PollSelector", selectors.SelectSelector)
    assert impl._ServerSelector is cheap, (
        "_ServerSelector must be poll, or select where there is no poll:"
        " epoll and kqueue need a descriptor of their own"
    )


@pytest.mark.about("TCPServer.__init__")
def test_a_replaced_socket_class_is_used(impl, make_server, monkeypatch):
    class Marked(socket.socket):
        pass

    monkeypatch.setattr(impl.socket, "socket", Marked)
    server = make_server("TCPServer")
    assert isinstance(server.socket, Marked), (
        "look socket.socket up when it is needed: `from socket import"
        " socket` does not see what was put in its place later"
    )


@pytest.mark.about("ThreadingMixIn.process_request")
def test_a_replaced_thread_class_is_used(impl, make_server, monkeypatch):
    names = []

    class Marked(threading.Thread):
        def start(self):
            names.append("started")
            super().start()

    server = make_server("ThreadingTCPServer", ignore)
    request, client = socket.socketpair()
    with request, client:
        with monkeypatch.context() as patch:
            patch.setattr(impl.threading, "Thread", Marked)
            server.process_request(request, "client")
        bounded(server.server_close)
    assert names == ["started"], (
        "look threading.Thread up for each request: gevent and others"
        " replace it"
    )


@pytest.mark.about("ForkingMixIn.process_request")
def test_a_replaced_fork_is_used(impl, make_server, monkeypatch):
    forks = []

    def fork():
        forks.append("forked")
        return 2**22 + 1  # a number that no process has

    server = make_server("ForkingTCPServer")
    monkeypatch.setattr(impl.os, "fork", fork)
    request, client = socket.socketpair()
    with request, client:
        server.process_request(request, "client")
    assert forks == ["forked"], (
        "look os.fork up for each request: `from os import fork` does not"
        " see what was put in its place later"
    )


# -- Importing it, also where something is missing


@pytest.mark.about("BaseServer")
def test_importing_it_prints_nothing_and_starts_nothing(impl):
    printed = run_python(
        impl,
        """
        import threading
        print(threading.active_count())
        """,
    )
    assert printed == "1\n", "an import must not start threads, or print"


SERVES_STILL = """
import socket, threading
server = impl.ThreadingTCPServer(
    ("127.0.0.1", 0), lambda request, *_: request.sendall(b"served")
)
with server, socket.create_connection(server.server_address, 5) as client:
    server.handle_request()
    print(client.recv(10).decode())
print(*(name for name in sorted(vars(impl)) if name.endswith("er")))
print(*sorted(impl.__all__))
"""


@pytest.mark.about("ThreadingTCPServer")
def test_without_fork_the_forking_names_are_absent(impl):
    printed = run_python(impl, SERVES_STILL, before="import os; del os.fork")
    served, *names = printed.splitlines()
    assert served == "served", "everything else must work"
    assert not [line for line in names if "Forking" in line], (
        "on Windows there is no os.fork: no name of the module may pretend"
    )


@pytest.mark.about("ThreadingTCPServer")
def test_without_unix_sockets_the_unix_names_are_absent(impl):
    printed = run_python(
        impl, SERVES_STILL, before="import socket; del socket.AF_UNIX"
    )
    served, *names = printed.splitlines()
    assert served == "served", "everything else must work"
    assert not [line for line in names if "Unix" in line], (
        "where there is no AF_UNIX no name of the module may pretend"
    )


@pytest.mark.about("BaseServer")
def test_without_poll_it_uses_select(impl):
    printed = run_python(
        impl,
        "print(impl._ServerSelector.__name__)",
        before="""
        import selectors
        if hasattr(selectors, "PollSelector"):
            del selectors.PollSelector
        """,
    )
    assert printed == "SelectSelector\n", "Windows has no poll, only select"
