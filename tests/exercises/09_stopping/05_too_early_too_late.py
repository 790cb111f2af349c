"""Too early, too late

`shutdown` is asked for at three moments: before the loop, in the middle of it,
and after it. Then `server_close` is called in the wrong moment. Say what the
program finds each time.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="what becomes of a wish to end that nobody is there to grant",
    learned="The wish is a flag. A loop finds it at its first look, and "
    "forgets it when it ends. `server_close` leaves no wish at all.",
    covers=(
        "BaseServer.serve_forever",
        "BaseServer.shutdown",
        "BaseServer.server_close",
        "TCPServer.server_close",
    ),
    difficulty=2,
    hints=(
        "`shutdown` sets a flag, and a loop clears it when it ends. Follow "
        "the flag from line to line.",
        "Who clears the flag of a `shutdown` that came when no loop was "
        "there any more?",
        "What ends a loop is the flag. Does `server_close` touch it? The "
        "loop is a thread here; `is_alive` tells whether it still runs.",
    ),
    program="""
        import socket
        import threading

        from minisocketserver import TCPServer


        def hello(request, client_address, server):
            request.sendall(b"hello")


        def try_to_get_served(server):
            with socket.create_connection(server.server_address) as client:
                client.settimeout(0.05)
                server.serve_forever()
                try:
                    return client.recv(100)
                except TimeoutError:
                    return "nothing yet"


        server = TCPServer(("127.0.0.1", 0), hello)

        stopper = threading.Thread(target=server.shutdown)
        stopper.start()
        while not server._BaseServer__shutdown_request:
            pass
        early = try_to_get_served(server)  # the wish was there first
        stopper.join()

        loop = threading.Thread(target=server.serve_forever)
        loop.start()
        server.shutdown()
        loop.join()
        loop = threading.Thread(target=server.serve_forever)
        loop.start()
        with socket.create_connection(server.server_address) as client:
            again = client.recv(100)
        server.shutdown()
        loop.join()

        server.shutdown()  # nothing runs any more
        late = try_to_get_served(server)

        loop = threading.Thread(target=server.serve_forever)
        loop.start()
        with socket.create_connection(server.server_address) as client:
            client.recv(100)  # the loop runs
        server.server_close()  # and no shutdown
        loop.join(0.1)
        runs_on = loop.is_alive()
        server.shutdown()
    """,
    questions=(
        Question(
            "early",
            "What is `early`?",
            choices=(b"hello", b"", "nothing yet"),
        ),
        Question(
            "again",
            "The server was stopped, and a loop is started once more. What "
            "is `again`? Bytes.",
        ),
        Question(
            "late",
            "What is `late`?",
            choices=(b"hello", b"", "nothing yet"),
        ),
        Question("runs_on", "What is `runs_on`?", choices=(True, False)),
    ),
    mistakes=(
        Mistake(
            "A wish that comes too early, believed to be lost",
            "The flag is set before the loop looks for the first time. So "
            "the loop ends at once, and whoever asked is let go.",
            fails="early",
            answer=b"hello",
            symptom="A test starts a loop in a thread and stops it at once. "
            "Sometimes nobody was served.",
        ),
        Mistake(
            "A client hung up on by a loop that ends",
            "Nobody has accepted this client: it stands in the kernel's "
            "queue. A loop that ends leaves the queue alone.",
            fails="early",
            answer=b"",
            symptom="You expect that `shutdown` tells waiting clients to go "
            "away.",
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
            fails="late",
            answer=b"hello",
            symptom="`serve_forever` comes back at once, without an error.",
        ),
        Mistake(
            "A loop believed to end with its socket",
            "Nobody told it to end. It goes on to ask a descriptor that is "
            "closed: in the original as fast as it can.",
            fails="runs_on",
            answer=False,
            symptom="A server was closed without `shutdown`, and a processor "
            "is at 100 %.",
        ),
    ),
)


def answers(seen):
    return {
        "early": seen.early,
        "again": seen.again,
        "late": seen.late,
        "runs_on": seen.runs_on,
    }
