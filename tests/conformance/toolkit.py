"""What all conformance tests share: servers, clients, waiting, recording.

Three laws hold for each test of this folder, and these tools keep them.

* Nothing waits for ever.  Whatever an implementation may get wrong, a test
  fails within `DEADLINE` seconds: use `bounded(call)`, `Background(call)`,
  `wait_for(event, promise)`, and clients made by `client(server)`.
* Nothing sleeps.  A test waits for an event, a byte or the end of a thread.
* Nothing stays.  `serving(server)` ends its loop and its thread, the fixture
  `make_server` closes each server it made.

In a test, with the fixtures `impl` and `make_server` of conftest.py:

    from .toolkit import echo, exchange, serving

    @pytest.mark.about("TCPServer.get_request")
    def test_a_client_is_answered(make_server):
        server = make_server("TCPServer", echo)
        with serving(server):
            answer = exchange(server, b"hello")
        assert answer == b"hello", "the client must get the handler's answer"
"""

import asyncio
import contextlib
import functools
import inspect
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from pathlib import Path

import pytest

from companion.implementation import load

ABOUT = "about(symbol, ...): the classes and methods of a test's promise"
"""The mark that each test bears, as pytest wants it described."""

DEADLINE = 5.0
"""Seconds that anything may take before the test fails."""

GRACE = 0.02
"""Seconds that something forbidden is given to happen."""

HOOKS = (
    "server_bind",
    "server_activate",
    "get_request",
    "verify_request",
    "process_request",
    "process_request_thread",
    "process_request_task",
    "finish_request",
    "shutdown_request",
    "close_request",
    "handle_error",
    "handle_timeout",
    "server_close",
)
"""The methods that `recording` overrides, where the class has them.

`service_actions` is not among them: how often the loop turns is not promised.
"""


needs_fork = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="this platform cannot fork"
)
needs_unix = pytest.mark.skipif(
    not hasattr(socket, "AF_UNIX"), reason="this platform has no Unix sockets"
)


# -- Exceptions to raise


class Trouble(Exception):
    """An error as a program has them."""


class Alarm(BaseException):
    """An exception that is no Exception, like KeyboardInterrupt."""


ESCAPING = (KeyboardInterrupt, SystemExit, Alarm)
"""Exceptions that are meant for the whole program, not for one request."""


def raising(error):
    """Return a hook, or a handler, that raises error whatever it is given."""

    def hook(*args):
        raise error

    return hook


# -- Waiting, with an end


def wait_for(event, promise):
    """Wait for a `threading.Event`; fail with the promise after DEADLINE."""
    if not event.wait(DEADLINE):
        raise AssertionError(f"{promise} (waited {DEADLINE:g} s)")


class Background:
    """A call running in a thread of its own.

    `result()` waits for its end, then returns what the call returned, or
    raises what it raised.  `done` is set when the call has ended; `error` is
    what it raised, or None.  The thread is a daemon, so that a call that never
    ends fails one test and not the whole run.
    """

    def __init__(self, call, *args, **kwargs):
        self.done = threading.Event()
        self.value = self.error = None
        self._call = functools.partial(call, *args, **kwargs)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            self.value = self._call()
        except BaseException as error:
            self.error = error
        finally:
            self.done.set()

    def result(self, promise=None):
        name = getattr(self._call.func, "__name__", "the call")
        wait_for(self.done, promise or f"{name}() must come to an end")
        self.thread.join(DEADLINE)
        if self.error is not None:
            raise self.error
        return self.value


def stays(background):
    """Say whether a `Background` call is still waiting, after GRACE."""
    return not background.done.wait(GRACE)


def bounded(call, *args, promise=None, **kwargs):
    """Return call(*args, **kwargs), or fail if it does not end in time.

    It runs in another thread.  Its exceptions come out here.
    """
    return Background(call, *args, **kwargs).result(promise)


