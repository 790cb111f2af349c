"""What a scenario is played with: clients, a loop, and a time to act.

A scenario is a script that begins with the name of what it teaches. It makes
a server as anybody would, and has clients that act one after the other. Before
each act, the client waits until all threads of the server are at rest: so
nothing happens by chance, and no scenario needs to sleep.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .kernel import Kernel
from .recorder import Recorder


class StuckError(Exception):
    """The scenario did not come to rest, or asks for what cannot be."""


class Stage:
    """The recorder and the kernel of this process, once there are any."""

    recorder: Recorder
    kernel: Kernel
    stopped = ""


def rest() -> None:
    """Wait until every thread of the server waits for something."""
    if not Stage.recorder.rest.await_all():
        raise StuckError("the server does not come to rest")


class Client:
    """A client, in a lane of its own; it connects as soon as it is made.

    Its acts wait until the server is at rest. `name` is what the recording
    calls it. For datagrams, nothing is connected: it binds `bind`, so that
    the server can answer it.
    """

    def __init__(
        self,
        server: Any,
        name: str = "client",
        *,
        bind: str = "",
    ) -> None:
        self.server, self.address = server, server.server_address
        self.track = Stage.recorder.open(name, "client", "")
        self._await_turn()
        family, kind = server.address_family, server.socket_type
        with Stage.recorder.acting_as(self.track):
            self.socket = socket.socket(family, kind)
            if kind == socket.SOCK_STREAM:
                self.socket.connect(self.address)
            else:
                self.socket.bind(bind or ("127.0.0.1", 0))

    def send(self, data: bytes) -> None:
        """Send bytes, or one datagram."""
        with self._acting():
            if self.server.socket_type == socket.SOCK_STREAM:
                self.socket.sendall(data)
            else:
                self.socket.sendto(data, self.address)

    def receive(self) -> bytes:
        """Wait for bytes, or one datagram; `b""` is the server's goodbye."""
        with self._acting():
            if self.server.socket_type == socket.SOCK_STREAM:
                return self.socket.recv(8192)
            return self.socket.recvfrom(8192)[0]

    def close(self) -> None:
        """Hang up."""
        with self._acting():
            self.socket.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    @contextmanager
    def _acting(self) -> Iterator[None]:
        self._await_turn()
        with Stage.recorder.acting_as(self.track):
            yield

    def _await_turn(self) -> None:
        """Wait for the server's rest; note what comes before our act."""
        rest()
        tracks = Stage.recorder.tracks.values()
        before = [track.now for track in tracks if track is not self.track]
        Stage.recorder.journal.note(rest=self.track.id, before=before)


@contextmanager
def serving(server: Any) -> Iterator[None]:
    """Run `serve_forever` in a thread; call `shutdown` in the end."""
    loop = threading.Thread(target=server.serve_forever, name="loop")
    loop.start()
    yield
    rest()
    server.shutdown()
    loop.join()


def later(act: Callable[[], object]) -> threading.Thread:
    """Do something as soon as all threads wait, this one among them."""

    def wait_and_act() -> None:
        rest()
        act()

    with Stage.recorder.unseen():
        thread = threading.Thread(target=wait_and_act)
        thread.start()
    return thread


def let_time_pass() -> None:
    """Have the loop make one turn, as if its `poll_interval` were over."""
    rest()
    track = Stage.recorder.track
    assert track is not None  # a scenario's own thread has a lane
    Stage.kernel.patience.lose(track.now, once=True)
    rest()


def let_time_run() -> None:
    """Have limits of time pass from here on as they do on any clock."""
    Stage.kernel.hold_time = False


def children_ended() -> None:
    """Wait until a forked child has ended; leave its status alone."""
    os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)


def stop(why: str) -> None:
    """End the recording here; whoever waits is left waiting."""
    Stage.stopped = why
    rest()
    Stage.recorder.journal.note(stopped=why)
    # No act of the server's, whose threads would have waited on.
    with Stage.recorder.unseen():
        os._exit(0)
