"""In which thread does it run?

A threaded server notes for each hook whether it runs in the thread of the loop
or in one of its own. Say what it notes.
"""

from companion.practise.format import Mistake, Predict, Question

CHOICES = ("loop", "own")

EXERCISE = Predict(
    teaches="which part of the pipeline moves into the thread, and which not",
    learned="The thread begins at `process_request_thread`. What comes before "
    "it is done by the loop, and holds up everybody.",
    covers=(
        "ThreadingMixIn.process_request",
        "ThreadingMixIn.process_request_thread",
        "BaseServer.handle_error",
    ),
    difficulty=2,
    hints=(
        "The mix-in replaces one hook, `process_request`. What was decided "
        "before it is called, the loop has decided.",
        "`process_request` itself is called by the loop. It starts the "
        "thread.",
        "Who says goodbye is who did the work; who reports an error, too.",
    ),
    program="""
        import socket
        import threading

        from minisocketserver import ThreadingTCPServer

        noted = {}
        loop = threading.current_thread()


        def note(name):
            here = threading.current_thread()
            noted[name] = "loop" if here is loop else "own"


        def handler(request, client_address, server):
            note("handler")
            raise ValueError("no")


        class Server(ThreadingTCPServer):
            def verify_request(self, request, client_address):
                note("verify")
                return True

            def process_request(self, request, client_address):
                note("process")
                super().process_request(request, client_address)

            def handle_error(self, request, client_address):
                note("error")

            def shutdown_request(self, request):
                note("goodbye")
                super().shutdown_request(request)


        with Server(("127.0.0.1", 0), handler) as server:
            with socket.create_connection(server.server_address):
                server.handle_request()
    """,
    questions=(
        Question("verify", "Where does `verify_request` run?", CHOICES),
        Question("process", "Where does `process_request` run?", CHOICES),
        Question("handler", "Where does the handler run?", CHOICES),
        Question("error", "Where does `handle_error` run?", CHOICES),
        Question("goodbye", "Where does `shutdown_request` run?", CHOICES),
    ),
    mistakes=(
        Mistake(
            "Verified in the thread",
            "Whether there shall be a thread at all is decided first. So a "
            "slow `verify_request` holds up everybody.",
            fails="verify",
            answer="own",
            symptom="A server looks each client up in a database before it "
            "lets it in, and all others wait.",
        ),
        Mistake(
            "The hook that starts the thread taken for the thread",
            "Somebody has to start it, and that is the loop. The hook returns "
            "at once.",
            fails="process",
            answer="own",
            symptom="You look for the thread's name in `process_request`, and "
            "find the main thread's.",
        ),
        Mistake(
            "The error expected where the loop is",
            "The loop has gone on long since, and its `try` with it. The "
            "thread has one of its own.",
            fails="error",
            answer="loop",
            symptom="`handle_error` counts errors in a variable, and the "
            "count is wrong now and then.",
        ),
        Mistake(
            "The goodbye said by the loop",
            "When the loop is back, the handler has just begun. A goodbye at "
            "that moment would cut it off.",
            fails="goodbye",
            answer="loop",
            symptom="You expect that a connection is closed before its "
            "handler is done.",
        ),
    ),
)


def answers(seen):
    return {question.name: seen.noted[question.name] for question in ASKED}


ASKED = EXERCISE.questions
