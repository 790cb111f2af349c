"""The module under test, and what each test of this folder may ask for.

    pytest tests/conformance                      the original and the mini
    pytest tests/conformance --impl=stdlib        one of them: stdlib, mini
    pytest tests/conformance --impl=my/module.py  your own: a file
    pytest tests/conformance --impl=my/package    your own: a folder

A test that takes the fixture `impl` runs once for each implementation; its
identifier ends in [stdlib], [mini] or the name of the file or folder.

A test says what it is about, `@pytest.mark.about("BaseServer.shutdown")`, by
one or more names of the original.  A name that neither the running Python's
socketserver nor the module under test has is skipped; one that only the
module under test lacks is a failure that says so in one sentence.
"""

import contextlib
import os
import socketserver
from collections import Counter
from pathlib import Path

import pytest

from companion.implementation import NAMED, NoImplementationError, find

from .toolkit import (
    ABOUT,
    Journal,
    SocketFolder,
    address_for,
    bounded,
    echo,
    recording,
)

MODULES = pytest.StashKey()


# -- The option


def pytest_addoption(parser):
    parser.addoption(
        "--impl",
        action="append",
        metavar="stdlib|mini|PATH",
        help="the module that tests/conformance runs on: the original, the"
        " mini, or your own, a .py file or a package's folder (repeatable;"
        " stdlib and mini unless given)",
    )


def pytest_configure(config):
    config.addinivalue_line("markers", ABOUT)
    # Without the option, as when the tests are run from far above, None.
    asked = config.getoption("impl", default=None) or list(NAMED)
    try:
        config.stash[MODULES] = {
            Path(spec).stem: find(spec, config.invocation_params.dir)
            for spec in dict.fromkeys(asked)
        }
    except NoImplementationError as error:
        raise pytest.UsageError(str(error)) from None


# -- What a test is about


def pytest_collection_modifyitems(items):
    # A test forks while its clients and loops are threads; 3.12 and later
    # warn of that, rightly, and it is not what the tests are about.
    warning = "ignore:.*multi-threaded, use of fork:DeprecationWarning"
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings(warning))


def pytest_generate_tests(metafunc):
    if "impl" in metafunc.fixturenames:
        modules = metafunc.config.stash[MODULES]
        metafunc.parametrize(
            "impl", modules.values(), ids=modules, indirect=True
        )


def _module_of(item):
    """Return the module that a test runs on, or None."""
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    return parameters.get("impl")


class Missing(pytest.fail.Exception):
    """The module under test has no such class or method yet."""

    def __init__(self, sentence):
        super().__init__(sentence, pytrace=False)


# Last, so that pytest's own plugins have set up what they take down again.
@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_setup(item):
    module = _module_of(item)
    if module is not None:
        for mark in item.iter_markers("about"):
            for symbol in mark.args:
                _require(module, symbol)
    return (yield from _naming_what_is_missing(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    return (yield from _naming_what_is_missing(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    # What is missing is a failure to its author, also where pytest, which
    # had not begun with the test itself, would speak of an error.
    if call.excinfo is not None and call.excinfo.errisinstance(Missing):
        report.when = "call"
    return report


def pytest_terminal_summary(terminalreporter):
    """Say once each which promises were broken, the most often first."""
    here = "tests/conformance/"
    broken = Counter(
        _in_words(report.longrepr.reprcrash.message)
        for report in terminalreporter.getreports("failed")
        if here in report.nodeid and hasattr(report.longrepr, "reprcrash")
        # What leaks is a consequence, and names no promise.
        if "UnraisableException" not in report.longrepr.reprcrash.message
    )
    if broken:
        terminalreporter.section("broken promises")
    for promise, times in broken.most_common():
        terminalreporter.line(f"{times:>3} x  {promise}")


def _in_words(message):
    """Return what a failure says to people: its first line."""
    first = message.splitlines()[0] if message else "(nothing was said)"
    return first.removeprefix("AssertionError: ").removeprefix("Failed: ")


def _naming_what_is_missing(item):
    """Run a phase of a test; put a sentence in an AttributeError's place."""
    try:
        return (yield)
    except AttributeError as error:
        module = _module_of(item)
        if module is None or error.obj is not module:
            raise
        raise Missing(_sentence(None, error.name)) from None


def _require(module, symbol):
    """Skip or fail unless the module has the symbol "Class.method"."""
    ours, theirs, owner = module, socketserver, None
    for name in symbol.split("."):
        if not hasattr(ours, name):
            if not hasattr(theirs, name):
                pytest.skip(f"socketserver has no {symbol} on this Python")
            raise Missing(_sentence(owner, name))
        ours = getattr(ours, name)
        theirs = getattr(theirs, name, None)
        owner = name


def _sentence(owner, name):
    if owner is not None:
        return f"your class {owner} has no {name} yet"
    is_class = isinstance(getattr(socketserver, name, None), type)
    return f"your module has no {'class ' if is_class else ''}{name} yet"


# -- Fixtures


@pytest.fixture
def impl(request):
    """The module under test."""
    return request.param


@pytest.fixture
def stdlib():
    """The original, for tests that compare."""
    return socketserver


@pytest.fixture
def mini(request):
    """The mini, for tests that compare; skips where it is not asked for."""
    for module in request.config.stash[MODULES].values():
        if module.__name__ == "minisocketserver":
            return module
    pytest.skip("the mini is not among the modules under test")


@pytest.fixture(autouse=True)
def only_children_leave(monkeypatch):
    """Keep an implementation that mixes up its processes from ending the run.

    A forked child ends with os._exit(); a parent that calls it would end
    pytest without a word.
    """
    parent, leave = os.getpid(), os._exit

    def leave_as_child(status):
        if os.getpid() == parent:
            pytest.fail("the parent called os._exit(): only the child may")
        leave(status)

    monkeypatch.setattr(os, "_exit", leave_as_child)


@pytest.fixture
def sockets():
    """A `SocketFolder` for this test alone."""
    with SocketFolder() as folder:
        yield folder


@pytest.fixture
def journal():
    """A `Journal` for this test alone."""
    journal = Journal()
    yield journal
    journal.close()


@pytest.fixture
def make_server(impl, sockets, journal):  # the journal outlives the servers
    """Make servers at free addresses; close them when the test ends.

    make_server("TCPServer")            the class of that name, echoing
    make_server(MyServer, MyHandler)    a class of your own
    make_server("TCPServer", echo, bind_and_activate=False)
    """
    servers = []

    def make(server_class, handler=echo, **kwargs):
        if isinstance(server_class, str):
            server_class = getattr(impl, server_class)
        address = address_for(server_class, sockets)
        servers.append(server_class(address, handler, **kwargs))
        return servers[-1]

    yield make
    for server in servers:
        # The socket is the test's to close where nobody else did: a draft
        # may have no server_close() yet.
        with contextlib.ExitStack() as stack:
            if hasattr(server, "socket"):
                stack.callback(server.socket.close)
            if hasattr(server, "server_close"):
                bounded(server.server_close)


@pytest.fixture
def make_recording(impl, make_server, journal):
    """Make a server whose hooks are written into the fixture `journal`."""

    def make(server_class, handler=echo, **kwargs):
        if isinstance(server_class, str):
            server_class = getattr(impl, server_class)
        return make_server(recording(server_class, journal), handler, **kwargs)

    return make
