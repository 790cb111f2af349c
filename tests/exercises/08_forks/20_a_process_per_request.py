"""A process for each request

Write `process_request` of `ForkingMixIn`, and what its child does. Two
processes come back from `os.fork`. The parent remembers the child and lets go
of its copy of the connection. The child finishes the request and ends, with 0
if all went well and with 1 otherwise.
"""

import os

from companion.practise.format import Fill, Mistake
from tests.conformance.toolkit import (
    Alarm,
    bounded,
    client,
    echo,
    ignore,
    raising,
)

EXERCISE = Fill(
    teaches="which process closes what, and how a child has to end",
    learned="After a fork there are two of everything. The parent closes its "
    "copy without a word; the child says goodbye, and never returns.",
    symbols=(
        "ForkingMixIn.process_request",
        "ForkingMixIn.__live_as_child",
    ),
    difficulty=4,
    hints=(
        "`os.fork` returns 0 in the child, and the child's number in the "
        "parent. Everything after it runs twice, unless you part the two.",
        "The parent must not say goodbye: the connection lives on in the "
        "child. There is a hook that closes and says nothing.",
        "The child's last act is `os._exit`, whatever happens before. It "
        "skips all that is the parent's to do.",
    ),
    survives={
        "return": "the call before it does not come back",
    },
    mistakes=(
        Mistake(
            "Child returning from process_request instead of exiting",
            "The child is a copy of the whole program. If it returns, it runs "
            "the parent's loop a second time, with the parent's listener.",
            fails="the_child_never_returns",
            edit=("os._exit(status)", "pass"),
            symptom="The server answers each client, and after a while there "
            "are many servers.",
        ),
        Mistake(
            "sys.exit in a child",
            "`sys.exit` raises SystemExit, and the child takes it up through "
            "the parent's program: its `finally`s, its `with` blocks, its "
            "`atexit`. `os._exit` ends the process on the spot.",
            fails="the_child_never_returns",
            has=r"sys\.exit|SystemExit|\bexit\(|quit\(",
            lacks=r"os\._exit",
            edit=("os._exit(status)", "raise SystemExit(status)"),
            symptom="A forked child is done, and what the parent wanted to do "
            "at its own end is done by the child, too.",
        ),
        Mistake(
            "Socket closed in the wrong process",
            "`shutdown` is about the connection itself, not about one copy of "
            "it. Said by the parent, it ends the child's conversation.",
            fails="the_child_can_answer",
            edit=(
                "self.close_request(request)",
                "self.shutdown_request(request)",
            ),
            symptom="Forked handlers cannot write: broken pipe.",
        ),
        Mistake(
            "The parent keeps its copy",
            "Each copy is a descriptor of the parent's. And as long as one is "
            "open, the client does not hear the end.",
            fails="the_parent_lets_go",
            edit=("self.close_request(request)", "pass"),
            symptom="After a thousand clients: too many open files.",
        ),
        Mistake(
            "A child that nobody remembers",
            "The exit status of a child waits until its parent asks. Who does "
            "not know its number cannot ask.",
            fails="the_parent_remembers",
            edit=("self.active_children.add(pid)", "pass"),
            symptom="The list of processes fills with zombies.",
        ),
        Mistake(
            "Success, whatever happened",
            "The exit status is all that the parent ever learns. Only a "
            "handler that came through has earned the 0.",
            fails="the_status_tells",
            edit=("status = 1\n", "status = 0\n"),
            symptom="Handlers fail, and every child ends with 0.",
        ),
        Mistake(
            "The goodbye left to the end of the process",
            "The kernel closes what a process leaves open. But where another "
            "child has a copy, the client hears nothing of it.",
            fails="the_child_says_goodbye",
            said="^TimeoutError",
            lacks=r"\.shutdown_request\(",
            edit=("self.shutdown_request(request)", "pass"),
            symptom="A client hears the end of its answer only when another "
            "client's handler is done, too.",
        ),
    ),
)


def served(yours):
    """Fork for one client; return the children and the client's answer."""
    gate = os.pipe()

    def handler(request, client_address, server):
        os.read(gate[0], 1)  # until the parent is done with it
        request.sendall(b"hello")

    server = yours.ForkingTCPServer(("127.0.0.1", 0), handler)
    with server, client(server) as sock:
        bounded(server.handle_request)
        children = set(server.active_children or ())
        os.write(gate[1], b"!")
        return children, sock.recv(100)


