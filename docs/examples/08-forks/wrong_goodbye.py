"""What if the parent said goodbye, and did not only let go?"""

import socket
from socketserver import ForkingTCPServer, StreamRequestHandler


class Echo(StreamRequestHandler):
    """Send one line back."""

    def handle(self):
        self.wfile.write(self.rfile.readline())


class Quiet(ForkingTCPServer):
    """Names the error, and leaves out the traceback."""

    def handle_error(self, request, client_address):
        """Leave the name of the error to the exit status."""


class Wrong(Quiet):
    """Whatever is closed in the parent is shut down there too."""

    in_child = False

    def finish_request(self, request, client_address):
        self.in_child = True
        super().finish_request(request, client_address)

    def close_request(self, request):
        """In the parent, say goodbye first: this is the mistake."""
        if not self.in_child:
            request.shutdown(socket.SHUT_WR)
        super().close_request(request)


for kind in (Quiet, Wrong):
    with kind(("127.0.0.1", 0), Echo) as server:
        with socket.create_connection(server.server_address) as client:
            server.handle_request()
            client.sendall(b"hello\n")
            answer = client.recv(100)
    name = "as it is" if kind is Quiet else "with the mistake"
    print(f"{name:18}the client gets {answer!r}")
