"""A recording that was made by hand: what the player shows is known.

It is a request to a `ThreadingTCPServer`, as the text has it: lines are found
by symbol, so the text may change.
"""

import functools
from pathlib import Path

from companion.text import read_text
from companion.xray.listing import Listing
from companion.xray.recording import Function, Lane, Recording, Socket

SCRIPT = Path(__file__).parent / "data" / "door.py"
CLIENT, MAIN, LOOP, WORKER = range(4)
SERVER = "ThreadingTCPServer"
CLASSES = {
    SERVER: (SERVER, "ThreadingMixIn", "TCPServer", "BaseServer", "object"),
    "Upper": (
        "Upper",
        "StreamRequestHandler",
        "BaseRequestHandler",
        "object",
    ),
}


@functools.cache
def methods():
    """Each method of the text with its file, by its dotted name."""
    return {
        method.qualname: (module.path.name, method)
        for module in read_text()
        for cls in module.classes
        for method in cls.methods
    }


class Maker:
    """Writes the rows of a recording, step by step."""

    def __init__(self):
        self.methods = methods()
        self.functions = []
        self.rows = []
        self.stacks = [[], [], [], []]

    def call(self, lane, symbol, cls=None, **more):
        file, method = self.methods.get(symbol, ("scenario/door.py", None))
        function = Function(symbol, file, method.first if method else 14)
        if function not in self.functions:
            self.functions.append(function)
        more["f"] = self.functions.index(function)
        if cls:
            more["k"] = cls
        self.stacks[lane].append(symbol)
        self._add(lane, "c", function.first, more)

    def line(self, lane, stanza=0, event="l", **more):
        """Stand on the first line of a stanza of what runs."""
        _, method = self.methods[self.stacks[lane][-1]]
        self._add(lane, event, method.stanzas[stanza].first, more)

    def back(self, lane, event="r", line=17, **more):
        found = self.methods.get(self.stacks[lane].pop())
        if found:
            stanzas = found[1].stanzas
            line = stanzas[-1].last if stanzas else found[1].first
        self._add(lane, event, line, more)

    def act(self, lane, line, what, on, detail="", **more):
        self._add(lane, "a", line, more | {"d": [what, on, detail]})

    def _add(self, lane, event, line, more):
        self.rows.append([lane, event, line, *filter(None, [more])])

    def recording(self, **changes):
        fields = {
            "name": "door",
            "title": "A door with a thread behind it",
            "teaches": "Who opens, and who answers.",
            "implementation": "mini",
            "script": "scenario/door.py",
            "python": "3.11.7",
            "kernel": True,
            "ended": "",
            "lanes": (
                Lane("client", "client", "client", ""),
                Lane("main", "main", "main thread", "server"),
                Lane("loop", "thread", "loop", "server", "main"),
                Lane("worker", "thread", "worker", "server", "loop"),
            ),
            "functions": tuple(self.functions),
            "classes": CLASSES,
            "sockets": (
                Socket("listener", "listener", "TCP"),
                Socket("client's socket", "client", "TCP"),
                Socket("connection", "connection", "TCP"),
            ),
            "rows": tuple(self.rows),
        }
        return Recording(**fields | changes)


def door(**changes):
    """Return the recording; `changes` are put in place of its fields."""
    it = Maker()
    make(it)
    accept(it)
    handle(it)
    end(it)
    return it.recording(**changes)


def make(it):
    it.call(
        MAIN, "TCPServer.__init__", SERVER, a={"RequestHandlerClass": "Upper"}
    )
    it.line(MAIN, s=[["listener", "server", "open", ""]])
    it.call(MAIN, "TCPServer.server_bind", SERVER)
    it.line(
        MAIN,
        2,
        "a",
        d=["bind", "listener", "('127.0.0.1', PORT)"],
        s=[["listener", "server", "bound", ""]],
        w={"server_address": "('127.0.0.1', PORT)"},
    )
    it.back(MAIN)
    it.call(MAIN, "TCPServer.server_activate", SERVER)
    it.line(
        MAIN,
        0,
        "a",
        d=["listen", "listener", ""],
        s=[["listener", "server", "listening", "LISTEN"]],
    )
    it.back(MAIN)
    it.back(MAIN)


def accept(it):
    it.call(
        LOOP, "BaseServer.serve_forever", SERVER, a={"poll_interval": "0.5"}
    )
    it.line(LOOP)
    it.act(
        CLIENT,
        23,
        "connect",
        "client's socket",
        "('127.0.0.1', PORT)",
        s=[["client's socket", "", "connected", "ESTABLISHED"]],
    )
    it.act(CLIENT, 24, "send", "client's socket", "'hello\\n'")
    connected = len(it.rows) - 1
    it.call(LOOP, "BaseServer._handle_request_noblock", SERVER)
    it.call(LOOP, "TCPServer.get_request", SERVER)
    it.back(
        LOOP,
        v="(<connection>, ('127.0.0.1', PORT))",
        d=["accept", "listener", "connection"],
        s=[["connection", "server", "connected", "ESTABLISHED"]],
        o=[connected],
    )
    it.call(LOOP, "BaseServer.verify_request", SERVER)
    it.back(LOOP, v="True")
    it.call(
        LOOP,
        "ThreadingMixIn.process_request",
        SERVER,
        a={"request": "<connection>"},
    )
    it.line(LOOP, 2, "a", d=["start", "worker", ""])
    started = len(it.rows)
    it.call(
        WORKER, "ThreadingMixIn.process_request_thread", SERVER, o=[started]
    )
    it.back(LOOP)
    it.back(LOOP)


def handle(it):
    it.call(WORKER, "BaseServer.finish_request", SERVER)
    it.call(
        WORKER,
        "BaseRequestHandler.__init__",
        "Upper",
        a={"request": "<connection>"},
    )
    it.call(WORKER, "StreamRequestHandler.setup", "Upper")
    it.back(WORKER, w={"rfile": "<reader>"})
    it.call(LOOP, "BaseServer.service_actions", SERVER)
    it.back(LOOP)
    it.call(WORKER, "Upper.handle", "Upper")
    it.act(WORKER, 17, "receive", "connection", "'hello\\n'", o=[13])
    it.act(WORKER, 17, "send", "connection", "'HELLO\\n'")
    it.back(WORKER)
    it.call(WORKER, "StreamRequestHandler.finish", "Upper")
    it.back(WORKER)
    it.back(WORKER)
    it.back(WORKER)
    it.call(WORKER, "TCPServer.shutdown_request", SERVER)
    it.line(
        WORKER,
        event="a",
        d=["shutdown", "connection", ""],
        s=[["connection", "server", "goodbye", "FIN_WAIT"]],
    )
    it.call(WORKER, "TCPServer.close_request", SERVER)
    it.back(WORKER, s=[["connection", "server", "closed", ""]])
    it.back(WORKER)
    it.back(WORKER)


def end(it):
    it.call(MAIN, "ThreadingMixIn.server_close", SERVER)
    it.line(MAIN)
    it.call(MAIN, "TCPServer.server_close", SERVER)
    it.back(MAIN, s=[["listener", "server", "closed", ""]])
    it.back(MAIN)
    it.act(CLIENT, 24, "receive", "client's socket", "'HELLO\\n'")
    it.line(LOOP, 2)
    it.line(LOOP, 2, "x", e="KeyboardInterrupt")
    it.back(LOOP, "u", e="KeyboardInterrupt")


def listing(recording):
    """Return the code behind it."""
    return Listing(recording, SCRIPT)
