"""Three settings called timeout, or nearly: which one ends what?"""

import socket
import threading
from socketserver import StreamRequestHandler, TCPServer


class Patient(StreamRequestHandler):
    """Waits a tenth of a second for a line, and no longer."""

    timeout = 0.1

    def handle(self):
        try:
            self.rfile.readline()
        except TimeoutError:
            print("the handler's timeout: a read has waited in vain")


class Server(TCPServer):
    """Waits a tenth of a second for a client."""

    timeout = 0.1
    turned = threading.Semaphore(0)

    def handle_timeout(self):
        print("the server's timeout: handle_request() has waited in vain")

    def service_actions(self):
        self.turned.release()


with Server(("127.0.0.1", 0), Patient) as server:
    server.handle_request()

    with socket.create_connection(server.server_address):
        server.handle_request()

    loop = threading.Thread(target=server.serve_forever, args=[0.05])
    loop.start()
    for _ in range(5):
        server.turned.acquire()
    print("the loop's poll_interval: five turns, and no timeout is told")
    server.shutdown()
    loop.join()
