"""Who waits for the end?

A server is stopped at different moments. Say what has happened each time when
the call is over, or whether it comes to an end at all.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="what shutdown promises, before, during and after the loop",
    learned="`shutdown` is a wish and a wait: it waits for the loop's end, so "
    "it must not be called by the loop. `server_close` is another thing.",
    covers=("BaseServer.shutdown", "TCPServer.server_close"),
    difficulty=3,
    hints=(
        "`shutdown` leaves a wish and waits until the loop has ended. In "
        "which thread does the handler of a plain TCPServer run?",
        "A wish that was left while no loop ran is found by the next one.",
        "Ending the loop is not closing the listener: the kernel goes on "
        "letting clients queue.",
    ),
    program="""
        import socket
        import threading

        from minisocketserver import TCPServer, ThreadingTCPServer


        def ends(server_class):
            def stop(request, client_address, server):
                caller = threading.Thread(target=server.shutdown)
                if server_class is TCPServer:
                    # As if the handler had called it and waited.
                    caller.start()
                    caller.join(0.1)
                    comes_back.append(not caller.is_alive())
                else:
                    server.shutdown()
                    comes_back.append(True)

            comes_back = []
            with server_class(("127.0.0.1", 0), stop) as server:
                with socket.create_connection(server.server_address):
                    server.serve_forever(0.01)
            return comes_back[0]


        in_the_loop = ends(TCPServer)
        in_a_thread = ends(ThreadingTCPServer)

        with TCPServer(("127.0.0.1", 0), print) as server:
            loop = threading.Thread(target=server.serve_forever)
            loop.start()
            server.shutdown()
            loop.join()
            try:
                socket.create_connection(server.server_address, 1).close()
                after_shutdown = "connected"
            except OSError:
                after_shutdown = "refused"

        try:
            socket.create_connection(server.server_address, 1).close()
            after_close = "connected"
        except OSError:
            after_close = "refused"
    """,
    questions=(
        Question(
            "in_the_loop",
            "A handler of a `TCPServer` calls `shutdown` and waits for it. "
            "Does it come back while the handler waits? True or False.",
        ),
        Question(
            "in_a_thread",
            "The same in a handler of a `ThreadingTCPServer`: does it come "
            "back?",
        ),
        Question(
            "after_shutdown",
            "What becomes of a client that comes after `shutdown`?",
            ("connected", "refused"),
        ),
        Question(
            "after_close",
            "And of one that comes after `server_close`?",
            ("connected", "refused"),
        ),
    ),
    mistakes=(
        Mistake(
            "Shutdown in the handler",
            "The handler runs in the loop's thread. The loop cannot end "
            "before the handler returns, and the handler waits for the loop "
            "(gh-83978).",
            fails="in_the_loop",
            answer=True,
            symptom="A command of a client is to stop the server, and "
            "everything hangs.",
        ),
        Mistake(
            "A deadlock expected where two threads are",
            "The handler waits in its own thread, and the loop has one of "
            "its own: it hears the wish and ends.",
            fails="in_a_thread",
            answer=False,
            symptom="You believe that no handler may ever stop its server.",
        ),
        Mistake(
            "Shutdown taken for closing",
            "The loop has ended, the listener is open. The kernel connects "
            "clients and lets them queue, for nobody.",
            fails="after_shutdown",
            answer="refused",
            symptom="The server was shut down, and clients hang in place of "
            "being refused.",
        ),
        Mistake(
            "No server_close, and none missed",
            "`server_close` gives the port back. From there on the kernel "
            "refuses whoever knocks.",
            fails="after_close",
            answer="connected",
            symptom="You leave the `with` block away, and the next start "
            "finds the address in use.",
        ),
    ),
)


def answers(seen):
    return {
        "in_the_loop": seen.in_the_loop,
        "in_a_thread": seen.in_a_thread,
        "after_shutdown": seen.after_shutdown,
        "after_close": seen.after_close,
    }
