"""What changes when clients live on the same machine? One attribute.

A Unix socket is named by a path instead of a host and a port. The
kernel moves the bytes from one process to the other and leaves out all
that a network needs: no routing, no checksums, no packets to repeat.

    TCPServer ──▶ UnixStreamServer      address_family = AF_UNIX
    UDPServer ──▶ UnixDatagramServer    address_family = AF_UNIX

Everything else is inherited: this is what `TCPServer` gains by keeping
its choices in attributes.

Two things to know about the path. `server_close` leaves the file where
it is, and the next `bind` to it fails until somebody removes it. On
Linux, a client must be allowed to write to the file and to enter its
directory, so the rights of both say who may connect.
The module can be imported only where the system has such sockets.

Read before: `tcp`, `udp`. Read next: `threaded`.
"""

import socket

from .tcp import TCPServer
from .udp import UDPServer


class UnixStreamServer(TCPServer):
    """Serve connections to a path.

    A client seldom binds a path: `client_address` is mostly an empty
    string.
    """

    # The address is a path, or on Linux a name that starts with a zero
    # byte and leaves no file behind.
    address_family = socket.AF_UNIX


class UnixDatagramServer(UDPServer):
    """Serve datagrams to a path.

    A client that wants an answer must bind a path of its own.
    """

    # As above, and from above: `UDPServer` brings all the rest.
    address_family = socket.AF_UNIX