@contextlib.contextmanager
def serving(server, poll_interval=0.01):
    """Run server.serve_forever() in a thread while the block runs.

    Yields the `Background` of the loop.  Afterwards the loop is shut down,
    its thread joined and the server closed, also when the block failed.  An
    exception that ended the loop comes out at the end of the block; a test
    that expects one catches it with pytest.raises around the `with`.
    """
    loop = Background(server.serve_forever, poll_interval)
    try:
        yield loop
    finally:
        try:
            bounded(server.shutdown, promise="shutdown() must end the loop")
            wait_for(loop.done, "serve_forever() must return after shutdown()")
        finally:
            bounded(server.server_close)
    loop.result()


def waits_in_shutdown(server):
    """Return an event that is set when shutdown() begins to wait."""
    seen = threading.Event()
    is_shut_down = server._BaseServer__is_shut_down
    wait = is_shut_down.wait

    def noticed(timeout=None):
        seen.set()
        return wait(timeout)

    is_shut_down.wait = noticed
    return seen


# -- Addresses and servers


def is_unix(server):
    """Say whether a server (or its class) lives in the file system."""
    unix = getattr(socket, "AF_UNIX", None)
    return unix is not None and server.address_family == unix


def is_datagram(server):
    """Say whether a server (or its class) has requests but no connections."""
    return server.socket_type == socket.SOCK_DGRAM


class SocketFolder:
    """A folder with a short name: a Unix address holds about 100 bytes.

    `fresh()` returns the path of a socket that does not exist yet.
    """

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="s")
        self._count = 0

    def fresh(self):
        self._count += 1
        return str(Path(self._folder.name, f"{self._count}.sock"))

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self._folder.cleanup()


def address_for(server_class, folder):
    """Return a free address of the right family for a server class."""
    return folder.fresh() if is_unix(server_class) else ("127.0.0.1", 0)


def echo(request, client_address, server):
    """Answer a request with its own bytes; serves streams and datagrams.

    It is a plain function: a server takes any callable as its handler, so the
    tests of servers need no handler class.
    """
    if isinstance(request, tuple):
        data, sock = request
        sock.sendto(data, client_address)
    else:
        request.sendall(request.recv(8192))


def awaited(handler):
    """Return a handler for asynchronous servers that does the same.

    It waits for the request first: what a plain handler calls may block.
    """

    async def handle(request, client_address, server):
        if not isinstance(request, tuple):
            loop = asyncio.get_running_loop()
            ready = loop.create_future()
            loop.add_reader(
                request, lambda: ready.done() or ready.set_result(None)
            )
            await ready
            loop.remove_reader(request)
        return handler(request, client_address, server)

    return handle


def ignore(request, client_address, server):
    """Handle a request by doing nothing."""


class Waiting:
    """A handler that tells that it is `present`, then waits for `leave`."""

    def __init__(self):
        self.present = threading.Event()
        self.leave = threading.Event()

    def __call__(self, request, client_address, server):
        self.present.set()
        wait_for(self.leave, "the test must let the handler go")


# -- Clients


@contextlib.contextmanager
def client(server):
    """Yield a socket connected to the server; it never blocks for ever.

    A Unix datagram client has an address of its own, so it can be answered.
    """
    with contextlib.ExitStack() as stack:
        sock = stack.enter_context(
            socket.socket(server.address_family, server.socket_type)
        )
        sock.settimeout(DEADLINE)
        if is_unix(server) and is_datagram(server):
            folder = stack.enter_context(SocketFolder())
            sock.bind(folder.fresh())
        sock.connect(server.server_address)
        yield sock


def read_all(sock):
    """Return what comes until the other side closes (streams)."""
    parts = iter(lambda: sock.recv(65536), b"")
    return b"".join(parts)


def exchange(server, data=b"hello"):
    """Send data to a running server; return its whole answer."""
    with client(server) as sock:
        sock.sendall(data)
        if is_datagram(server):
            return sock.recv(65536)
        sock.shutdown(socket.SHUT_WR)
        return read_all(sock)


def ask_once(server, data=b"hello"):
    """Send data, run handle_request() once for it; return the answer."""
    with client(server) as sock:
        sock.sendall(data)
        bounded(server.handle_request)
        return sock.recv(65536) if is_datagram(server) else read_all(sock)


