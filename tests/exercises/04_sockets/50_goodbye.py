"""Catch it: a goodbye that the client can hear

Complete the test. A request is over: the client shall see the end of the
stream, the server's own end shall be closed, and a client that has left
already is no error.
"""

import os
import socket
import struct

from companion.practise.format import Catch, Mistake, Plant
from tests.conformance.toolkit import client, is_closed

EXERCISE = Catch(
    teaches="what `shutdown` of a connection does that `close` does not",
    learned="`close` gives back one descriptor, `shutdown` ends the "
    "connection: the difference shows as soon as somebody holds a copy.",
    covers=("TCPServer.shutdown_request", "TCPServer.close_request"),
    difficulty=3,
    hints=(
        "`copy` is a second descriptor of the same connection, as a forked "
        "child has one. While it is open, a mere `close` tells nobody.",
        "Three things to assert: what `sock` receives, whether `request` is "
        "closed, and that nothing is raised for a `request` whose connection "
        "is shut already.",
        "For the last one it is enough to let the server say goodbye to "
        "`gone`: an error that comes out of it fails the test.",
    ),
    plants=(
        Plant(
            "closed_without_a_word",
            "TCPServer.shutdown_request",
            ("request.shutdown(socket.SHUT_WR)", "pass"),
            "that the client hears the end although somebody holds a copy",
        ),
        Plant(
            "left_open",
            "TCPServer.shutdown_request",
            ("self.close_request(request)", "pass"),
            "that the server gives its descriptor back",
        ),
        Plant(
            "goodbye_is_an_error",
            "TCPServer.shutdown_request",
            ("except OSError:\n    pass", "except ValueError:\n    pass"),
            "that a client who has left is no error",
        ),
    ),
    mistakes=(
        Mistake(
            "Nobody listens for the goodbye",
            "What the server did is seen at the other end alone: let the "
            "client `recv` while the copy is open.",
            fails="closed_without_a_word",
            edit=('assert sock.recv(1) == b""', "pass"),
            symptom="The test passes on a server that closes without "
            "`shutdown`.",
        ),
        Mistake(
            "The descriptor is not counted",
            "The client cannot see whether the server has closed: ask the "
            "server's own socket.",
            fails="left_open",
            edit=("assert is_closed(request)", "pass"),
            symptom="The test passes on a server that runs out of "
            "descriptors.",
        ),
        Mistake(
            "Every client is expected to stay",
            "The most usual error of a network is that the other side has "
            "gone. Make one that has, and say goodbye to it.",
            fails="goodbye_is_an_error",
            edit=("server.shutdown_request(gone)", "gone.close()"),
            symptom="The test passes on a server whose loop is full of "
            "OSErrors.",
        ),
    ),
)


def test_a_goodbye_is_heard_and_leaves_nothing_open(lib):
    with lib.TCPServer(("127.0.0.1", 0), print) as server:
        with client(server) as sock:
            request, _ = server.get_request()
            copy = os.dup(request.fileno())
            try:
                server.shutdown_request(request)
                # <<< What does sock receive, and is the request closed?
                assert sock.recv(1) == b""
                assert is_closed(request)
                # >>>
            finally:
                os.close(copy)
        with client(server) as sock:
            gone, _ = server.get_request()
            # Not closed but broken off: what the kernel sends is a reset.
            linger = struct.pack("ii", 1, 0)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            sock.close()
            # <<< This one is over before the server says goodbye to it.
            server.shutdown_request(gone)
            # >>>
