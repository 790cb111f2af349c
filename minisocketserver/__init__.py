"""A small `socketserver`, written to be read.

    BaseServer                      a loop and a pipeline
    └── TCPServer                   … over a listening socket
        ├── UnixStreamServer        … by path
        └── UDPServer               … over datagrams
            └── UnixDatagramServer  … by path

    ThreadingMixIn                  a thread per request
    ForkingMixIn                    a process per request
    ThreadingTCPServer and so on    two mix-ins × four servers

    BaseRequestHandler              setup, handle, finish
    ├── StreamRequestHandler        … with files over a connection
    └── DatagramRequestHandler      … with files over a datagram

    AsyncMixIn                      a task per request
    AsyncTCPServer and so on        a third mix-in × four servers
    AsyncBaseRequestHandler         … and the three handlers for it

    HubMixIn                        handlers that talk to each other
    Hub, Subscription               … by topics and by queues

A server and a handler class are all that a program needs.

It takes the place of the original: `import minisocketserver as
socketserver` changes nothing that is not declared beside the line that
changes it. Where a comment is tagged *differs*, it says how, and why.
One thing follows from several files in place of one: a name replaced
in this package, such as `time`, is not seen by the files that use it.
What hangs on a module, such as `socketserver.os.fork`, is.

Read the files in this order, an idea each: `base`, `handlers`, `tcp`,
`udp`, `unix`, `threaded`, `forking`, `combined`. Then what the original
lacks: `stepping`, `waiting`, `aiohandlers`, `aio`, `queues`, `hub`.
"""

# Some are here for others: a test may replace `socketserver.os.fork`.
import os
import selectors
import socket
import sys
import threading
from io import BufferedIOBase
from time import monotonic as time

from .aio import AsyncMixIn, AsyncTCPServer, AsyncUDPServer
from .aiohandlers import (
    AsyncBaseRequestHandler,
    AsyncDatagramRequestHandler,
    AsyncStreamRequestHandler,
)
from .base import BaseServer, _ServerSelector
from .combined import ThreadingTCPServer, ThreadingUDPServer
from .handlers import (
    BaseRequestHandler,
    DatagramRequestHandler,
    StreamRequestHandler,
    _SocketWriter,
)
from .hub import STOP, Hub, HubMixIn, default_hub, observable
from .queues import Policy, Subscription
from .tcp import TCPServer
from .threaded import ThreadingMixIn, _NoThreads, _Threads
from .udp import UDPServer

# differs[own-version]: the original has said "0.4" since Python 2, and
# 3.15 deprecates the name. This is the version of our own text.
__version__ = "0.1.0"

__all__ = [
    "BaseRequestHandler",
    "BaseServer",
    "DatagramRequestHandler",
    "StreamRequestHandler",
    "TCPServer",
    "ThreadingMixIn",
    "ThreadingTCPServer",
    "ThreadingUDPServer",
    "UDPServer",
]

# What a system cannot do has no name here, as in the original: asking
# `hasattr` is how a program finds out.
if hasattr(os, "fork"):
    from .combined import ForkingTCPServer, ForkingUDPServer
    from .forking import ForkingMixIn

    __all__ += ["ForkingMixIn", "ForkingTCPServer", "ForkingUDPServer"]

# Python on Windows has no Unix sockets either.
if hasattr(socket, "AF_UNIX"):
    from .unix import UnixDatagramServer, UnixStreamServer

    __all__ += ["UnixDatagramServer", "UnixStreamServer"]

    # Not in `__all__`, for a star is to give what the original's gives.
    from .aio import AsyncUnixDatagramServer, AsyncUnixStreamServer

    # No question about threads: the name is there on every system.
    from .combined import (
        ThreadingUnixDatagramServer,
        ThreadingUnixStreamServer,
    )

    __all__ += ["ThreadingUnixDatagramServer", "ThreadingUnixStreamServer"]

# And what takes both.
if hasattr(os, "fork") and hasattr(socket, "AF_UNIX"):
    from .combined import ForkingUnixDatagramServer, ForkingUnixStreamServer

    __all__ += ["ForkingUnixDatagramServer", "ForkingUnixStreamServer"]
