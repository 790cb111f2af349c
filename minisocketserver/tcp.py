"""What does a server gain when the loop gets a socket?

`TCPServer` owns one socket, the *listener*. It never carries a byte of
data: it waits for clients, and for each the kernel makes another
socket, the *connection*. That second one is the request.

    TCPServer(("127.0.0.1", 8000), Handler)
      socket()            a descriptor, no address yet
      server_bind         the address is ours
      server_activate     the kernel lets clients queue up
    get_request           one of them comes out of the queue
    shutdown_request      "no more from us" (TCP calls it FIN)
      close_request       the connection's descriptor is free
    server_close          the listener's is free

Read it from the top: what stands further right is called by the line
above it that stands further left.

What a child may want otherwise is kept in attributes and in small
methods: `unix` changes one attribute, `udp` four methods as well.

Read before: `base`, `handlers`. Read next: `udp`.
"""

import socket
from collections.abc import Callable

from .base import Address, BaseServer, Request


class TCPServer(BaseServer):
    """Serve one connection after the other, on one listening socket.

    To change a setting, change it before the constructor runs: in a
    subclass, or with `bind_and_activate=False` on the instance.
    """

    # IPv4, and a stream of bytes. For IPv6, a subclass says `AF_INET6`.
    address_family = socket.AF_INET
    socket_type = socket.SOCK_STREAM

    # How many clients the kernel lets queue for `accept`; the next one
    # is left without an answer until it tries again.
    # differs[long-backlog]: the original says 5, and a burst of clients
    # is made to wait for seconds (gh-80184). `SOMAXCONN`, the system's
    # own idea of many, is what Python 3.15 says as well.
    request_queue_size = socket.SOMAXCONN

    # Where the server was the first to close a connection, the kernel
    # keeps the address busy for a minute, for packets that are late.
    # With True, a server that is restarted gets it at once. On Windows,
    # True means more: a stranger could take a running server's address.
    allow_reuse_address = False

    # Several servers on one address; Linux shares the clients out among
    # them. A second server started by mistake goes unnoticed.
    allow_reuse_port = False

    def __init__(
        self,
        server_address: Address,
        RequestHandlerClass: Callable[..., object],
        bind_and_activate: bool = True,
    ) -> None:
        """Make the socket; bind it and let clients queue, if asked.

        `server_address` is one value, here the tuple `(host, port)`;
        port 0 asks the kernel for a free one. Raises `OSError` when the
        address cannot be had. `server_close` closes the socket.
        """
        # By name: with `super()`, a class that stands between us and
        # `BaseServer` would be called, with arguments that it may not
        # expect.
        # try: pass host and port as two arguments. Who complains?
        BaseServer.__init__(self, server_address, RequestHandlerClass)
        self.socket = socket.socket(self.address_family, self.socket_type)

        # The caller may set options on the socket first, or put one in
        # its place that was opened elsewhere.
        if not bind_and_activate:
            return

        # In this order: a socket that listens without an address is
        # given a port by the kernel, and cannot be bound any more.
        try:
            self.server_bind()
            self.server_activate()
        except BaseException:
            # The caller gets an error and no server, so nobody else
            # could close the socket.
            self.server_close()
            raise

    # -- For callers

    def fileno(self) -> int:
        """Give the listener's descriptor: what the loop watches."""
        return self.socket.fileno()

    def server_close(self) -> None:
        """Close the listener; connections that are open stay open."""
        self.socket.close()

    # -- For subclasses

    def server_bind(self) -> None:
        """Take the address; learn which one it became."""
        # Not every system has these options, hence the questions to
        # the module. After `bind` they would come too late.
        if self.allow_reuse_address and hasattr(socket, "SO_REUSEADDR"):
            level, option = socket.SOL_SOCKET, socket.SO_REUSEADDR
            self.socket.setsockopt(level, option, 1)

        # differs[reuse-port-inet]: a path has no port to share, and
        # newer Linux says so by an error. The original asks for it with
        # every family up to early releases of 3.13, and the attribute
        # is new in 3.11 (gh-128916, bpo-16594).
        inet = self.address_family in (socket.AF_INET, socket.AF_INET6)
        if self.allow_reuse_port and inet and hasattr(socket, "SO_REUSEPORT"):
            level, option = socket.SOL_SOCKET, socket.SO_REUSEPORT
            self.socket.setsockopt(level, option, 1)

        # Whoever asked for port 0, or by a name, sees what it became.
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def server_activate(self) -> None:
        """Listen: from here on, clients can connect and queue."""
        self.socket.listen(self.request_queue_size)

    def get_request(self) -> tuple[Request, Address]:
        """Accept the next client: its connection and its address."""
        return self.socket.accept()

    def shutdown_request(self, request: Request) -> None:
        """Tell the client that no more comes, then close."""
        # `close` is about our descriptor: while another process holds a
        # copy, the client hears nothing. `shutdown` is about the
        # connection itself.
        try:
            request.shutdown(socket.SHUT_WR)
        except OSError:
            # A client that has left needs no goodbye.
            pass
        self.close_request(request)

    def close_request(self, request: Request) -> None:
        """Close our end; what the client still has to say is lost."""
        request.close()
