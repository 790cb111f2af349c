"""Who stands on it?

`http.server` and `xmlrpc.server` are guests of `socketserver`. Say what they
bring themselves, and what they leave to it.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="how others build on the module: by a subclass and a few lines",
    learned="A guest inherits the loop and the pipeline, and brings a handler "
    "of its own. What it overrides tells what it does differently.",
    covers=("StreamRequestHandler.setup", "TCPServer.server_bind"),
    difficulty=2,
    hints=(
        "`http.server.HTTPServer` is a few lines long. Read it with "
        "`inspect.getsource`.",
        "A web server answers with lines and bytes over a connection. Which "
        "handler has files for that?",
        "A class made of a mix-in and a server names the mix-in first.",
    ),
    program="""
        import http.server
        import socketserver
        import xmlrpc.server

        names = vars(http.server.HTTPServer)
        own = sorted(name for name in names if name[0] != "_")
        handler = http.server.BaseHTTPRequestHandler.__bases__[0].__name__
        first = http.server.ThreadingHTTPServer.__bases__[0].__name__
        reuse = bool(http.server.HTTPServer.allow_reuse_address)
        bind = "server_bind" in own
        loop = "serve_forever" in own
    """,
    questions=(
        Question("handler", "Whose child is `BaseHTTPRequestHandler`?"),
        Question("first", "Which parent of `ThreadingHTTPServer` is first?"),
        Question("bind", "Does `HTTPServer` bring a `server_bind`?"),
        Question("loop", "Does it bring a `serve_forever`?"),
        Question(
            "reuse", "Does it take an address that is still busy? True, False."
        ),
    ),
    mistakes=(
        Mistake(
            "The plainest handler taken for all",
            "A web server reads lines and writes bytes. The handler for that "
            "has `rfile` and `wfile` already.",
            fails="handler",
            answer="BaseRequestHandler",
            symptom="You write `makefile` in a handler that could have "
            "inherited it.",
        ),
        Mistake(
            "The server first, also in the library",
            "The mix-in stands in front, there as everywhere. Behind it, it "
            "would never be asked.",
            fails="first",
            answer="HTTPServer",
            symptom="A threaded web server that serves one page at a time.",
        ),
        Mistake(
            "A guest that changes nothing",
            "It wants to know its own name and port for its answers. "
            "`server_bind` is where both become known.",
            fails="bind",
            answer=False,
            symptom="You look for `server_name` in socketserver, and it is "
            "not there.",
        ),
        Mistake(
            "A loop for each guest",
            "The loop is what a guest is a guest for. Nobody writes a second "
            "one.",
            fails="loop",
            answer=True,
            symptom="You look for `select` in http/server.py.",
        ),
    ),
)


def answers(seen):
    return {
        "handler": seen.handler,
        "first": seen.first,
        "bind": seen.bind,
        "loop": seen.loop,
        "reuse": seen.reuse,
    }
