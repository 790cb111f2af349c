"""Catch it: the answer, then the end

Complete the test. A client asks a server of one request after the other. It
shall be handled once, by a handler that is told whose request it is. The
client shall receive the answer, and after it the end.
"""

from companion.practise.format import Catch, Mistake, Plant
from tests.conformance.toolkit import bounded, client, read_all

EXERCISE = Catch(
    teaches="what a request owes to its client: once, whole, and an end",
    learned="Three lines of code, and each has its place: a goodbye too "
    "early costs the answer, and none at all costs the client its patience.",
    covers=("BaseServer.process_request", "BaseServer.finish_request"),
    difficulty=3,
    hints=(
        "`handled` has the address of each client that was handled. How many "
        "ought to be in it, and which?",
        "`read_all` returns what comes until the other side closes, and "
        "fails if that does not happen. It checks two promises at once.",
        "A client knows its own address: `getsockname` tells it.",
    ),
    plants=(
        Plant(
            "no_end",
            "BaseServer.process_request",
            ("self.shutdown_request(request)", "pass"),
            "that the client sees the end",
        ),
        Plant(
            "end_before_answer",
            "BaseServer.process_request",
            (
                "self.finish_request(request, client_address)\n"
                "self.shutdown_request(request)",
                "self.shutdown_request(request)\n"
                "try:\n"
                "    self.finish_request(request, client_address)\n"
                "except OSError:\n"
                "    pass",
            ),
            "that the answer gets through",
        ),
        Plant(
            "handled_twice",
            "BaseServer.finish_request",
            (
                "self.RequestHandlerClass(request, client_address, self)",
                "self.RequestHandlerClass(request, client_address, self)\n"
                "self.RequestHandlerClass(request, client_address, self)",
            ),
            "that a request is handled once",
        ),
        Plant(
            "whose_is_it",
            "BaseServer.finish_request",
            (
                "self.RequestHandlerClass(request, client_address, self)",
                "self.RequestHandlerClass(request, self.server_address, self)",
            ),
            "that the handler is told the client's address",
        ),
    ),
    mistakes=(
        Mistake(
            "One recv taken for the whole conversation",
            "`recv` returns as soon as something is there. Whether more comes "
            "or the end, only another look can tell: read to the end.",
            fails="no_end",
            edit=(
                'assert read_all(sock) == b"hello"',
                'assert sock.recv(5) == b"hello"',
            ),
            symptom="The test passes on a server that never hangs up.",
        ),
        Mistake(
            "An end without an answer is enough",
            "The client saw the end, and that is half of what it was "
            "promised. Compare what came before it.",
            fails="end_before_answer",
            edit=(
                'assert read_all(sock) == b"hello"\n'
                "assert handled == [sock.getsockname()]",
                "read_all(sock)",
            ),
            symptom="The test passes on a server that hangs up before the "
            "answer.",
        ),
        Mistake(
            "That it was handled, not how often",
            "To be in a list is to be there at least once. Compare the whole "
            "list.",
            fails="handled_twice",
            edit=(
                'assert read_all(sock) == b"hello"\n'
                "assert handled == [sock.getsockname()]",
                'assert read_all(sock).startswith(b"hello")\n'
                "assert sock.getsockname() in handled",
            ),
            symptom="The test passes on a server that books every order "
            "twice.",
        ),
        Mistake(
            "Counted, and not looked at",
            "One client, one entry: the number is right. Whose address it "
            "is, the number does not say.",
            fails="whose_is_it",
            edit=(
                "assert handled == [sock.getsockname()]",
                "assert len(handled) == 1",
            ),
            symptom="The test passes on a server that takes each client for "
            "itself.",
        ),
        Mistake(
            "The two ends of a connection mixed up",
            "`getpeername` is the address of the other end: seen from the "
            "client, that is the server's.",
            fails="reference",
            has="getpeername",
            edit=("sock.getsockname()", "sock.getpeername()"),
            symptom="The test says that a good server mixes up its clients.",
        ),
    ),
)


def test_a_client_is_answered_and_sees_the_end(lib):
    handled, kept = [], []

    def hello(request, client_address, server):
        kept.append(request)  # or Python would close it when forgotten
        handled.append(client_address)
        request.sendall(b"hello")

    server = lib.TCPServer(("127.0.0.1", 0), hello)
    with server, client(server) as sock:
        bounded(server.handle_request)
        # <<< What does sock receive to its end, and what is in handled?
        assert read_all(sock) == b"hello"
        assert handled == [sock.getsockname()]
        # >>>
