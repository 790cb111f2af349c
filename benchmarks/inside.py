"""Three costs that no load shows well, measured inside the servers.

Each function makes a server of one implementation, measures, and leaves
nothing behind: no thread, no process, no open socket.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from types import ModuleType
from typing import Any
from unittest import mock

ADDRESS = ("127.0.0.1", 0)


def bookkeeping(impl: ModuleType, held: int = 1000) -> float:
    """Seconds of processor time to process one request in a thread.

    While *held* threads are busy with connections of their own, as many new
    requests come and go. Starting a new thread costs the same everywhere, so
    the new ones are only pretended: what is left is the server's own part.
    """
    release = threading.Event()

    class Server(impl.ThreadingMixIn, impl.BaseServer):  # type: ignore
        def finish_request(self, request: Any, client_address: Any) -> None:
            release.wait()

    server = Server(ADDRESS, object)
    try:
        for _ in range(held):
            server.process_request(None, ADDRESS)
        with mock.patch("threading.Thread", _Finished):
            start = time.process_time()
            for _ in range(held):
                server.process_request(None, ADDRESS)
            return (time.process_time() - start) / held
    finally:
        release.set()
        server.server_close()


class _Finished:
    """Looks like a thread that has already done its work."""

    daemon = False
    ident = 1

    def __init__(self, **_: Any) -> None: ...

    def start(self) -> None: ...

    def is_alive(self) -> bool:
        return False

    def join(self) -> None: ...


def idle_turn(impl: ModuleType, children: int = 40, turns: int = 200) -> float:
    """Seconds of processor time for one turn of a forking server's loop.

    *children* are alive, and none has ended.
    """
    stay, leave = os.pipe()

    class Server(impl.ForkingMixIn, impl.BaseServer):  # type: ignore
        max_children = 2 * children

        def finish_request(self, request: Any, client_address: Any) -> None:
            os.close(leave)
            os.read(stay, 1)  # until the parent closes the other end

    server = Server(ADDRESS, object)
    try:
        for _ in range(children):
            server.process_request(None, ADDRESS)
        start = time.process_time()
        for _ in range(turns):
            server.service_actions()
        return (time.process_time() - start) / turns
    finally:
        os.close(leave)
        server.server_close()
        os.close(stay)


def stopping(impl: ModuleType, poll_interval: float = 0.5) -> float:
    """Seconds that ``shutdown()`` takes while the loop is asleep.

    It is called right after a request, when the loop has just begun to wait:
    a loop that polls has nearly the whole interval before it.
    """
    turned = threading.Event()

    class Server(impl.TCPServer):  # type: ignore
        def service_actions(self) -> None:
            turned.set()

    with Server(ADDRESS, impl.BaseRequestHandler) as server:
        loop = threading.Thread(
            target=server.serve_forever, args=(poll_interval,)
        )
        loop.start()
        try:
            with socket.create_connection(server.server_address):
                turned.wait()
        finally:
            start = time.perf_counter()
            server.shutdown()
            took = time.perf_counter() - start
            loop.join()
    return took
