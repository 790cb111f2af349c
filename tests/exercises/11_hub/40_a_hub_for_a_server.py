"""A hub for a server

Write two methods of `HubMixIn`. `hub` is the hub of this process, made when it
is first asked for. `server_close` closes the hub and then the server, so that
a handler that waits for a message does not keep the server from its end.
"""

import os
import threading
import time

from companion.practise.format import Fill, Mistake
from tests.conformance.toolkit import (
    Background,
    bounded,
    client,
    echo,
    ignore,
    is_closed,
    wait_for,
)

EXERCISE = Fill(
    teaches="in which order things are closed that wait for each other",
    learned="What others wait for is closed first. A handler waits for the "
    "hub, and the server waits for the handler.",
    covers=("HubMixIn.__init__", "HubMixIn.make_hub"),
    symbols=("HubMixIn.hub", "HubMixIn.server_close"),
    difficulty=4,
    hints=(
        "`self.__hubs` has a hub for each process, by its number. There is "
        "none before somebody asks; `make_hub` makes one.",
        "Two handlers may ask at the same moment, each in its thread. "
        "`self.__lock` is there for that.",
        "In `server_close`: make sure that there is a hub, close it, and let "
        "the next class in line close the server. Whoever asks later finds "
        "the hub that is closed.",
    ),
    mistakes=(
        Mistake(
            "A new hub for each who asks",
            "Two handlers that talk to each other need the same hub. What was "
            "made is kept, and looked for before another is made.",
            fails="is_the_same_each_time",
            edit=("if process not in self.__hubs:", "if True:"),
            symptom="Handlers publish and subscribe, and nobody hears "
            "anybody.",
        ),
        Mistake(
            "The parent's hub in a forked child",
            "After a fork there are two hubs that know nothing of each other. "
            "The number of the process tells them apart.",
            fails="is_another_in_another_process",
            edit=("process = os.getpid()", "process = 0"),
            symptom="A forked handler publishes, and the message reaches "
            "nobody.",
        ),
        Mistake(
            "The server closed before the hub",
            "The server waits for its threads, and a thread waits for a "
            "message. The hub has to let it go first.",
            fails="lets_handlers_go",
            edit=(
                "self.hub.close()\nsuper().server_close()",
                "super().server_close()\nself.hub.close()",
            ),
            symptom="`server_close` never returns, as long as one client is "
            "connected.",
        ),
        Mistake(
            "The hub closed and the server forgotten",
            "A mix-in does its part and passes the call on, by `super()`. "
            "Otherwise the rest of the classes never hears of it.",
            fails="closes_the_server",
            edit=("super().server_close()", "pass"),
            symptom="After `server_close` the port is still taken.",
        ),
    ),
)


def promise_is_the_same_each_time(yours):
    """Whoever asks gets the same hub."""

    class Chat(yours.HubMixIn, yours.TCPServer):
        pass

    with Chat(("127.0.0.1", 0), ignore) as server:
        assert server.hub is server.hub, "each who asks gets another hub"


def promise_is_another_in_another_process(yours):
    """A forked process gets a hub of its own."""

    class Chat(yours.HubMixIn, yours.TCPServer):
        def make_hub(self):
            return yours.Hub()

    with Chat(("127.0.0.1", 0), ignore) as server:
        ours = server.hub
        pid = os.fork()
        if pid == 0:
            os._exit(1 if server.hub is ours else 0)
        _, status = os.waitpid(pid, 0)
        assert status == 0, "the child has the parent's hub"


def promise_closes_the_server(yours):
    """`server_close` closes the listener, also where no hub was used."""

    class Chat(yours.HubMixIn, yours.TCPServer):
        pass

    server = Chat(("127.0.0.1", 0), echo)
    bounded(server.server_close)
    closed = is_closed(server.socket)
    server.socket.close()
    assert closed, "the listener is still open"


def promise_lets_handlers_go(yours):
    """`server_close` ends the wait of a handler for a message."""
    waits = threading.Event()

    class Chat(yours.HubMixIn, yours.ThreadingTCPServer):
        pass

    def handler(request, client_address, server):
        with server.hub.listen("news") as news:
            waits.set()
            for _ in news:
                pass

    server = Chat(("127.0.0.1", 0), handler)
    with client(server):
        server.handle_request()
        wait_for(waits, "the handler has not begun")
        bounded(
            server.server_close,
            promise="server_close() did not return: a handler still waits",
        )


def promise_is_made_once(yours):
    """Two who ask at the same moment get the same hub."""
    asked = threading.Event()

    class Chat(yours.HubMixIn, yours.TCPServer):
        def make_hub(self):
            asked.set()
            time.sleep(0.1)  # a moment in which another may ask
            return yours.Hub()

    with Chat(("127.0.0.1", 0), ignore) as server:
        first = Background(getattr, server, "hub")
        wait_for(asked, "nobody called make_hub")
        second = bounded(getattr, server, "hub")
        assert first.result() is second, "two hubs were made"


def promise_makes_no_hub_at_the_end(yours):
    """Where nobody asked for a hub, `server_close` does not `make_hub`."""
    made = []

    class Chat(yours.HubMixIn, yours.TCPServer):
        def make_hub(self):
            made.append(True)
            return yours.Hub()

    bounded(Chat(("127.0.0.1", 0), ignore).server_close)
    assert not made, "make_hub was called at the end"
