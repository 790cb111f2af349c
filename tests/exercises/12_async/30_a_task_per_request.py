"""A task for each request

Write the three methods that make a server asynchronous. `process_request`
starts a task and returns at once; where no loop runs, it runs one for this
request alone. `process_request_task` reports an error, and says goodbye in any
case. `_finish` has the connection not block, and awaits the handler, for as
long as it may take.
"""

import asyncio

from companion.practise.format import Fill, Mistake
from tests.conformance.toolkit import (
    ask_once,
    client,
    exchange,
    read_all,
    serving,
)

EXERCISE = Fill(
    teaches="how a task takes over what a thread does in ThreadingMixIn",
    learned="The same three questions as with threads: who reports, who says "
    "goodbye, who remembers. The answers are the same, each with an await.",
    symbols=(
        "AsyncMixIn.process_request",
        "AsyncMixIn.process_request_task",
        "AsyncMixIn._finish",
    ),
    difficulty=4,
    hints=(
        "To call an `async def` function makes a coroutine. Who runs it: the "
        "loop that is there, or one that is made for it?",
        "A loop remembers its tasks weakly. `self._tasks` remembers them "
        "well, and `self._forget` is to be called when one is done.",
        "`asyncio.wait_for` puts a limit to a wait. Around that wait, "
        "`_finish` notes whose descriptor it is: `_own` and `_disown`.",
    ),
    mistakes=(
        Mistake(
            "A coroutine that is never awaited",
            "The call made a coroutine, and nobody runs it. Either the loop "
            "is given a task, or `asyncio.run` runs it here.",
            fails="serves_one_without_a_loop",
            edit=(
                "asyncio.run(self._finish(request, client_address))",
                "self._finish(request, client_address).close()",
            ),
            symptom="`handle_request` comes back at once, and the client "
            "gets nothing.",
        ),
        Mistake(
            "A connection that may block",
            "All handlers share one thread. One that waits in `recv`, because "
            "its connection blocks, holds up all the others.",
            fails="lets_no_connection_block",
            edit=("request.setblocking(False)", "pass"),
            symptom="One silent client, and nobody else is answered any more.",
        ),
        Mistake(
            "The task is not remembered",
            "The loop's own memory is weak, and a server that stops waits for "
            "those that it remembers.",
            fails="remembers_its_tasks",
            edit=(
                "self._tasks.add(task := self._loop.create_task(work))",
                "task = self._loop.create_task(work)",
            ),
            symptom="At the end of the server, handlers are cut off in the "
            "middle of their work.",
        ),
        Mistake(
            "The handler made and not awaited",
            "In an asynchronous server, `finish_request` gives back what is "
            "to be awaited. Not to await it is not to handle.",
            fails="answers",
            edit=("await work", "work.close()"),
            symptom="Each client is accepted and hung up on, without a word.",
        ),
        Mistake(
            "An error that nobody reports",
            "No caller is left: an exception that leaves a task lies in it "
            "until somebody asks, or ends the whole loop.",
            fails="reports_an_error",
            edit=("self.handle_error(request, client_address)", "pass"),
            symptom="Clients lose their connection, and nothing is printed.",
        ),
        Mistake(
            "The client is not hung up on",
            "As in a thread: whoever did the work says goodbye, and whatever "
            "happened.",
            fails="closes",
            said="^TimeoutError",
            edit=(
                "finally:\n    self.shutdown_request(request)",
                "finally:\n    pass",
            ),
            symptom="The answer is there, and the client waits for more.",
        ),
        Mistake(
            "A limit that limits nothing",
            "`time_limit` is a promise of the class. Who awaits without "
            "`wait_for` waits for as long as it takes.",
            fails="keeps_the_time_limit",
            edit=(
                "if self.time_limit is not None:\n"
                "    work = asyncio.wait_for(work, self.time_limit)",
                "",
            ),
            symptom="A client that says nothing keeps its handler for ever, "
            "in spite of `time_limit`.",
        ),
    ),
)


def made(yours, handler, **attributes):
    """Return a server that notes its errors and keeps its connections."""

    class Server(yours.AsyncTCPServer):
        def finish_request(self, request, client_address):
            self.kept.append(request)  # or Python itself would close it
            return super().finish_request(request, client_address)

        def handle_error(self, request, client_address):
            self.errors.append(client_address)

    for name, value in attributes.items():
        setattr(Server, name, value)
    server = Server(("127.0.0.1", 0), handler)
    server.kept, server.errors = [], []
    return server


async def hello(request, client_address, server):
    await asyncio.sleep(0)
    request.sendall(b"hello")


async def trouble(request, client_address, server):
    raise ValueError("no")


def promise_answers(yours):
    """A client of the loop is answered."""
    server = made(yours, hello)
    with serving(server), client(server) as sock:
        answer = sock.recv(100)
        assert answer == b"hello", f"the client got {answer!r}"


def promise_lets_no_connection_block(yours):
    """Whatever `get_request` has done, a read of the connection is short."""
    seen = []

    async def look(request, client_address, server):
        seen.append(request.gettimeout())
        request.sendall(b"seen")

    server = made(yours, look)
    with serving(server), client(server) as sock:
        sock.recv(100)
        assert seen == [0], "its connection may block, and everybody with it"


def promise_remembers_its_tasks(yours):
    """While a request is in progress, `_tasks` has its task."""
    seen = []

    async def look(request, client_address, server):
        seen.append(len(server._tasks))
        request.sendall(b"seen")

    server = made(yours, look)
    with serving(server), client(server) as sock:
        sock.recv(100)
        assert seen == [1], f"{seen[0]} tasks are remembered, and one runs"


def promise_closes(yours):
    """The client sees the end when its handler is done."""
    server = made(yours, hello)
    with serving(server), client(server) as sock:
        assert read_all(sock) == b"hello"


def promise_serves_one_without_a_loop(yours):
    """`handle_request` serves one client, from beginning to end."""
    with made(yours, hello) as server:
        answer = ask_once(server)
        assert answer == b"hello", f"the client got {answer!r}"


def promise_reports_an_error(yours):
    """A handler that fails is reported, and its client sees the end."""
    server = made(yours, trouble)
    with serving(server), client(server) as sock:
        assert read_all(sock) == b"", "an answer came out of an error"
        assert server.errors, "nobody called handle_error"


def promise_keeps_the_time_limit(yours):
    """A request that takes longer than `time_limit` is ended."""

    async def waits(request, client_address, server):
        await asyncio.sleep(60)

    server = made(yours, waits, time_limit=0.05)
    with serving(server):
        assert exchange(server) == b""
        assert server.errors, "nobody called handle_error"


def promise_notes_whose_descriptor_it_is(yours):
    """A request is owned while it is handled, and disowned at its end."""
    noted = []

    class Server(yours.AsyncTCPServer):
        def _own(self, descriptor, request):
            noted.append(f"own {descriptor == request.fileno()}")
            super()._own(descriptor, request)

        def _disown(self, descriptor, request):
            noted.append(f"disown {descriptor == request.fileno()}")
            super()._disown(descriptor, request)

    with Server(("127.0.0.1", 0), hello) as server:
        ask_once(server)
    assert noted == ["own True", "disown True"], f"it called {noted}"
