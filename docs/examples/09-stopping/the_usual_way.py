"""A loop, and somebody else who ends it."""

import socket
import threading
from socketserver import BaseRequestHandler, TCPServer


class Hello(BaseRequestHandler):
    """Greets."""

    def handle(self):
        self.request.sendall(b"hello")


with TCPServer(("127.0.0.1", 0), Hello) as server:
    loop = threading.Thread(target=server.serve_forever)
    loop.start()
    with socket.create_connection(server.server_address) as client:
        print("while it runs:      ", client.recv(100).decode())

    server.shutdown()
    loop.join()
    print("after shutdown:      listener open", server.fileno() != -1)
print("after server_close:  listener open", server.fileno() != -1)
