"""In which order do the hooks run?

A server writes down each hook as it is called. One client comes, is served
and goes. Say what stands in the list at the end.
"""

import socket

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="the pipeline: which method of a server runs when",
    learned="Four decisions for each request, always in this order: who is "
    "it, may they in, who does the work, and goodbye.",
    covers=(
        "TCPServer.get_request",
        "BaseServer.verify_request",
        "BaseServer.process_request",
        "BaseServer.finish_request",
        "TCPServer.shutdown_request",
    ),
    difficulty=1,
    hints=(
        "Read the drawing at the top of minisocketserver/base.py: each "
        "method is called by the one that it is indented under.",
        "A server cannot decide about a client that it has not accepted, and "
        "cannot say goodbye before the work is done.",
        "The list has four names. It begins with the method that accepts.",
    ),
    program="""
        import socket

        from minisocketserver import StreamRequestHandler, TCPServer

        calls = []


        class Hello(StreamRequestHandler):
            def handle(self):
                self.wfile.write(b"hello")


        class Told(TCPServer):
            def get_request(self):
                calls.append("get_request")
                return super().get_request()

            def verify_request(self, request, client_address):
                calls.append("verify_request")
                return super().verify_request(request, client_address)

            def finish_request(self, request, client_address):
                calls.append("finish_request")
                super().finish_request(request, client_address)

            def shutdown_request(self, request):
                calls.append("shutdown_request")
                super().shutdown_request(request)


        with Told(("127.0.0.1", 0), Hello) as server:
            with socket.create_connection(server.server_address) as client:
                server.handle_request()
                answer = client.recv(100)
    """,
    questions=(
        Question("order", "What is in `calls` at the end? A list of names."),
        Question("received", "What is `answer`? Bytes, as in b'...'."),
        Question(
            "connected",
            "When did the client get its connection: `before` or `after` "
            "`get_request` was called?",
            choices=("before", "after"),
        ),
    ),
    mistakes=(
        Mistake(
            "Verified before it is accepted",
            "`verify_request` is given the request and the address. Both come "
            "from `get_request`, so that must have been called.",
            fails="order",
            answer=[
                "verify_request",
                "get_request",
                "finish_request",
                "shutdown_request",
            ],
            symptom="You expect that a client who is turned away was never "
            "connected.",
        ),
        Mistake(
            "Goodbye said before the work",
            "The connection is needed until the handler is done: the answer "
            "goes through it.",
            fails="order",
            answer=[
                "get_request",
                "verify_request",
                "shutdown_request",
                "finish_request",
            ],
            symptom="You expect that a handler writes to a connection that "
            "is shut.",
        ),
        Mistake(
            "Text expected where bytes come",
            "A socket carries bytes and returns bytes. Text has to be decoded "
            "by whoever wants text.",
            fails="received",
            answer="hello",
            symptom="You expect a string from a socket, and compare it with "
            "bytes.",
        ),
        Mistake(
            "Accepting taken for connecting",
            "The kernel completes the connection and lets the client queue. "
            "`accept` takes one out of the queue.",
            fails="connected",
            answer="after",
            symptom="You expect that a client hangs in `connect` until the "
            "server calls `accept`.",
        ),
    ),
)


def answers(seen):
    return {
        "order": seen.calls,
        "received": seen.answer,
        "connected": before_or_after(),
    }


def before_or_after():
    """Connect to a listener that nobody calls `accept` on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        with socket.create_connection(address, timeout=1) as client:
            return "before" if client.getpeername() == address else "after"
