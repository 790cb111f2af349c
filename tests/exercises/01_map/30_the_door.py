"""The door and the conversations

Three clients connect to a server, and the server accepts all three. Then it
closes its listener, the socket at which clients knock. Say which sockets there
are, and what can still be said.
"""

import socket

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="the listener hands out connections, and carries no data itself",
    learned="One door, and a conversation for each client. Who closes the "
    "door does not end the conversations.",
    covers=("TCPServer.get_request", "TCPServer.server_close"),
    difficulty=2,
    hints=(
        "`get_request` returns a pair: a new socket for one client, and the "
        "client's address. The listener stays what it is.",
        "A port says which program is meant, not which client. What tells "
        "two connections apart is the address at the other end.",
        "`server_close` closes one socket. Which one, and who holds the "
        "others?",
    ),
    program="""
        import socket

        from minisocketserver import TCPServer

        server = TCPServer(("127.0.0.1", 0), None)
        address = server.server_address
        clients = [socket.create_connection(address) for _ in range(3)]
        connections = [server.get_request()[0] for _ in clients]

        held = {server.socket, *connections}
        ports = {sock.getsockname()[1] for sock in held}
        peers = {sock.getpeername() for sock in connections}

        server.server_close()
        clients[0].sendall(b"still there?")
        heard = connections[0].recv(100)

        for sock in [*clients, *connections]:
            sock.close()
    """,
    questions=(
        Question(
            "sockets", "How many sockets are in `held`? A set has each once."
        ),
        Question("numbers", "How many ports are in `ports`?"),
        Question("others", "How many addresses are in `peers`?"),
        Question("after", "What is `heard`? Bytes, as in b'...'."),
        Question(
            "late",
            "A fourth client comes after `server_close`. Is it `refused`, or "
            "does it `queue`?",
            choices=("refused", "queue"),
        ),
    ),
    mistakes=(
        Mistake(
            "The listener counted as a conversation",
            "`accept` leaves the listener as it is and makes a new socket for "
            "each client. The listener comes on top of them.",
            fails="sockets",
            answer=3,
            symptom="You expect that the first client talks to the listener.",
        ),
        Mistake(
            "A port of its own for each connection",
            "All connections of a server have its port. The kernel tells them "
            "apart by the address at the other end.",
            fails="numbers",
            answer=4,
            symptom="You open a port of the firewall for each client.",
        ),
        Mistake(
            "One machine taken for one address",
            "All three clients run on this machine. But each socket of a "
            "client has a port of its own, so there are three addresses.",
            fails="others",
            answer=1,
            symptom="You tell clients apart by their host, and mix up two "
            "that run on one machine.",
        ),
        Mistake(
            "The door closed, the conversations thought ended",
            "A connection is a socket of its own. It is open until one of its "
            "two ends closes it.",
            fails="after",
            answer=b"",
            symptom="You call `server_close` to get rid of the clients, and "
            "they go on talking.",
        ),
        Mistake(
            "A queue expected behind a closed door",
            "The queue belongs to the listener. When that is closed, nobody "
            "listens at the address, and the kernel says so at once.",
            fails="late",
            answer="queue",
            symptom="You expect that clients wait while the server is started "
            "anew.",
        ),
    ),
)


def answers(seen):
    return {
        "sockets": len(seen.held),
        "numbers": len(seen.ports),
        "others": len(seen.peers),
        "after": seen.heard,
        "late": refused_or_queue(seen.address),
    }


def refused_or_queue(address):
    """Connect to an address where nobody listens any more."""
    try:
        socket.create_connection(address, timeout=1).close()
    except ConnectionRefusedError:
        return "refused"
    return "queue"
