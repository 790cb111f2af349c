"""An error in each place of the pipeline: where does it end up?"""

import socket
import socketserver

import minisocketserver

PLACES = (
    ("get_request", OSError),
    ("get_request", ValueError),
    ("verify_request", ValueError),
    ("process_request", ValueError),
    ("setup", ValueError),
    ("handle", ValueError),
    ("finish", ValueError),
    ("handle", SystemExit),
    ("shutdown_request", ValueError),
)


class EnoughError(Exception):
    """Ends a loop that has survived the error."""


class WatchMixIn:
    """Notes what becomes of the request."""

    reported = closed = False
    taken = None

    def get_request(self):
        self.taken, client_address = super().get_request()
        return self.taken, client_address

    def handle_error(self, request, client_address):
        self.reported = True

    def close_request(self, request):
        self.closed = True
        super().close_request(request)

    def service_actions(self):
        """End the loop: it has come this far."""
        raise EnoughError


def planted(kind, place, error):
    """Return the class with an error planted: raised once, in one method."""

    def method(self, *args):
        setattr(kind_with_error, place, getattr(kind, place))
        raise error

    kind_with_error = type(kind.__name__, (kind,), {place: method})
    return kind_with_error


def play(module, place, error):
    """Serve one client; say what became of loop, report, connection."""
    server_class = type("Server", (WatchMixIn, module.TCPServer), {})
    handler_class = module.BaseRequestHandler
    if hasattr(server_class, place):
        server_class = planted(server_class, place, error)
    else:
        handler_class = planted(handler_class, place, error)
    with server_class(("127.0.0.1", 0), handler_class) as server:
        with socket.create_connection(server.server_address):
            try:
                server.serve_forever()
            except EnoughError:
                loop = "goes on"
            except error:
                loop = "ends"
        if server.taken:
            server.taken.close()
    answers = {True: "yes", False: "no"}
    return loop, answers[server.reported], answers[server.closed]


print("raised in         error       loop     reported  closed")
for place, error in PLACES:
    original = play(socketserver, place, error)
    loop, reported, closed = play(minisocketserver, place, error)
    row = f"{place:18}{error.__name__:12}{loop:9}{reported:10}{closed}"
    if original != (loop, reported, closed):
        row += f" (the original: {original[2]})"
    print(row)
