"""Files to await

Write the ends of the two asynchronous handlers. Over a connection, one object
is both files, and at the end what is left is sent for as long as that takes.
Over a datagram, both files are memory, and a full queue is asked again.
"""

import asyncio
import contextlib
import socket

from companion.practise.format import Fill, Mistake

EXERCISE = Fill(
    teaches="what changes at the two ends of a handler that is awaited",
    learned="A write does not wait, so the end has to. And who was told to "
    "end must not wait for a slow client.",
    covers=("AsyncMixIn.get_request",),
    symbols=(
        "AsyncStreamRequestHandler.setup",
        "AsyncStreamRequestHandler.finish",
        "AsyncDatagramRequestHandler.setup",
        "AsyncDatagramRequestHandler.finish",
    ),
    difficulty=4,
    hints=(
        "`_Connection` takes the connection, a limit for a line, a time "
        "limit, who watches, and who takes the steps (`self._steps`). "
        "`_Memory` takes the bytes to be read, or nothing.",
        "`flush` hands the kernel what it takes; `drain(0)` waits until all "
        "is gone. The second is for those who have the time.",
        "`sendto` raises BlockingIOError when a queue is full. Give others a "
        "turn, and ask again. A client without an address is not answered.",
    ),
    survives={
        "self.wfile.flush()": "it is done when a handler is put aside",
        "pause = min(2 * pause, 0.1)": "it saves tries",
    },
    mistakes=(
        Mistake(
            "Written, and never waited for",
            "A write goes into a buffer. When the handler is over, nobody "
            "else waits until it is empty.",
            fails="sends_all_at_the_end",
            edit=("await self.wfile.drain(0)", "pass"),
            symptom="Long answers end in the middle.",
        ),
        Mistake(
            "Cancelled, and waiting all the same",
            "Who was told to end may take a time limit with him. What the "
            "kernel takes at once must do.",
            fails="does_not_wait_when_cancelled",
            edit=("if not self.cancelled:", "if True:"),
            symptom="A server that stops waits for its slowest client.",
        ),
        Mistake(
            "A full queue taken for an error",
            "The socket does not block, so it says that there is no room. "
            "That passes.",
            fails="asks_again",
            said="^BlockingIOError",
            edit=("except BlockingIOError:", "except KeyError:"),
            symptom="Under load, some datagrams are answered by an error "
            "report.",
        ),
        Mistake(
            "Answered again and again",
            "After the answer was sent, there is nothing left to do. The loop "
            "is for asking again.",
            fails="answers_once",
            said="^TimeoutError",
            edit=(
                "self.socket.sendto(answer, self.client_address)\nreturn",
                "self.socket.sendto(answer, self.client_address)\n"
                "await asyncio.sleep(0)",
            ),
            symptom="One datagram, and answers without end.",
        ),
    ),
)


async def served(yours, handle, **attributes):
    """Let a handler serve one end of a pair; return what the other gets."""
    attributes["handle"] = handle
    cls = type("Handler", (yours.AsyncStreamRequestHandler,), attributes)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        theirs.sendall(b"hello\n")
        theirs.setblocking(False)
        loop = asyncio.get_running_loop()
        got = bytearray()

        async def read():
            while more := await loop.sock_recv(theirs, 65536):
                got.extend(more)

        reader = loop.create_task(read())
        await asyncio.wait_for(cls(ours, None, None), 1)
        ours.shutdown(socket.SHUT_WR)
        await asyncio.wait_for(reader, 1)
        return bytes(got)


def promise_reads_and_writes(yours):
    """`rfile` is awaited, `wfile` is written to."""

    async def handle(self):
        self.wfile.write((await self.rfile.readline()).upper())

    answer = asyncio.run(served(yours, handle))
    assert answer == b"HELLO\n", f"the client got {answer!r}"


