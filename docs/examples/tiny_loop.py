"""What does asyncio do underneath? A loop of one's own, in a few lines.

A selector knows which sockets have something to tell; coroutines can be put
aside. A loop is what brings the two together: it takes a step of each
coroutine that can go on, and sleeps when none can.
"""

import selectors
import socket
import types
from collections import deque

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
PIECE = 256 * 1024  # bytes that are fetched at once


class Loop:
    """Run coroutines until the first one has ended."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.ready = deque()  # coroutines that can take a step
        self.waiting = {}  # (descriptor, event): the coroutine that waits

    def start(self, coroutine):
        """Have a coroutine run beside the others."""
        self.ready.append(coroutine)

    def run(self, main):
        """Run until *main* is done; close whoever is not."""
        self.start(main)
        try:
            while self.turn(main):
                pass
        finally:
            for coroutine in [*self.ready, *self.waiting.values()]:
                coroutine.close()
            self.selector.close()

    def turn(self, main):
        """Take a step of each that can go on, then sleep; False at the end."""
        while self.ready:
            coroutine = self.ready.popleft()
            try:
                sock, event = coroutine.send(None)  # up to its next wait
            except StopIteration:
                if coroutine is main:
                    return False
            else:
                self.waiting[sock.fileno(), event] = coroutine
                self.watch(sock, event)
        for key, events in self.selector.select():
            for event in (READ, WRITE):
                if events & event:
                    self.wake(key, event)
        return True

    def watch(self, sock, event):
        """Ask the kernel to tell of an event, if it does not do so yet."""
        key = self.selector.get_map().get(sock)
        if key is None:
            self.selector.register(sock, event)
        elif not key.events & event:
            self.selector.modify(sock, key.events | event)

    def wake(self, key, event):
        """Let the one who waits go on; ask no more if nobody does."""
        coroutine = self.waiting.pop((key.fd, event), None)
        if coroutine is not None:
            self.ready.append(coroutine)
        elif key.events == event:
            self.selector.unregister(key.fileobj)
        else:
            self.selector.modify(key.fileobj, key.events & ~event)

    def close(self, sock):
        """Close a socket: its number will soon be somebody else's."""
        if sock in self.selector.get_map():
            self.selector.unregister(sock)
        sock.close()


@types.coroutine
def until(sock, event):
    """Put aside whoever awaits this, until the socket is ready.

    This is the inner end of every chain of `await`: what is yielded here
    comes out of `send`, in `Loop.turn`.
    """
    yield sock, event


class Connection:
    """Lines in and out: read first, wait only if needed; send in one go."""

    def __init__(self, loop, sock):
        sock.settimeout(0)  # never wait in a call
        self.loop, self.sock = loop, sock
        self.data, self.at, self.out = b"", 0, bytearray()

    async def readline(self):
        """Give the next line; nothing at the end."""
        while True:
            end = self.data.find(b"\n", self.at) + 1
            if end:
                line, self.at = self.data[self.at : end], end
                return line
            await self.flush()
            piece = await self.receive()
            if not piece:
                return b""
            self.data, self.at = self.data[self.at :] + piece, 0

    async def receive(self):
        """Give what is there; wait only if nothing is."""
        while True:
            try:
                return self.sock.recv(PIECE)
            except BlockingIOError:
                await until(self.sock, READ)

    def write(self, data):
        """Keep it until the handler waits: sixteen lines are one send."""
        self.out += data

    async def flush(self):
        """Send all; wait for a client who takes it slowly."""
        while self.out:
            try:
                del self.out[: self.sock.send(self.out)]
            except BlockingIOError:
                await until(self.sock, WRITE)


async def serve(loop, listener, handler):
    """Start a coroutine for each client that comes."""
    listener.settimeout(0)
    while True:
        try:
            sock, _ = listener.accept()
        except BlockingIOError:
            await until(listener, READ)
        else:
            loop.start(visit(loop, sock, handler))


async def visit(loop, sock, handler):
    """Serve one client, whatever becomes of it."""
    connection = Connection(loop, sock)
    try:
        await handler(connection)
        await connection.flush()
    except OSError as error:
        print("lost a client:", error)
    finally:
        loop.close(sock)


async def echo(connection):
    """Handle a client: give each line back."""
    while line := await connection.readline():
        connection.write(line)


async def talk(loop, address):
    """Be two clients, of whom the first says nothing for a while."""
    slow, quick = (
        Connection(loop, socket.create_connection(address)) for _ in "ab"
    )
    for name, client in [("quick", quick), ("slow", slow)]:
        client.write(f"here is the {name} one\n".encode())
        await client.flush()
        print("the", name, "client hears:", await client.readline())
        loop.close(client.sock)


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0)) as listener:
        tiny = Loop()
        tiny.start(serve(tiny, listener, echo))
        tiny.run(talk(tiny, listener.getsockname()))
