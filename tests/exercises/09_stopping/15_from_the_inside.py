"""Stopped from the inside

A handler of a plain server must not call `shutdown` itself. Four servers try
other ways. In each, the loop runs in a thread of its own, and one client
connects and waits for an answer, for half a second at most. Say what each
client gets: `stopped`, or `nothing`.
"""

import select
import socket
import threading
import time

from companion.practise.format import Mistake, Predict, Question

WAIT = 0.5  # seconds: who has no answer by then stands still for ever

EXERCISE = Predict(
    teaches="the ways out of the deadlock, and the one that leads back in",
    learned="`shutdown` waits for the loop. Where the loop waits for the "
    "handler, ask in another thread, and do not wait for it.",
    covers=("BaseServer.shutdown", "AsyncMixIn.shutdown"),
    difficulty=3,
    hints=(
        "`shutdown` comes back when the loop has ended. For each server: in "
        "which thread does the handler run, and is it the loop's?",
        "To start a thread and not to join it is to wait for nobody.",
        "A forked child has a copy of the server. The loop that would grant "
        "its wish runs in the parent, and has another copy.",
        "The asynchronous server's handler runs in the loop's own thread, "
        "and the docstring of its `shutdown` has a word about that.",
    ),
    program="""
        import threading

        from minisocketserver import (
            AsyncTCPServer,
            ForkingTCPServer,
            TCPServer,
        )


        def stop(request, client_address, server):
            server.shutdown()
            request.sendall(b"stopped")


        def have_it_stopped_and_wait(request, client_address, server):
            stopper = threading.Thread(target=server.shutdown)
            stopper.start()
            stopper.join()
            request.sendall(b"stopped")


        def have_it_stopped(request, client_address, server):
            threading.Thread(target=server.shutdown).start()
            request.sendall(b"stopped")


        async def stop_awaited(request, client_address, server):
            server.shutdown()
            request.sendall(b"stopped")


        helped = TCPServer(("127.0.0.1", 0), have_it_stopped)
        joined = TCPServer(("127.0.0.1", 0), have_it_stopped_and_wait)
        forked = ForkingTCPServer(("127.0.0.1", 0), stop)
        awaited = AsyncTCPServer(("127.0.0.1", 0), stop_awaited)
    """,
    questions=tuple(
        Question(
            name,
            f"What does the client of `{name}` get?",
            choices=("stopped", "nothing"),
        )
        for name in ("helped", "joined", "forked", "awaited")
    ),
    mistakes=(
        Mistake(
            "Somebody else's wait taken for one's own",
            "The new thread waits, and the handler does not wait for it. So "
            "the handler returns, the loop sees the wish, and the new thread "
            "is let go.",
            fails="helped",
            answer="nothing",
            symptom="You look for a way to stop a plain server from its "
            "handler, and find none.",
        ),
        Mistake(
            "The thread started, and joined",
            "To join is to wait: the handler waits for the thread, the thread "
            "for the loop, and the loop for the handler. It is the deadlock "
            "again, with one more in the ring.",
            fails="joined",
            answer="stopped",
            symptom="The handler calls `shutdown` in a thread, as one is "
            "told, and hangs all the same.",
        ),
        Mistake(
            "A copy told to stop",
            "After a fork there are two servers. The child sets the flag of "
            "its own, in which no loop runs, and waits for ever.",
            fails="forked",
            answer="stopped",
            symptom="A forked handler calls `shutdown`. The server serves on, "
            "and the child never ends.",
        ),
        Mistake(
            "The same thread, so the same deadlock",
            "It would be one. So `AsyncMixIn.shutdown` looks who calls: in "
            "the loop's own thread it asks, and does not wait.",
            fails="awaited",
            answer="nothing",
            symptom="You start a thread to stop an asynchronous server, "
            "where a call would do.",
        ),
    ),
)


def answers(seen):
    # The forking one first, while there is no other thread.
    names = ("forked", "helped", "joined", "awaited")
    clients = {}
    for name in names:
        server = getattr(seen, name)
        loop = threading.Thread(target=server.serve_forever, daemon=True)
        loop.start()
        clients[name] = socket.create_connection(server.server_address)

    # One wait for all: who stands still, does so at the same time.
    over = time.monotonic() + WAIT
    return {name: answer(sock, over) for name, sock in clients.items()}


def answer(sock, over):
    """Say what a client has got when the time is over."""
    left = over - time.monotonic()
    if select.select([sock], [], [], max(left, 0))[0]:
        return sock.recv(100).decode()
    return "nothing"
