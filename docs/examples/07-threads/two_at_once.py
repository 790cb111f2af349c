"""Two clients at once: the second is served while the first is silent."""

import socket
import threading
from socketserver import StreamRequestHandler, ThreadingTCPServer


class Echo(StreamRequestHandler):
    """Send one line back."""

    def handle(self):
        self.wfile.write(self.rfile.readline())


with ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
    loop = threading.Thread(target=server.serve_forever)
    loop.start()

    with socket.create_connection(server.server_address) as silent:
        with socket.create_connection(server.server_address) as quick:
            quick.sendall(b"I am quick\n")
            print("answer:", quick.recv(100).decode().strip())
        silent.sendall(b"and I took my time\n")
        print("answer:", silent.recv(100).decode().strip())

    server.shutdown()
    loop.join()
