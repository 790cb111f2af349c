"""How long does `shutdown` take? Original and mini, as a share."""

import socketserver
import statistics
import threading
import time

import minisocketserver

POLL_INTERVAL = 0.2


def share(module):
    """Return how much of a poll_interval `shutdown` takes."""
    turned = threading.Event()

    class Server(module.TCPServer):
        """Tells when the loop has turned, and is about to sleep."""

        def service_actions(self):
            turned.set()

    with Server(("127.0.0.1", 0), module.BaseRequestHandler) as server:
        loop = threading.Thread(
            target=server.serve_forever, args=[POLL_INTERVAL]
        )
        loop.start()
        turned.wait()
        start = time.monotonic()
        server.shutdown()
        taken = time.monotonic() - start
        loop.join()
    return taken / POLL_INTERVAL


for module in (socketserver, minisocketserver):
    middle = statistics.median(share(module) for _ in range(5))
    words = "most of a poll_interval" if middle > 0.5 else "next to nothing"
    print(f"{module.__name__:17}{words}")
