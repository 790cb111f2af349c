"""A handler that exits

A handler calls `sys.exit(7)`. Four servers try it, with one client each. Say
for each whether the error comes out of `handle_request`, or the server goes
on.
"""

from companion.practise.format import Mistake, Predict, Question

FATES = ("comes out", "goes on")

EXERCISE = Predict(
    teaches="how far SystemExit gets: up the stack, and no further",
    learned="An error goes up through those who have called. A thread and a "
    "child process have nobody above them, so there it ends.",
    covers=(
        "BaseServer.process_request",
        "ThreadingMixIn.process_request_thread",
        "ForkingMixIn.process_request",
        "AsyncMixIn.process_request",
    ),
    difficulty=3,
    hints=(
        "`sys.exit` raises SystemExit, which is no Exception. It is an error "
        "like any other in one respect: it goes to whoever has called.",
        "Who calls a handler: the loop, a thread's `run`, the child after "
        "the fork? And what stands above that one?",
        "`handle_request` of the asynchronous server has no loop, so it "
        "runs one for this request, in its own thread.",
    ),
    program="""
        import socket
        import sys

        from minisocketserver import (
            AsyncTCPServer,
            ForkingTCPServer,
            TCPServer,
            ThreadingTCPServer,
        )

        received = []


        def leaves(request, client_address, server):
            sys.exit(7)


        async def leaves_awaited(request, client_address, server):
            sys.exit(7)


        def fate(kind, handler=leaves):
            fate = "goes on"
            with kind(("127.0.0.1", 0), handler) as server:
                with socket.create_connection(server.server_address) as sock:
                    try:
                        server.handle_request()
                    except SystemExit:
                        fate = "comes out"
                    received.append(sock.recv(100))
            return fate


        plain = fate(TCPServer)
        threaded = fate(ThreadingTCPServer)
        forked = fate(ForkingTCPServer)
        awaited = fate(AsyncTCPServer, leaves_awaited)
    """,
    questions=(
        Question("plain", "What is `plain`?", choices=FATES),
        Question("threaded", "What is `threaded`?", choices=FATES),
        Question("forked", "What is `forked`?", choices=FATES),
        Question("awaited", "What is `awaited`?", choices=FATES),
        Question(
            "hung_up",
            "How many of the four clients see the end of their connection? "
            "A number.",
        ),
    ),
    mistakes=(
        Mistake(
            "SystemExit reported like a ValueError",
            "What is no Exception passes the `except` that reports. It goes "
            "up through the loop to the main program, and ends it.",
            fails="plain",
            answer="goes on",
            symptom="A handler calls a library that calls `sys.exit`, and "
            "the whole server is gone.",
        ),
        Mistake(
            "A thread that ends the program",
            "In a thread, SystemExit goes up to the thread's beginning and "
            "ends the thread. Python says nothing about it.",
            fails="threaded",
            answer="comes out",
            symptom="A handler calls `sys.exit` to stop the server, and the "
            "server serves on.",
        ),
        Mistake(
            "A child's error that reaches the parent",
            "Two processes share no call stack. What the parent learns of a "
            "child is a number: its status.",
            fails="forked",
            answer="comes out",
            symptom="You put `try` around a forking server for the errors of "
            "its handlers, and catch none.",
        ),
        Mistake(
            "A task taken for a thread",
            "A task runs in the loop's own thread, and what is no Exception "
            "ends the loop, as in the plain server.",
            fails="awaited",
            answer="goes on",
            symptom="One task calls `sys.exit`, and all the others end with "
            "it.",
        ),
        Mistake(
            "A client forgotten because its handler exits",
            "Whoever did the work says goodbye, and whatever happened: each "
            "of the four has a `finally` or an `except` for that.",
            fails="hung_up",
            answer=0,
            symptom="You expect that the clients of a handler that exits "
            "wait for ever.",
        ),
    ),
)


def answers(seen):
    return {
        "plain": seen.plain,
        "threaded": seen.threaded,
        "forked": seen.forked,
        "awaited": seen.awaited,
        "hung_up": seen.received.count(b""),
    }
