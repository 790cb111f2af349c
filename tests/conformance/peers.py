"""What the tests of sockets, threads and processes share beside `toolkit`.

`knocking` brings requests without a network, `keep_diary` writes down what a
server asks of its socket, `Gate` holds child processes back, and `guarded`
keeps a mistaken fork from harming the run of the tests.
"""

import contextlib
import errno
import os
import select
import socket

import pytest

from .toolkit import DEADLINE

ESCAPED = 70
"""The exit status of a child that returned out of process_request()."""


def address_in_use(error):
    """Say whether an `OSError` is the one of an address that is taken."""
    return error.errno == errno.EADDRINUSE


@contextlib.contextmanager
def knocking():
    """Yield knock(server): hand it a request, return the client's socket.

    It does what the loop does with a request that was accepted: it calls
    process_request().  The sockets are closed at the end of the block.
    """
    with contextlib.ExitStack() as sockets:

        def knock(server):
            request, peer = map(sockets.enter_context, socket.socketpair())
            for sock in (request, peer):
                sock.settimeout(DEADLINE)
            server.process_request(request, "the client")
            return peer

        yield knock


def sees_the_end(peer):
    """Say whether a client sees its connection end, and nothing before."""
    try:
        return peer.recv(1) == b""
    except TimeoutError:
        return False


class Gate:
    """A pipe at which child processes wait until the test lets them go.

    A `threading.Event` is copied by a fork and hears nothing from then on; a
    pipe is shared.  Once closed, the gate holds back nobody.
    """

    def __init__(self):
        self._exit, self._key = os.pipe()
        self._keeper = os.getpid()

    def wait(self):
        """Wait in a child process; one `open` lets one child through."""
        if os.getpid() == self._keeper:
            pytest.fail("a handler ran in the server's own process")
        # With its copy of the key gone, the child sees when the test closes
        # the gate or dies.
        os.close(self._key)
        ready, _, _ = select.select([self._exit], [], [], DEADLINE)
        if not ready:
            raise TimeoutError("nobody opened the gate")
        os.read(self._exit, 1)

    def open(self, children=1):
        """Let so many children through."""
        os.write(self._key, b"!" * children)

    def close(self):
        """Let everybody through."""
        os.close(self._key)
        os.close(self._exit)


@contextlib.contextmanager
def only_the_parent_returns():
    """Run a block that forks; a child that comes out of it ends here.

    It would run the tests a second time, as another pytest.  Its exit status
    is ESCAPED.
    """
    parent = os.getpid()
    try:
        yield
    finally:
        if os.getpid() != parent:
            os._exit(ESCAPED)


def guarded(server_class):
    """Return a subclass whose process_request() lets only the parent out."""

    class Guarded(server_class):
        def process_request(self, request, client_address):
            with only_the_parent_returns():
                super().process_request(request, client_address)

    return Guarded


class DiarySocket(socket.socket):
    """A socket that writes down how it was set up, and does it too."""

    def __init__(self, *args):
        super().__init__(*args)
        self.diary = []

    def setsockopt(self, *args):
        self.diary.append(("setsockopt", *args))
        super().setsockopt(*args)

    def bind(self, address):
        self.diary.append(("bind", address))
        super().bind(address)

    def listen(self, *args):
        self.diary.append(("listen", *args))
        super().listen(*args)


def keep_diary(server):
    """Replace the socket of an unbound server; return the new one's diary."""
    server.socket.close()
    server.socket = DiarySocket(server.address_family, server.socket_type)
    return server.socket.diary
