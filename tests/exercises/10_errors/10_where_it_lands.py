"""Where does it land?

An error is raised in one hook after the other. Say each time what becomes of
it: reported by `handle_error`, raised by `handle_request`, or ignored.
"""

from companion.practise.format import Mistake, Predict, Question

CHOICES = ("reported", "raised", "ignored")

EXERCISE = Predict(
    teaches="which errors a server reports, which it raises, and which not",
    learned="Three landings: an OSError of the network is ignored, a bad "
    "request is reported, and what is for the program is raised.",
    covers=(
        "BaseServer.handle_request",
        "BaseServer.verify_request",
        "BaseServer.handle_error",
    ),
    difficulty=3,
    hints=(
        "Read `_handle_request_noblock`: which of its calls stand inside of "
        "which `try`?",
        "A listener that is ready is a rumour. What `get_request` raises "
        "about it is nobody's fault.",
        "SystemExit is no Exception: it is meant for the whole program.",
    ),
    program="""
        import socket

        from minisocketserver import TCPServer


        def landing(hook, error):
            def fails(*args):
                raise error

            noted = []
            cls = type("Server", (TCPServer,), {hook: fails} if hook else {})
            cls.handle_error = lambda *args: noted.append("reported")
            handler = print if hook else fails
            with cls(("127.0.0.1", 0), handler) as server:
                with socket.create_connection(server.server_address):
                    try:
                        server.handle_request()
                    except BaseException:
                        return "raised"
            return noted[0] if noted else "ignored"


        get = landing("get_request", OSError("gone"))
        verify = landing("verify_request", ValueError("no"))
        finish = landing("finish_request", ValueError("no"))
        handler = landing("", ValueError("no"))
        leaves = landing("", SystemExit())
    """,
    questions=(
        Question("get", "An OSError in `get_request`?", CHOICES),
        Question("verify", "A ValueError in `verify_request`?", CHOICES),
        Question("finish", "A ValueError in `finish_request`?", CHOICES),
        Question("handler", "A ValueError in the handler?", CHOICES),
        Question("leaves", "A SystemExit in the handler?", CHOICES),
    ),
    mistakes=(
        Mistake(
            "A rumour reported",
            "The client has left between the knock and `accept`. That "
            "happens all day, and nobody could do anything about it.",
            fails="get",
            answer="reported",
            symptom="You look in the log for clients that left too early, "
            "and find none.",
        ),
        Mistake(
            "A server that cannot tell whom to let in, and goes on",
            "`verify_request` stands outside of the `try` that reports. "
            "Rather no server than one that lets in anybody.",
            fails="verify",
            answer="reported",
            symptom="A bug in `verify_request`, and the whole server ends.",
        ),
        Mistake(
            "A bad request taken for the end",
            "The loop serves others as well. One request that fails is "
            "reported, and the next one is served.",
            fails="handler",
            answer="raised",
            symptom="You write a `try` around `serve_forever`, and it never "
            "catches anything.",
        ),
        Mistake(
            "An exit taken for an error",
            "`sys.exit` raises a SystemExit, and that is no Exception: who "
            "calls it means the program (bpo-23430).",
            fails="leaves",
            answer="reported",
            symptom="A handler calls `sys.exit`, and the whole server ends.",
        ),
    ),
)


def answers(seen):
    return {
        "get": seen.get,
        "verify": seen.verify,
        "finish": seen.finish,
        "handler": seen.handler,
        "leaves": seen.leaves,
    }