def is_closed(sock):
    """Say whether a socket object has given its descriptor back."""
    return sock.fileno() == -1


# -- A server without a network


def postbox_class(impl):
    """Return a subclass of impl.BaseServer that needs no network.

    Its requests are single bytes out of a socket pair: `post(b"a")` makes
    the server readable, get_request() returns ("letter a", "sender").  Call
    server_close() at the end; it closes both ends.
    """

    class Postbox(impl.BaseServer):
        def __init__(self, handler=ignore):
            super().__init__("postbox", handler)
            self.socket, self.slot = socket.socketpair()

        def post(self, letters):
            self.slot.sendall(letters)

        def fileno(self):
            return self.socket.fileno()

        def get_request(self):
            letter = self.socket.recv(1).decode()
            return f"letter {letter}", "sender"

        def server_close(self):
            super().server_close()
            self.socket.close()
            self.slot.close()

    return Postbox


# -- Recording


class Journal:
    """Lines written by any thread or process, read by the test.

    The lines go through a pipe, so what a forked child writes arrives too.
    `lines()` returns all that has been written, in the order of arrival;
    `wait_for(line)` waits until it is there.  Lines of this process and of
    its children: `lines(of="parent")`, `lines(of="child")`.
    """

    def __init__(self):
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        self._parent = os.getpid()
        self._rest = b""
        self._lines = []

    def write(self, line):
        os.write(self._writer, f"{os.getpid()} {line}\n".encode())

    def _drain(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                self._rest += os.read(self._reader, 65536)
        *whole, self._rest = self._rest.split(b"\n")
        for line in whole:
            pid, _, text = line.decode().partition(" ")
            who = "parent" if int(pid) == self._parent else "child"
            self._lines.append((who, text))

    def lines(self, of=None):
        self._drain()
        return [text for who, text in self._lines if of in (None, who)]

    def wait_for(self, line):
        end = time.monotonic() + DEADLINE
        with selectors.DefaultSelector() as selector:
            selector.register(self._reader, selectors.EVENT_READ)
            while line not in self.lines():
                left = end - time.monotonic()
                assert left > 0, f"never seen: {line}; seen: {self.lines()}"
                selector.select(left)
        return self.lines()

    def close(self):
        os.close(self._reader)
        os.close(self._writer)


def recording(server_class, journal, hooks=HOOKS):
    """Return a subclass that writes each call of a hook into the journal.

    A line is the call as one would write it: "verify_request(request,
    client)".  `request` and `client` stand for the two values that
    get_request() returned last, known by identity; anything else is written
    as its repr.  Give more `hooks` (HOOKS + ("service_actions",)) to see more.
    """

    def name_of(server, value):
        for name, seen in getattr(server, "_last_request", ()):
            if value is seen:
                return name
        return repr(value)

    def recorded(hook):
        original = getattr(server_class, hook)

        @functools.wraps(original)
        def record(self, *args, **kwargs):
            words = [name_of(self, value) for value in args]
            words += [f"{key}={value!r}" for key, value in kwargs.items()]
            journal.write(f"{hook}({', '.join(words)})")
            result = original(self, *args, **kwargs)
            if hook == "get_request":
                self._last_request = tuple(
                    zip(("request", "client"), result, strict=True)
                )
            return result

        return record

    overrides = {
        hook: recorded(hook) for hook in hooks if hasattr(server_class, hook)
    }
    return type(
        f"Recording{server_class.__name__}", (server_class,), overrides
    )


# -- A new interpreter


def run_python(impl, code, before=""):
    """Run code in a new interpreter; return what it printed.

    There `impl` is the module under test, imported afresh.  `before` runs
    first: the place to hide what a platform lacks.
    """
    script = "\n".join(
        (
            textwrap.dedent(before),
            "import importlib.util, sys",
            "from pathlib import Path",
            "from types import ModuleType",
            inspect.getsource(load),
            f"impl = load({impl.__name__!r}, {impl.__file__!r})",
            textwrap.dedent(code),
        )
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", script],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
