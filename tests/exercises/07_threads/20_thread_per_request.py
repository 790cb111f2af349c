"""A thread for each request

Write the two methods that make a server threaded: `process_request` starts a
thread and returns at once; `process_request_thread` does in that thread what
the server's own `process_request` would have done, and closes the request
whatever happens.
"""

import sys
import threading

from companion.practise.format import Fill, Mistake
from tests.conformance.toolkit import (
    Background,
    Waiting,
    bounded,
    client,
    echo,
    read_all,
    serving,
    wait_for,
)

EXERCISE = Fill(
    teaches="who closes, who reports and who waits, when threads do the work",
    learned="The thread takes over all that the caller did: report the error, "
    "then say goodbye. The server remembers it, to be able to wait.",
    symbols=(
        "ThreadingMixIn.process_request",
        "ThreadingMixIn.process_request_thread",
    ),
    difficulty=3,
    hints=(
        "A `threading.Thread` is given what to call and with what; it calls "
        "nothing before `start`.",
        "What `process_request_thread` raises, nobody catches. Which of the "
        "server's methods report an error, and which must run in any case?",
        "`self._threads` is shared by all servers as long as the instance "
        "has none of its own. Put one there where `block_on_close` asks for "
        "it, and append the thread before you start it.",
    ),
    mistakes=(
        Mistake(
            "The thread is run, not started",
            "`run` is what the thread would do, done by the caller: no thread "
            "is made, and the loop waits as before. `start` makes one.",
            fails="answers",
            has=r"\.run\(\)",
            edit=("thread.start()", "thread.run()"),
            symptom="The server has a thread for each request, and serves one "
            "client after the other.",
        ),
        Mistake(
            "The call is made while the thread is made",
            "`target=f(x)` calls `f` here and gives its result to the thread. "
            "The function is `target`, what it is called with is `args`.",
            fails="returns_at_once",
            has=r"self\.process_request_thread\(",
            edit=(
                "target, args = self.process_request_thread, "
                "(request, client_address)",
                "target, args = self.process_request_thread(request, "
                "client_address), ()",
            ),
            symptom="The handler runs in the main thread, and the new thread "
            "does nothing.",
        ),
        Mistake(
            "The request is never closed",
            "The caller of `process_request` thinks that the work is done "
            "elsewhere. So the thread has to say goodbye.",
            fails="closes",
            said="^TimeoutError",
            lacks=r"\.shutdown_request\(",
            edit=("self.shutdown_request(request)", "pass"),
            symptom="The answer is there, and the client waits for its end "
            "for ever.",
        ),
        Mistake(
            "Closed only if all went well",
            "An error jumps over the goodbye. What must happen in any case "
            "belongs into `finally`.",
            fails="closes_after_an_error",
            lacks="finally",
            edit=(
                "except Exception:\n"
                "    self.handle_error(request, client_address)\n"
                "finally:\n"
                "    self.shutdown_request(request)",
                "except Exception:\n"
                "    self.handle_error(request, client_address)\n"
                "else:\n"
                "    self.shutdown_request(request)",
            ),
            symptom="Clients whose request was bad are never hung up on.",
        ),
        Mistake(
            "The list is never made",
            "What all servers share as `_threads` takes a thread and forgets "
            "it. The server needs a list of its own, a `_Threads()`, put "
            "there before the first thread is appended.",
            fails="is_waited_for",
            has=r"_threads\.append\(",
            lacks=r"_Threads\(",
            edit=('vars(self).setdefault("_threads", _Threads())', "pass"),
            symptom="Each thread is appended, and `server_close` waits for "
            "none of them.",
        ),
        Mistake(
            "The thread is not remembered",
            "`server_close` joins what is in `self._threads`, and nothing "
            "else. A thread that nobody appends is waited for by nobody.",
            fails="is_waited_for",
            edit=("self._threads.append(thread)", "pass"),
            symptom="`server_close` returns while a handler still runs.",
        ),
    ),
)


def promise_answers(yours):
    """A client is answered."""
    server = yours.ThreadingTCPServer(("127.0.0.1", 0), echo)
    with serving(server), client(server) as sock:
        sock.sendall(b"hello")
        assert sock.recv(100) == b"hello", "the client got another answer"


def promise_returns_at_once(yours):
    """`process_request` returns while the handler still works."""
    present = {b"1": threading.Event(), b"2": threading.Event()}
    leave = threading.Event()

    def handler(request, client_address, server):
        present[request.recv(1)].set()
        leave.wait()

    server = yours.ThreadingTCPServer(("127.0.0.1", 0), handler)
    with serving(server), client(server) as first, client(server) as second:
        try:
            first.sendall(b"1")
            wait_for(present[b"1"], "the first client was not served")
            second.sendall(b"2")
            wait_for(
                present[b"2"], "the second client waited until the first left"
            )
        finally:
            leave.set()


def promise_closes(yours):
    """The client sees the end when its handler is done."""
    kept = []  # what nobody remembers, Python itself would close

    def handler(request, client_address, server):
        kept.append(request)
        request.sendall(b"hello")

    server = yours.ThreadingTCPServer(("127.0.0.1", 0), handler)
    with serving(server), client(server) as sock:
        assert read_all(sock) == b"hello"


def promise_closes_after_an_error(yours):
    """A handler that fails is reported, and its client sees the end."""
    kept, reported = [], []

    def handler(request, client_address, server):
        kept.append(request)
        raise ValueError("no")

    class Told(yours.ThreadingTCPServer):
        def handle_error(self, request, client_address):
            reported.append(client_address)

    server = Told(("127.0.0.1", 0), handler)
    with serving(server), client(server) as sock:
        assert read_all(sock) == b"", "an answer came out of an error"
        assert reported, "nobody called handle_error"


def promise_is_waited_for(yours):
    """`server_close` waits for the thread."""
    handler = Waiting()
    server = yours.ThreadingTCPServer(("127.0.0.1", 0), handler)
    with client(server):
        bounded(server.handle_request)
        wait_for(handler.present, "the client is handled")
        closing = Background(server.server_close)
        try:
            assert not closing.done.wait(0.1), (
                "server_close() came back although a handler was running"
            )
        finally:
            handler.leave.set()
        closing.result()


def promise_forgets_what_did_not_start(yours):
    """A thread that cannot start is an error, and is not remembered."""

    def fails(self):
        raise RuntimeError("no more threads")

    class Told(yours.ThreadingTCPServer):
        error = None

        def handle_error(self, request, client_address):
            self.error = sys.exc_info()[1]

    start = threading.Thread.start
    server = Told(("127.0.0.1", 0), echo)
    with server, client(server):
        threading.Thread.start = fails
        try:
            server.handle_request()
        finally:
            threading.Thread.start = start
        left = len(server._threads)
        server._threads.clear()  # nobody could wait for it
        assert isinstance(server.error, RuntimeError), (
            f"what came out is {server.error!r}"
        )
        assert left == 0, "it waits for a thread that never ran"
