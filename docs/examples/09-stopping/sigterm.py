"""A signal that stops a server, without waiting for itself."""

import signal
import threading
from socketserver import BaseRequestHandler, TCPServer


class Server(TCPServer):
    """Gets its signal as soon as the loop runs."""

    def service_actions(self):
        if stopping.ident is None:  # it has not been started yet
            signal.raise_signal(signal.SIGTERM)


def stop(signum, frame):
    """Have another thread ask: this one runs the loop."""
    stopping.start()


with Server(("127.0.0.1", 0), BaseRequestHandler) as server:
    stopping = threading.Thread(target=server.shutdown)
    before = signal.signal(signal.SIGTERM, stop)
    server.serve_forever(poll_interval=0.01)
    stopping.join()
    signal.signal(signal.SIGTERM, before)
print("stopped and closed")
