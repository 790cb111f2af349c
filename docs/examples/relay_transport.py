"""A transport between processes of one machine: a relay in the middle.

    child ── line ──▶ relay ──▶ every child, the same line in the same order

The relay is a small server of our own, with a hub of its own, in a process
of its own. `Relay` starts it and ends it. A process that makes a
`Hub(RelayTransport(relay.path))` is connected to all that do the same, and a
forked handler is such a process.
"""

import contextlib
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from docs.examples.wire import pack, unpack
from minisocketserver import (
    HubMixIn,
    Policy,
    StreamRequestHandler,
    ThreadingUnixStreamServer,
)

ROOT = Path(__file__).parents[2]
PATIENCE = 5  # seconds that a relay may take to answer, or to accept a line
ROOM = 10_000  # lines that wait for one slow process, until it is cut off


class RelayTransport:
    """The way from the hub of one process to the relay, and back."""

    def __init__(self, path):
        self._path = path
        self._lock = threading.Lock()
        self.lost = lambda: None  # called at the end

    def open(self, deliver):
        """Connect; `ConnectionError` if no relay answers."""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE)
        self._lines = self._socket.makefile("rb")
        try:
            self._socket.connect(self._path)
            # What stood declared before us comes first; the empty line after
            # it says that we are up to date.
            while (line := self._lines.readline()) != b"\n":
                if not line:
                    raise ConnectionError("it has hung up")
                deliver(*unpack(line))
        except OSError as error:
            self._lines.close()
            self._socket.close()
            raise ConnectionError(
                f"no relay answers at {self._path}: start it first"
            ) from error
        # From here on we listen for as long as it takes. What we send still
        # has to be accepted in time, by an option of the kernel's.
        self._socket.settimeout(None)
        self._socket.setsockopt(
            socket.SOL_SOCKET,
            socket.SO_SNDTIMEO,
            struct.pack("ll", PATIENCE, 0),
        )
        self._thread = threading.Thread(
            target=self._listen, args=[deliver], daemon=True
        )
        self._thread.start()

    def send(self, act, topic, message):
        """Send a line; `ConnectionError` when the relay has gone.

        One that accepts nothing for so long has gone, too: a part of the
        line may be on its way, so nothing more can be sent after it.
        """
        line = pack(act, topic, message)
        with self._lock:
            try:
                self._socket.sendall(line)
            except OSError as error:
                self._hang_up()
                raise ConnectionError("the relay has gone") from error

    def close(self):
        """Disconnect, and wait for our thread."""
        self._hang_up()
        if threading.current_thread() is not self._thread:
            self._thread.join()
        self._socket.close()

    def _hang_up(self):
        """Disconnect; our thread finds that there is no more to come."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _listen(self, deliver):
        """Deliver what comes, until the relay or we hang up."""
        with self._lines, contextlib.suppress(OSError):
            for line in self._lines:
                deliver(*unpack(line))
        self.lost()


class Relay:
    """The relay's process, as its parent sees it: `stop` ends it."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="relay")
        self.path = str(Path(self._folder.name, "socket"))
        self._start()

    def _start(self):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "docs.examples.relay_transport", self.path],
            cwd=ROOT,
            stdin=subprocess.PIPE,  # its end tells the relay that we ended
            stdout=subprocess.PIPE,
            start_new_session=True,  # a Ctrl-C is for us, and we end it
        )
        if not self._process.stdout.readline():  # that it listens
            self._process.communicate()
            raise ConnectionError("the relay does not start")

    def renew(self):
        """Start another one at the same place, if it has ended.

        Who was connected to the old one is not to the new one, and what
        stood declared there is forgotten.
        """
        if self._process.poll() is not None:
            print("The relay has ended: starting another.", file=sys.stderr)
            self._process.communicate()
            Path(self.path).unlink(missing_ok=True)
            self._start()

    def stop(self):
        """End it; every hub that is connected loses its transport."""
        self._process.kill()  # it has nothing to put in order
        self._process.communicate()
        self._folder.cleanup()


class RelayServer(HubMixIn, ThreadingUnixStreamServer):
    """The middle: it knows what stands declared, and who is connected."""

    daemon_threads = True

    def __init__(self, path):
        super().__init__(path, RelayHandler)
        self.board: dict[str, bytes] = {}
        self.lock = threading.Lock()


class RelayHandler(StreamRequestHandler):
    """One process: read its lines in one thread, write in another."""

    def handle(self):
        server = self.server
        inbox = server.hub.listen(limit=ROOM, policy=Policy.DISCONNECT)
        with server.lock:
            standing = b"".join(server.board.values())
            server.hub.subscribe("lines", inbox)
        self.wfile.write(standing + b"\n")
        writer = threading.Thread(target=self.write, args=[inbox], daemon=True)
        writer.start()
        with inbox, contextlib.suppress(OSError):
            for line in self.rfile:
                self.pass_on(line)

    def pass_on(self, line):
        """Give a line to everybody, in one order for all."""
        act, topic, _ = unpack(line)
        with self.server.lock:
            if act == "declare":
                self.server.board[topic] = line
            elif act == "retract":
                self.server.board.pop(topic, None)
            self.server.hub.publish("lines", line)

    def write(self, inbox):
        """Write until the end, or until nobody reads any more."""
        with contextlib.suppress(OSError):
            for line in inbox:
                self.wfile.write(line)
            self.connection.shutdown(socket.SHUT_RDWR)


def main(path):
    """Relay until nobody is left who could close our standard input."""
    with RelayServer(path) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print("listening", flush=True)
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main(sys.argv[1])
