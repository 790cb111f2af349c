"""Who closes what?

After the fork, two processes have the connection. A server notes which of its
hooks runs in which of them: the parent, which has forked, or the child. Then a
handler leaves by `sys.exit`. Say what is noted, and with which status it ends.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="which process does which part of the work, and who says goodbye",
    learned="The parent lets go of its copy, without a goodbye. The child "
    "does the work, says goodbye and ends, with 0 only if the handler came "
    "through.",
    covers=(
        "ForkingMixIn.process_request",
        "TCPServer.shutdown_request",
        "TCPServer.close_request",
    ),
    difficulty=3,
    hints=(
        "The fork is made in `process_request`. What comes before it runs "
        "once, in the parent.",
        "Closing a copy is `close_request`. Ending the connection for both "
        "is `shutdown_request`, which closes as its last act.",
        "The status begins as 1 and becomes 0 after the handler. SystemExit "
        "is an exception like any other: it jumps over that line.",
    ),
    program="""
        import os
        import socket
        import sys

        from minisocketserver import ForkingTCPServer

        parent = os.getpid()
        reader, writer = os.pipe()


        def note(hook):
            who = "parent" if os.getpid() == parent else "child"
            os.write(writer, f"{who} {hook}\\n".encode())


        class Told(ForkingTCPServer):
            def verify_request(self, request, client_address):
                note("verify_request")
                return True

            def finish_request(self, request, client_address):
                note("finish_request")
                super().finish_request(request, client_address)

            def shutdown_request(self, request):
                note("shutdown_request")
                super().shutdown_request(request)

            def close_request(self, request):
                note("close_request")
                super().close_request(request)


        def handler(request, client_address, server):
            if request.recv(10) == b"leave":
                sys.exit(7)


        def status_after(word):
            with socket.create_connection(server.server_address) as client:
                client.sendall(word)
                server.handle_request()
                pid = server.active_children.pop()
                return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


        with Told(("127.0.0.1", 0), handler) as server:
            good = status_after(b"stay")
            noted = os.read(reader, 1000).decode().splitlines()
            bad = status_after(b"leave")
        os.close(reader)
        os.close(writer)
    """,
    questions=(
        Question("in_parent", "Which hooks has the parent noted? A list."),
        Question("in_child", "Which hooks has the child noted?"),
        Question("status", "What is `good`, the status of the first child?"),
        Question("after_exit", "What is `bad`, the status of the second?"),
    ),
    mistakes=(
        Mistake(
            "The parent says goodbye",
            "A goodbye ends the connection for both processes, and the child "
            "is still at work with it. The parent closes its copy.",
            fails="in_parent",
            answer=["verify_request", "shutdown_request", "close_request"],
            symptom="You expect that the child's answer still arrives, after "
            "the parent has ended the connection.",
        ),
        Mistake(
            "A copy that nobody closes",
            "A fork copies descriptors. The child closes the child's, and "
            "the parent's stays open until the parent closes it.",
            fails="in_parent",
            answer=["verify_request"],
            symptom="You expect that a descriptor is free because another "
            "process has closed its own.",
        ),
        Mistake(
            "The request verified in the child",
            "Whether somebody may come in is decided before anybody is made "
            "to serve them. Only `process_request` forks.",
            fails="in_child",
            answer=[
                "verify_request",
                "finish_request",
                "shutdown_request",
                "close_request",
            ],
            symptom="You count clients in `verify_request`, expect that the "
            "count is lost with the child, and it is not.",
        ),
        Mistake(
            "The goodbye left to the parent",
            "Only the child knows when the work is done. So it says goodbye, "
            "and that closes its copy as well.",
            fails="in_child",
            answer=["finish_request"],
            symptom="You wait in the parent for the end of the work, to close "
            "the connection.",
        ),
        Mistake(
            "The handler's own status expected",
            "`os._exit` is given 0 or 1, and nothing else. The 7 of the "
            "handler is an attribute of an exception that nobody reads.",
            fails="after_exit",
            answer=7,
            symptom="A handler tells its result by `sys.exit`, and every "
            "result is 1.",
        ),
    ),
)


def answers(seen):
    def by(who):
        lines = [line.split() for line in seen.noted]
        return [hook for process, hook in lines if process == who]

    return {
        "in_parent": by("parent"),
        "in_child": by("child"),
        "status": seen.good,
        "after_exit": seen.bad,
    }
