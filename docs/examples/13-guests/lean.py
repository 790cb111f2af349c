"""Three things that guests do, and that a change could break."""

import socket
from socketserver import StreamRequestHandler, TCPServer


class Shout(StreamRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.readline().upper())


class Early(TCPServer):
    """Sets an attribute before there is a server."""

    def __init__(self, *args):
        self.allow_reuse_address = True
        super().__init__(*args)


class Adopting(TCPServer):
    """Serves with a socket that was made elsewhere."""

    def __init__(self, listener, handler):
        address = listener.getsockname()
        super().__init__(address, handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener


class Calling(TCPServer):
    """Connects in place of listening, and is its own one request."""

    def server_bind(self):
        pass

    def server_activate(self):
        self.socket.connect(self.server_address)

    def get_request(self):
        return self.socket, self.server_address


def ask(client):
    client.sendall(b"hello\n")
    return client


with Early(("127.0.0.1", 0), Shout) as server:
    option = server.socket.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)
    print("early:   ", "the option is set" if option else "too late")

listener = socket.create_server(("127.0.0.1", 0))
with Adopting(listener, Shout) as server:
    with ask(socket.create_connection(listener.getsockname())) as client:
        server.handle_request()
        print("adopting:", client.recv(100))

with socket.create_server(("127.0.0.1", 0)) as listener:
    with Calling(listener.getsockname(), Shout) as server:
        with ask(listener.accept()[0]) as other:
            server.handle_request()
            print("calling: ", other.recv(100))