def promise_sends_all_at_the_end(yours):
    """A long answer is sent to its end before the handler is done."""

    async def handle(self):
        self.wfile.write(b"x" * 2_000_000)

    answer = asyncio.run(served(yours, handle))
    assert len(answer) == 2_000_000, f"{len(answer)} of 2000000 bytes came"


def promise_does_not_wait_when_cancelled(yours):
    """A handler that was told to end does not wait for its client."""

    class Handler(yours.AsyncStreamRequestHandler):
        async def handle(self):
            self.wfile.write(b"x" * 2_000_000)
            raise asyncio.CancelledError

    async def run():
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            try:
                await asyncio.wait_for(Handler(ours, None, None), 0.5)
            except asyncio.CancelledError:
                return True
            except asyncio.TimeoutError:
                return False

    assert asyncio.run(run()), "it waits for a client that does not read"


class Wire:
    """A socket that has no room at first."""

    def __init__(self, full):
        self.full, self.sent = full, []

    def sendto(self, data, address):
        if self.full:
            self.full -= 1
            raise BlockingIOError
        self.sent.append((data, address))


def datagram(yours, full=0, client="client"):
    """Let a handler answer a datagram; return what was sent."""

    class Handler(yours.AsyncDatagramRequestHandler):
        async def handle(self):
            self.wfile.write((await self.rfile.read()).upper())

    async def run():
        handler = Handler((b"hello", wire), client, None)
        await asyncio.wait_for(handler, 0.5)

    wire = Wire(full)
    asyncio.run(run())
    return wire.sent


def promise_answers_once(yours):
    """The answer to a datagram is sent once."""
    sent = datagram(yours)
    assert sent == [(b"HELLO", "client")], f"it sent {sent[:3]}"


def promise_asks_again(yours):
    """Where there is no room, the answer is sent a little later."""
    sent = datagram(yours, full=2)
    assert sent == [(b"HELLO", "client")], f"it sent {sent}"


def promise_leaves_the_nameless_alone(yours):
    """A client without an address is not answered."""
    sent = datagram(yours, client=None)
    assert sent == [], f"it sent {sent}"


def promise_lets_others_run(yours):
    """While there is no room, others have their turn."""
    turns = []

    class Full:
        tries = 0
        others_ran = False

        def sendto(self, data, address):
            self.tries += 1
            self.others_ran = bool(turns)
            if not turns and self.tries < 50:
                raise BlockingIOError

    class Handler(yours.AsyncDatagramRequestHandler):
        async def handle(self):
            asyncio.get_running_loop().call_soon(turns.append, 1)

    async def run():
        wire = Full()
        await asyncio.wait_for(Handler((b"", wire), "client", None), 0.5)
        return wire.others_ran

    assert asyncio.run(run()), "nobody else ran while it tried"


def promise_sets_no_delay(yours):
    """`disable_nagle_algorithm` becomes an option of a TCP socket."""
    option = socket.IPPROTO_TCP, socket.TCP_NODELAY

    class Handler(yours.AsyncStreamRequestHandler):
        async def handle(self):
            self.wanted = self.connection.getsockopt(*option)

    async def run():
        with socket.create_server(("127.0.0.1", 0)) as listener:
            theirs = socket.create_connection(listener.getsockname(), 1)
            ours, address = listener.accept()
        with ours, theirs:
            ours.setblocking(False)
            handler = Handler(ours, address, None)
            await asyncio.wait_for(handler, 0.5)
            return handler.wanted

    assert asyncio.run(run()), "the option is not set"


def promise_sends_what_it_can_when_cancelled(yours):
    """A handler that was told to end sends what the kernel takes."""

    class Handler(yours.AsyncStreamRequestHandler):
        async def handle(self):
            self.wfile.write(b"bye")
            raise asyncio.CancelledError

    async def run():
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            theirs.settimeout(0.3)
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait_for(Handler(ours, None, None), 0.5)
            return theirs.recv(100)

    answer = asyncio.run(run())
    assert answer == b"bye", f"the client got {answer!r}"
