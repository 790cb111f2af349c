"""Is a Unix socket faster? Round trips to the same handler, both ways."""

import pathlib
import socket
import statistics
import tempfile
import threading
import time
from socketserver import BaseRequestHandler, TCPServer, UnixStreamServer

TRIPS = 500


class Echo(BaseRequestHandler):
    """Send everything back until the client hangs up."""

    def handle(self):
        while data := self.request.recv(64):
            self.request.sendall(data)


def trips(server, family):
    """Return the processor time that TRIPS round trips take."""
    loop = threading.Thread(target=server.serve_forever, args=[0.01])
    loop.start()
    with socket.socket(family) as client:
        client.connect(server.server_address)
        start = time.process_time()
        for _ in range(TRIPS):
            client.sendall(b"ping")
            client.recv(64)
        taken = time.process_time() - start
    server.shutdown()
    loop.join()
    return taken


def ratio(folder):
    """Measure both, one right after the other; return TCP by Unix."""
    path = pathlib.Path(folder, "echo")
    with UnixStreamServer(str(path), Echo) as server:
        by_path = trips(server, socket.AF_UNIX)
    path.unlink()
    with TCPServer(("127.0.0.1", 0), Echo) as server:
        by_port = trips(server, socket.AF_INET)
    return by_port / by_path


with tempfile.TemporaryDirectory() as folder:
    middle = statistics.median(ratio(folder) for _ in range(9))
print("TCP costs more for the same round trips:", middle > 1)
