"""Servers that end, and clients that do not wait for ever."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

PATIENCE = 5.0  # seconds that a client or a thread is waited for

_clients: list[socket.socket] = []


@contextlib.contextmanager
def running(server: Any, *, poll_interval: float = 0.05) -> Iterator[Any]:
    """Run a server's loop in a thread; stop and close it at the end.

    Clients that `connect` has opened meanwhile are closed first, so that no
    handler waits for one. A handler that still runs after `PATIENCE` seconds
    is said aloud and left to itself: the kernel must not hang with it.

    A loop that a hook has broken closes its server. Who waits for an answer
    over a connection learns it then, and not after `PATIENCE` seconds.
    """
    first = len(_clients)
    loop = threading.Thread(
        target=_loop,
        args=(server, poll_interval),
        name="loop",
        daemon=True,
    )

    def stop() -> None:
        server.shutdown()
        loop.join()

    loop.start()
    try:
        yield server
    finally:
        for client in _clients[first:]:
            client.close()
        del _clients[first:]
        _in_time(stop, "the loop")
        _in_time(server.server_close, "a handler")


def _loop(server: Any, poll_interval: float) -> None:
    """Run a server's loop; close the server if the loop breaks."""
    try:
        server.serve_forever(poll_interval)
    except BaseException:
        server.server_close()
        raise  # its thread tells it


def _in_time(act: Callable[[], object], who: str) -> None:
    """Call `act` in a thread, and wait for it, but not for ever."""
    thread = threading.Thread(target=act, name="closing", daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if thread.is_alive():
        print(f"After {PATIENCE:.0f} seconds {who} still runs: left alone.")


def connect(server: Any, *, timeout: float = PATIENCE) -> socket.socket:
    """Open a socket to a server, of the server's own kind.

    Nothing waits longer than `timeout` seconds on it. The enclosing `running`
    closes it, if nobody has closed it before.
    """
    family = server.socket.family
    client = socket.socket(family, server.socket.type)
    _clients.append(client)
    client.settimeout(timeout)
    if family == getattr(socket, "AF_UNIX", None) and not streams(server):
        client.bind("")  # a name of the kernel's choice, to be answered at
    client.connect(server.server_address)
    return client


def ask(server: Any, message: bytes, *, timeout: float = PATIENCE) -> bytes:
    """Send one message; return the whole answer.

    To a stream, the end of the message is told, and the answer is read to its
    end; a server that hangs up early has answered what it has answered. A
    datagram is answered by one datagram. Raises `TimeoutError` if nothing
    comes in `timeout` seconds, `ConnectionRefusedError` if nobody is there.
    """
    answer = bytearray()
    try:
        with connect(server, timeout=timeout) as client:
            client.sendall(message)
            if not streams(server):
                return client.recv(65536)
            client.shutdown(socket.SHUT_WR)
            while part := client.recv(65536):
                answer += part
    except (TimeoutError, ConnectionRefusedError):
        raise
    except OSError:
        pass  # it has hung up: in the middle of our words, or of its own
    return bytes(answer)


def streams(server: Any) -> bool:
    """Tell whether a server speaks by connections, not by datagrams."""
    return bool(server.socket.type == socket.SOCK_STREAM)


def together(*acts: Callable[[], object]) -> list[object]:
    """Call all at once, each in a thread; return what each returned.

    An exception is returned in the place of a result: one client that fails
    must not hide what the others saw.
    """
    results: list[object] = [None] * len(acts)
    gate = threading.Barrier(len(acts) or 1)

    def act(i: int) -> None:
        gate.wait(PATIENCE)
        try:
            results[i] = acts[i]()
        except Exception as error:
            results[i] = error

    threads = [
        threading.Thread(target=act, args=(i,), daemon=True)
        for i in range(len(acts))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(4 * PATIENCE)
    return results
