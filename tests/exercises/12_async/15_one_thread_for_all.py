"""One thread for all

Three clients are in the queue when an asynchronous server starts. Each handler
adds one to a count, either at one go or with an `await` in the middle. A last
handler forgets the word `async`. Say what the program finds.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="what one thread spares you, and where it does not",
    learned="Between two awaits nobody else runs: no lock is needed. Across "
    "an await everybody else may have run: what you have read may be old.",
    covers=(
        "AsyncMixIn.serve_forever",
        "AsyncMixIn._finish",
        "AsyncMixIn.finish_request",
    ),
    difficulty=3,
    hints=(
        "All handlers run in the thread of the loop, one at a time. They "
        "change places at an `await`, and nowhere else.",
        "In `careless`, all three have read the count before the first of "
        "them writes it.",
        "A socket's `gettimeout` is None when it waits for ever, and zero "
        "when it never waits.",
        "What a plain function returns, the server tries to await. None "
        "cannot be awaited, and that is an error like any other.",
    ),
    program="""
        import asyncio
        import socket
        import sys
        import threading

        from minisocketserver import AsyncTCPServer


        class Noting(AsyncTCPServer):
            count = 0

            def finish_request(self, request, client_address):
                patience.add(request.gettimeout())
                return super().finish_request(request, client_address)

            def handle_error(self, request, client_address):
                errors.append(type(sys.exc_info()[1]).__name__)


        async def careful(request, client_address, server):
            threads.add(threading.get_ident())
            await asyncio.sleep(0)
            server.count = server.count + 1


        async def careless(request, client_address, server):
            count = server.count
            await asyncio.sleep(0)
            server.count = count + 1


        def forgetful(request, client_address, server):
            server.count = server.count + 1


        def count(handler):
            with Noting(("127.0.0.1", 0), handler) as server:
                address = server.server_address
                clients = [socket.create_connection(address) for _ in "123"]
                loop = threading.Thread(target=server.serve_forever)
                loop.start()
                for client in clients:
                    client.recv(1)  # until its handler is done
                    client.close()
                server.shutdown()
                loop.join()
                return server.count


        threads, patience, errors = set(), set(), []
        at_one_go = count(careful)
        in_between = count(careless)
        plain = count(forgetful)
    """,
    questions=(
        Question("threads", "How many are in `threads`? A number."),
        Question(
            "patience",
            "What is the one thing in `patience`?",
            choices=(None, 0.0),
        ),
        Question("at_one_go", "What is `at_one_go`?"),
        Question("in_between", "What is `in_between`?"),
        Question("plain", "What is `plain`?"),
        Question("errors", "What is in `errors`? A list of names."),
    ),
    mistakes=(
        Mistake(
            "A thread for each task",
            "A task is no thread. All of them are taken up and put aside by "
            "the loop, in the one thread that it runs in.",
            fails="threads",
            answer=3,
            symptom="You use locks in an asynchronous server, and wonder "
            "what they are for.",
        ),
        Mistake(
            "A connection that may wait",
            "If it waited, the thread would, and every other client with it. "
            "So the server makes it one that never waits.",
            fails="patience",
            answer=None,
            symptom="`recv` raises BlockingIOError in an asynchronous "
            "handler.",
        ),
        Mistake(
            "A count believed to get lost without an await",
            "To read and to write the count is one step here, as no `await` "
            "is in between.",
            fails="at_one_go",
            answer=1,
            symptom="You protect by a lock what nobody can interrupt.",
        ),
        Mistake(
            "An old count written back",
            "All three have read 0, then all three write 1. What was read "
            "before an `await` may be old after it.",
            fails="in_between",
            answer=3,
            symptom="Visits are lost when many come at once, in a server "
            "with one thread.",
        ),
        Mistake(
            "A handler without async, believed to be skipped",
            "It is called, and it does its work. Only then is its result "
            "awaited, and None is nothing to await.",
            fails="plain",
            answer=0,
            symptom="A handler does its work, and is reported as failed.",
        ),
        Mistake(
            "A handler without async, taken for one with it",
            "`def` and `async def` look alike, and only one of them makes "
            "something that can be awaited.",
            fails="errors",
            answer=[],
            symptom="TypeError: object NoneType can't be used in 'await' "
            "expression.",
        ),
    ),
)


def answers(seen):
    (patience,) = seen.patience
    return {
        "threads": len(seen.threads),
        "patience": patience,
        "at_one_go": seen.at_one_go,
        "in_between": seen.in_between,
        "plain": seen.plain,
        "errors": seen.errors,
    }
