"""`shutdown` before the loop, and after it: the wish is kept."""

import threading
from socketserver import BaseRequestHandler, TCPServer


class Server(TCPServer):
    """Counts how often its loop turns."""

    turns = 0

    def service_actions(self):
        self.turns += 1


with Server(("127.0.0.1", 0), BaseRequestHandler) as server:
    early = threading.Thread(target=server.shutdown)
    early.start()
    while not server._BaseServer__shutdown_request:
        pass  # until the wish is put down
    server.serve_forever()
    early.join()
    print("asked before the loop: it turned", server.turns, "times")

    server.shutdown()
    print("asked after the loop:  shutdown() is back")
    server.serve_forever()
    print("the loop after that:   it turned", server.turns, "times")