def comes_back(yours, handler, **hooks):
    """Tell whether a child comes back from `process_request`."""
    parent = os.getpid()

    class Server(yours.ForkingTCPServer):
        def process_request(self, request, client_address):
            try:
                super().process_request(request, client_address)
            finally:  # it may also come back by an exception
                if os.getpid() != parent:
                    os.write(self.told, b"!")
                    os._exit(1)

    reader, writer = os.pipe()
    cls = type("Server", (Server,), hooks)
    with cls(("127.0.0.1", 0), handler) as server:
        server.told = writer
        with client(server) as sock:
            sock.sendall(b"hello")
            bounded(server.handle_request)
    os.close(writer)
    told = os.read(reader, 1)
    os.close(reader)
    return bool(told)


def promise_the_child_never_returns(yours):
    """The child ends; it does not come back to the loop."""
    back = comes_back(yours, echo)
    assert not back, "the child came back from process_request"


def promise_the_child_can_answer(yours):
    """The child answers the client."""
    _, answer = served(yours)
    assert answer == b"hello", f"the client got {answer!r}"


def promise_the_parent_remembers(yours):
    """The parent has the number of its child in `active_children`."""
    children, _ = served(yours)
    assert len(children) == 1, f"it remembers {children}"


def promise_the_parent_lets_go(yours):
    """The parent's copy of the connection is closed."""
    requests = []

    class Server(yours.ForkingTCPServer):
        def verify_request(self, request, client_address):
            requests.append(request)
            return True

    with Server(("127.0.0.1", 0), ignore) as server, client(server):
        bounded(server.handle_request)
        assert requests[0].fileno() == -1, "the parent's copy is still open"


def status_of(yours, handler):
    """Return the exit status of a child with that handler."""
    with yours.ForkingTCPServer(("127.0.0.1", 0), handler) as server:
        server.handle_error = lambda *args: None
        with client(server) as sock:
            sock.sendall(b"hello")
            bounded(server.handle_request)
            (pid,) = server.active_children
            server.active_children.clear()
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def promise_the_status_tells(yours):
    """The child ends with 0, or with 1 if its handler has failed."""
    found = status_of(yours, echo), status_of(yours, raising(ValueError("no")))
    assert found == (0, 1), f"the exit statuses are {found}"


def promise_the_child_says_goodbye(yours):
    """The client hears the end although somebody has a copy."""

    class Server(yours.ForkingTCPServer):
        copy = -1

        def verify_request(self, request, client_address):
            self.copy = os.dup(request.fileno())
            return True

    with Server(("127.0.0.1", 0), echo) as server, client(server) as sock:
        sock.sendall(b"hello")
        bounded(server.handle_request)
        sock.recv(100)
        try:
            assert sock.recv(1) == b""
        finally:
            os.close(server.copy)


def promise_the_child_reports(yours):
    """The child calls `handle_error` when its handler has failed."""
    reader, writer = os.pipe()

    def report(self, request, client_address):
        os.write(writer, b"!")

    comes_back(yours, raising(ValueError("no")), handle_error=report)
    os.close(writer)
    told = os.read(reader, 1)
    os.close(reader)
    assert told, "nobody called handle_error in the child"


def promise_the_child_ends_in_any_case(yours):
    """The child ends although an error goes on, or its goodbye fails."""
    back = comes_back(yours, raising(Alarm()))
    assert not back, "an error that is no Exception brought the child back"

    def fails(self, request):
        raise ValueError("no")

    back = comes_back(yours, echo, shutdown_request=fails)
    assert not back, "an error in shutdown_request brought the child back"


def promise_collects_before_it_forks(yours):
    """Children that have ended are collected before there is one more."""
    steps = []

    class Server(yours.ForkingTCPServer):
        def collect_children(self, *, blocking=False):
            steps.append(len(self.active_children or ()))
            super().collect_children(blocking=blocking)

    with Server(("127.0.0.1", 0), ignore) as server:
        with client(server):
            bounded(server.handle_request)
        before = list(steps)
    assert before == [0], "nobody called collect_children before the fork"
