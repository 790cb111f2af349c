"""What do eight classes without a line of code do? Order their parents.

Two ways to be concurrent, four transports, and every pair of them is a
server. Nothing is written for a pair: Python looks a method up in the
mix-in first, then in the server, and that is all there is to say.

                        ThreadingMixIn         ForkingMixIn
    TCPServer           ThreadingTCP…          ForkingTCP…
    UDPServer           ThreadingUDP…          ForkingUDP…
    UnixStreamServer    ThreadingUnixStream…   ForkingUnixStream…
    UnixDatagramServer  ThreadingUnixDatagram… ForkingUnixDatagram…

On its own, a server of the left column takes one request at a time.

What the order gives for free: `ThreadingMixIn.server_close` calls
`super().server_close`, and `super` means the next in line, a server
that the mix-in has never heard of.

Read before: `threaded`, `forking`, `unix`. Read next: the `__init__`,
as a table of contents.
"""

import os
import socket

from .forking import ForkingMixIn
from .tcp import TCPServer
from .threaded import ThreadingMixIn
from .udp import UDPServer


class ThreadingTCPServer(ThreadingMixIn, TCPServer):
    """A thread per connection."""


class ThreadingUDPServer(ThreadingMixIn, UDPServer):
    """A thread per datagram; all of them answer by one socket."""


# Windows cannot fork. A name that is missing there says so at once, on
# import; a class that fails with the first client would say it late.
if hasattr(os, "fork"):

    class ForkingTCPServer(ForkingMixIn, TCPServer):
        """A process per connection."""

    class ForkingUDPServer(ForkingMixIn, UDPServer):
        """A process per datagram."""


# The same holds for Unix sockets.
if hasattr(socket, "AF_UNIX"):
    from .unix import UnixDatagramServer, UnixStreamServer

    class ThreadingUnixStreamServer(ThreadingMixIn, UnixStreamServer):
        """A thread per connection, by path."""

    class ThreadingUnixDatagramServer(ThreadingMixIn, UnixDatagramServer):
        """A thread per datagram, by path."""


# differs[forking-unix]: the original has had these two since 3.12 only
# (gh-103673). They cost us nothing, so every Python gets them.
if hasattr(os, "fork") and hasattr(socket, "AF_UNIX"):

    class ForkingUnixStreamServer(ForkingMixIn, UnixStreamServer):
        """A process per connection, by path."""

    class ForkingUnixDatagramServer(ForkingMixIn, UnixDatagramServer):
        """A process per datagram, by path."""
