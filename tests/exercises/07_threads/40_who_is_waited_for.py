"""Who is waited for?

A client is being handled when the server is closed. Whether `server_close`
waits for the handler depends on two attributes, and on when they are set. Say
for each server whether its `server_close` comes back at once.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="what daemon_threads and block_on_close decide, and when",
    learned="Whether a thread is waited for is decided when it starts: then "
    "it is remembered, or it is not. Closing asks nobody but the list.",
    covers=("ThreadingMixIn.server_close", "ThreadingMixIn.process_request"),
    difficulty=3,
    hints=(
        "Three methods have a part in it: `process_request`, `append` of the "
        "list of threads, and `server_close`. Which of them looks at which "
        "attribute?",
        "`server_close` joins what is in the list, whatever the attributes "
        "say by then.",
        "A daemon thread is not appended at all. Neither is a thread for "
        "which there was no list when it started.",
    ),
    program="""
        import socket
        import threading

        from minisocketserver import ThreadingTCPServer


        def comes_back_at_once(before, after=None):
            class Server(ThreadingTCPServer):
                pass

            leave, present = threading.Event(), threading.Event()

            def handler(request, client_address, server):
                present.set()
                leave.wait()

            server = Server(("127.0.0.1", 0), handler)
            vars(server).update(before)
            with socket.create_connection(server.server_address):
                server.handle_request()
                present.wait()
                vars(server).update(after or {})
                goodbye = threading.Timer(0.2, leave.set)
                goodbye.start()
                server.server_close()
                at_once = not leave.is_set()
                goodbye.cancel()
                leave.set()
            return at_once


        plain = comes_back_at_once({})
        daemon = comes_back_at_once({"daemon_threads": True})
        late_no = comes_back_at_once({}, {"block_on_close": False})
        late_yes = comes_back_at_once(
            {"block_on_close": False}, {"block_on_close": True}
        )
    """,
    questions=(
        Question("as_it_is", "What is `plain`?", (True, False)),
        Question("with_daemons", "What is `daemon`?", (True, False)),
        Question("switched_off_later", "What is `late_no`?", (True, False)),
        Question("switched_on_later", "What is `late_yes`?", (True, False)),
    ),
    mistakes=(
        Mistake(
            "Nobody waited for, if nobody asks",
            "`block_on_close` is True by default: `server_close` comes back "
            "when the handlers are done (gh-75416).",
            fails="as_it_is",
            answer=True,
            symptom="A server is closed, and one idle client keeps the "
            "program from ending.",
        ),
        Mistake(
            "Daemons expected to be waited for",
            "A daemon is a thread that may be left behind, by Python at its "
            "end and by `server_close` as well. It is not remembered.",
            fails="with_daemons",
            answer=False,
            symptom="The program ends in the middle of an answer, although "
            "`block_on_close` is True.",
        ),
        Mistake(
            "Switched off too late",
            "The thread was remembered when it started, and what is "
            "remembered is joined.",
            fails="switched_off_later",
            answer=True,
            symptom="`block_on_close` is set to False before closing, and "
            "closing waits all the same.",
        ),
        Mistake(
            "Switched on too late",
            "When the thread started, there was nobody to remember it. "
            "Nothing can be waited for that is not known.",
            fails="switched_on_later",
            answer=False,
            symptom="`block_on_close` is True, and closing does not wait.",
        ),
    ),
)


def answers(seen):
    return {
        "as_it_is": seen.plain,
        "with_daemons": seen.daemon,
        "switched_off_later": seen.late_no,
        "switched_on_later": seen.late_yes,
    }
