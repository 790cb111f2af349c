"""Catch it: one socket for everybody

Complete the test. A `UDPServer` inherits from `TCPServer`, whose requests are
closed after use. But here the socket in a request is the server's own: it has
to outlive the request, bring whole packets, and answer whoever has asked.
"""

from companion.practise.format import Catch, Mistake, Plant
from tests.conformance.toolkit import bounded, client, is_closed

EXERCISE = Catch(
    teaches="what a server for packets must not inherit",
    learned="Whoever inherits code has to switch off what does not fit. What "
    "was forgotten shows at the second client, not at the first.",
    covers=("UDPServer.get_request", "UDPServer.close_request"),
    difficulty=2,
    hints=(
        "After the first request, ask the server's socket whether it is "
        "still open. The file has a function for that.",
        "A client can `recv` its answer, and compare it. The handler sends "
        "back what came, in capitals.",
        "Two assertions are enough: one on `server.socket`, one on what "
        "`sock` receives.",
    ),
    plants=(
        Plant(
            "closes_the_listener",
            "UDPServer.close_request",
            ("pass", "request[1].close()"),
            "that the server's socket outlives a request",
        ),
        Plant(
            "answers_itself",
            "UDPServer.get_request",
            (
                "return (data, self.socket), client_address",
                "return (data, self.socket), self.server_address",
            ),
            "that the answer goes to the client",
        ),
        Plant(
            "cuts_off",
            "UDPServer.get_request",
            (
                "self.socket.recvfrom(self.max_packet_size)",
                "self.socket.recvfrom(4)",
            ),
            "that a packet comes whole",
        ),
    ),
    mistakes=(
        Mistake(
            "One client and no look at the socket",
            "One request is served before anything is closed. Look at the "
            "server afterwards: is it ready for the next?",
            fails="closes_the_listener",
            edit=("assert not is_closed(server.socket)", "pass"),
            symptom="The test passes on a server that is deaf after one "
            "packet.",
        ),
        Mistake(
            "The answer is not waited for",
            "That a handler has sent says nothing about who has received. "
            "Only the client knows: let it `recv`.",
            fails="answers_itself",
            edit=('assert sock.recv(100) == b"HELLO"', "pass"),
            symptom="The test passes on a server that answers somebody else.",
        ),
        Mistake(
            "Some answer is enough",
            "A packet that is cut off is answered as well. Compare what came "
            "with what ought to have come.",
            fails="cuts_off",
            edit=(
                'assert sock.recv(100) == b"HELLO"',
                "assert sock.recv(100)",
            ),
            symptom="The test passes on a server that loses the ends of "
            "packets.",
        ),
        Mistake(
            "An end expected where there is no stream",
            "A connection has an end, and then `recv` gives nothing. Packets "
            "have none: whoever waits for it, waits for ever.",
            fails="reference",
            said="timed out",
            edit=(
                'assert sock.recv(100) == b"HELLO"',
                'assert sock.recv(100) == b"HELLO"\n'
                'assert sock.recv(100) == b""',
            ),
            symptom="The test waits for the end of a conversation that never "
            "was one.",
        ),
    ),
)


def test_a_server_for_packets_keeps_its_socket(lib):
    def shout(request, client_address, server):
        data, sock = request
        sock.sendto(data.upper(), client_address)

    server = lib.UDPServer(("127.0.0.1", 0), shout)
    with server, client(server) as sock:
        sock.sendall(b"hello")
        bounded(server.handle_request)
        # <<< Is the server ready for the next, and what does sock receive?
        assert not is_closed(server.socket)
        assert sock.recv(100) == b"HELLO"
        # >>>
