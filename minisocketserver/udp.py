"""What is a request where there is no connection?

A datagram: one packet, which the network brings whole or not at all.
Nothing is accepted and nothing is closed. The one socket that hears all
clients also answers them, so it travels with each packet as half the
request.

    TCP   request = connection             close it after use
    UDP   request = (data, the listener)   close nothing!

The second line is why three of the four methods below do nothing, or
next to nothing, where their parent's have work to do.

Strange to say, `UDPServer` is a `TCPServer`. No design, but thrift: it
inherits the constructor, `server_bind`, `fileno` and `server_close`
and switches off the rest. Ask whether *is a* holds before you inherit;
here it does not, and each method of this file is the price.

Read before: `tcp`. Read next: `unix`.
"""

import socket

from .base import Address, Request
from .tcp import TCPServer


class UDPServer(TCPServer):
    """Serve one datagram after the other."""

    # Packets, no stream. A second server could take the address, and
    # with it the packets, without a word. So these two are off even
    # where somebody has turned them on for every `TCPServer`.
    socket_type = socket.SOCK_DGRAM
    allow_reuse_address = False
    allow_reuse_port = False

    # In bytes. The kernel cuts off what is longer and throws it away;
    # the handler cannot tell. IPv4 allows up to 65,507 (gh-128319).
    # try: send 9,000 bytes to yourself. How many does a handler get?
    max_packet_size = 8192

    # -- For subclasses

    def server_activate(self) -> None:
        """Do nothing: a bound socket receives datagrams already."""

    def get_request(self) -> tuple[Request, Address]:
        """Receive the next datagram, from whichever client it is."""
        data, client_address = self.socket.recvfrom(self.max_packet_size)
        return (data, self.socket), client_address

    def shutdown_request(self, request: Request) -> None:
        """Skip the goodbye: there is no stream that could end."""
        self.close_request(request)

    def close_request(self, request: Request) -> None:
        """Close nothing: the socket in the request is the listener."""
