"""Who calls whom?

A server and a handler write down who has called each of their methods. The
name comes from Python itself: `sys._getframe(2)` is the call before the one
that asks. Say what they find.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="the pipeline from inside: each method is called by another",
    learned="The handler is made, and so it works. Whoever had it made says "
    "goodbye afterwards: only process_request knows when that is.",
    covers=(
        "BaseServer.process_request",
        "BaseServer.finish_request",
        "BaseServer.shutdown_request",
        "BaseRequestHandler.__init__",
    ),
    difficulty=2,
    hints=(
        "The drawing at the top of minisocketserver/base.py is indented by "
        "who calls whom.",
        "`finish_request` is one line long: it calls the handler class. "
        "What does Python run when a class is called?",
        "Look the two lines of `process_request` up. The second is said when "
        "the first has returned.",
    ),
    program="""
        import socket
        import sys

        from minisocketserver import BaseRequestHandler, TCPServer

        callers = {}
        order = []


        def note(name):
            callers[name] = sys._getframe(2).f_code.co_name
            order.append(name)


        class Hello(BaseRequestHandler):
            def handle(self):
                note("handle")
                self.request.sendall(b"hello")


        class Told(TCPServer):
            def finish_request(self, request, client_address):
                note("finish_request")
                super().finish_request(request, client_address)

            def shutdown_request(self, request):
                note("shutdown_request")
                super().shutdown_request(request)

            def close_request(self, request):
                note("close_request")
                super().close_request(request)


        with Told(("127.0.0.1", 0), Hello) as server:
            with socket.create_connection(server.server_address):
                server.handle_request()
    """,
    questions=(
        Question("finishing", "Who has called `finish_request`?"),
        Question("handling", "Who has called `handle`?"),
        Question("goodbye", "Who has called `shutdown_request`?"),
        Question("sequence", "What is in `order`? A list of four names."),
    ),
    mistakes=(
        Mistake(
            "The loop thought to do it all by itself",
            "The loop hands the request to `process_request`, and trusts it "
            "with the rest. That is the place where a thread can be made.",
            fails="finishing",
            answer="handle_request",
            symptom="You replace `process_request`, and wonder that no "
            "handler is made any more.",
        ),
        Mistake(
            "The constructor of the handler overlooked",
            "`finish_request` makes a handler and does nothing with it. The "
            "handler's constructor, `__init__`, calls `handle` itself.",
            fails="handling",
            answer="finish_request",
            symptom="You look for the line that calls `handle` in the "
            "server, and there is none.",
        ),
        Mistake(
            "The goodbye expected from the handler",
            "A handler is given a connection and gives it back. Whoever had "
            "the work done says goodbye.",
            fails="goodbye",
            answer="finish",
            symptom="You close the connection in `finish`, and it is closed "
            "twice.",
        ),
        Mistake(
            "The handler sent to work after it was finished with",
            "*Finish* means: see to the end of it. `handle` runs inside of "
            "`finish_request`, which was called first.",
            fails="sequence",
            answer=[
                "handle",
                "finish_request",
                "shutdown_request",
                "close_request",
            ],
            symptom="You use `finish_request` to clear away after the "
            "handler, and clear away too early.",
        ),
    ),
)


def answers(seen):
    return {
        "finishing": seen.callers["finish_request"],
        "handling": seen.callers["handle"],
        "goodbye": seen.callers["shutdown_request"],
        "sequence": seen.order,
    }
