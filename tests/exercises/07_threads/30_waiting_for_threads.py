"""Waiting for the threads

Write the list that remembers threads, `_Threads`, and the end of a threaded
server. The list must not grow for ever, and the server waits for its handlers
after it has closed the door.
"""

import threading

from companion.practise.format import Fill, Mistake
from tests.conformance.toolkit import (
    Background,
    Waiting,
    bounded,
    client,
    wait_for,
)

EXERCISE = Fill(
    teaches="who waits for a thread, and what it costs to remember it",
    learned="Somebody has to join a thread, and whoever remembers has to "
    "forget as well. First the door is closed, then one waits.",
    symbols=(
        "_Threads.append",
        "_Threads.join",
        "ThreadingMixIn.server_close",
    ),
    difficulty=3,
    hints=(
        "A daemon thread is one that nobody waits for: it is not remembered "
        "at all.",
        "`self.room` is the length from which on it is worth while to look "
        "for threads that have ended. After a sweep it is twice as much as "
        "what was left.",
        "`server_close` passes the call on by `super()` and joins after "
        "that. `join` empties the list before it waits.",
    ),
    survives={
        "self.room = max(_Threads.room, 2 * len(self))": "it saves time",
    },
    mistakes=(
        Mistake(
            "A list that grows for ever",
            "A thread that has ended is still an object. A server that runs "
            "for a year has a million of them.",
            fails="forgets_who_has_ended",
            edit=(
                "self[:] = [each for each in self if each.is_alive()]",
                "pass",
            ),
            symptom="The memory of a threaded server grows with each client "
            "(gh-81374).",
        ),
        Mistake(
            "Daemons are waited for",
            "`daemon_threads` means that the end of the program, and of the "
            "server, does not wait for them.",
            fails="leaves_daemons_alone",
            edit=("if thread.daemon:", "if False:"),
            symptom="`server_close` waits, although `daemon_threads` is True.",
        ),
        Mistake(
            "Thread not joined",
            "Without `join`, `server_close` returns while handlers still "
            "write. What they write to may be gone.",
            fails="waits_for_all",
            edit=("thread.join()", "pass"),
            symptom="The last answers are cut off when the program ends.",
        ),
        Mistake(
            "Waiting with the door open",
            "Whoever connects while the server waits is accepted by the "
            "kernel, and served by nobody.",
            fails="closes_the_door_first",
            edit=(
                "super().server_close()\nself._threads.join()",
                "self._threads.join()\nsuper().server_close()",
            ),
            symptom="While a server stops, new clients connect and hang.",
        ),
        Mistake(
            "The listener forgotten by the mix-in",
            "The mix-in stands in front of the server. What it does not pass "
            "on, the server never hears.",
            fails="closes_the_listener",
            edit=("super().server_close()", "pass"),
            symptom="A threaded server is closed, and its port is still "
            "taken.",
        ),
    ),
)


def ended():
    thread = threading.Thread(target=str)
    thread.start()
    thread.join()
    return thread


def promise_waits_for_all(yours):
    """`join` waits for each thread that is remembered."""
    leave = threading.Event()
    thread = threading.Thread(target=leave.wait, daemon=False)
    thread.start()
    threads = yours.threaded._Threads()
    threads.append(thread)
    joining = Background(threads.join)
    came_back = joining.done.wait(0.1)
    leave.set()
    joining.result("join() does not come back")
    assert not came_back, "join() came back while a thread was running"
    assert not threads, "they are remembered although they have ended"


def promise_leaves_daemons_alone(yours):
    """A daemon thread is not remembered."""
    threads = yours.threaded._Threads()
    threads.append(threading.Thread(target=str, daemon=True))
    assert not threads, "a daemon is remembered"


def promise_forgets_who_has_ended(yours):
    """Of a hundred threads that have ended, few are remembered."""
    threads = yours.threaded._Threads()
    for _ in range(100):
        threads.append(ended())
    assert len(threads) < 20, f"{len(threads)} are remembered"


def promise_closes_the_listener(yours):
    """`server_close` closes the listener."""
    server = yours.ThreadingTCPServer(("127.0.0.1", 0), print)
    bounded(server.server_close)
    closed = server.socket.fileno() == -1
    server.socket.close()
    assert closed, "the listener is still open"


def promise_closes_the_door_first(yours):
    """While the server waits for a handler, nobody can connect."""
    handler = Waiting()
    server = yours.ThreadingTCPServer(("127.0.0.1", 0), handler)
    with client(server):
        bounded(server.handle_request)
        wait_for(handler.present, "the client is not handled")
        closing = Background(server.server_close)
        came_back = closing.done.wait(0.1)
        is_open = server.socket.fileno() != -1
        handler.leave.set()
        closing.result("server_close() does not come back")
        assert not came_back, "server_close() did not wait for the handler"
        assert not is_open, "the listener was open while the server waited"
