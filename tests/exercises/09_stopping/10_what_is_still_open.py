"""What is still open?

There are two calls at the end of a server: `shutdown` and `server_close`. This
program makes one of them, looks, and makes the other. In between, it asks the
server to stop although nothing runs. Say what it finds each time.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="what `shutdown` ends and what `server_close` closes",
    learned="`shutdown` ends the loop and nothing else. `server_close` "
    "closes the listener, the socket where clients knock. A wish to end is "
    "kept until a loop grants it.",
    covers=(
        "BaseServer.serve_forever",
        "BaseServer.shutdown",
        "BaseServer.server_close",
        "TCPServer.server_close",
    ),
    difficulty=2,
    hints=(
        "There are two things: the loop, which is a call that has not come "
        "back, and the listener, which is a socket. Which of the two does "
        "each call end?",
        "The kernel keeps the queue in front of a listener. For that, no "
        "loop is needed, and nobody has to call `accept`.",
        "`shutdown` sets a flag, and a loop clears it when it ends. Who "
        "clears the flag of a `shutdown` that came when no loop was there?",
    ),
    program="""
        import socket
        import threading

        from minisocketserver import TCPServer


        def hello(request, client_address, server):
            request.sendall(b"hello")


        def can_connect(address):
            try:
                socket.create_connection(address).close()
            except OSError:
                return False
            return True


        server = TCPServer(("127.0.0.1", 0), hello)

        loop = threading.Thread(target=server.serve_forever)
        loop.start()
        server.shutdown()
        loop.join()
        after_shutdown = can_connect(server.server_address)

        loop = threading.Thread(target=server.serve_forever)
        loop.start()
        with socket.create_connection(server.server_address) as client:
            again = client.recv(100)
        server.shutdown()
        loop.join()

        server.shutdown()  # nothing runs any more
        with socket.create_connection(server.server_address) as client:
            server.serve_forever()
            client.setblocking(False)
            try:
                too_late = client.recv(100)
            except BlockingIOError:
                too_late = "nothing yet"

        server.server_close()
        after_close = can_connect(server.server_address)
    """,
    questions=(
        Question(
            "after_shutdown",
            "What is `after_shutdown`?",
            choices=(True, False),
        ),
        Question(
            "again",
            "The loop is started a second time. What is `again`? Bytes.",
        ),
        Question(
            "too_late",
            "What is `too_late`?",
            choices=(b"hello", b"", "nothing yet"),
        ),
        Question(
            "after_close", "What is `after_close`?", choices=(True, False)
        ),
    ),
    mistakes=(
        Mistake(
            "The loop's end taken for the socket's",
            "`shutdown` ends the loop. The listener is open as before, and "
            "the kernel lets clients queue in front of it.",
            fails="after_shutdown",
            answer=False,
            symptom="After `shutdown`, clients still connect, and hang: "
            "nobody serves them.",
        ),
        Mistake(
            "A server that can be started only once",
            "A loop that ends forgets the wish that ended it. The socket was "
            "never closed, so the next loop serves as the first one did.",
            fails="again",
            answer=b"",
            symptom="You make a new server to go on, and the address is "
            "still in use.",
        ),
        Mistake(
            "A wish without a loop, believed to be lost",
            "The flag is set, and only a loop that ends clears it. So the "
            "next loop finds it at its first look, and serves nobody.",
            fails="too_late",
            answer=b"hello",
            symptom="`serve_forever` comes back at once, without an error.",
        ),
        Mistake(
            "A client hung up on by a loop that ends",
            "Nobody has accepted this client: it stands in the kernel's "
            "queue. A loop that ends leaves the queue alone.",
            fails="too_late",
            answer=b"",
            symptom="You expect that `shutdown` tells waiting clients to go "
            "away.",
        ),
        Mistake(
            "A closed listener that still takes clients",
            "`server_close` gives the socket back, and its queue with it. "
            "Whoever knocks is refused by the kernel.",
            fails="after_close",
            answer=True,
            symptom="You expect that a client can connect to a port where "
            "nobody listens.",
        ),
    ),
)


def answers(seen):
    return {
        "after_shutdown": seen.after_shutdown,
        "again": seen.again,
        "too_late": seen.too_late,
        "after_close": seen.after_close,
    }
