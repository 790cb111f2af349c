"""What does this Python's own `socketserver` do? One answer to each question.

Run by old Pythons, back to 2.7, hence the old-fashioned code. The answers go
to stdout as JSON; `test_history.py` knows what each version must say.
"""

import hashlib
import io
import json
import socket
import sys
import threading

try:
    import socketserver
except ImportError:
    import SocketServer as socketserver

HERE = ("127.0.0.1", 0)


class Failing(socketserver.BaseRequestHandler):
    def handle(self):
        raise self.server.error


def serve_one(server):
    """Have one client handled, and wait until it hears the end."""
    client = socket.create_connection(server.server_address)
    try:
        server.handle_request()
        client.recv(1)
    finally:
        client.close()


def fail(error):
    """Return what comes out of `handle_request`, and both streams' text."""
    server = socketserver.TCPServer(HERE, Failing)
    server.error = error
    kept = sys.stdout, sys.stderr
    # Python 2 prints bytes, Python 3 prints text.
    kind = io.StringIO if sys.version_info[0] > 2 else io.BytesIO
    sys.stdout, sys.stderr = streams = kind(), kind()
    escaped = None
    try:
        serve_one(server)
    except BaseException as raised:
        escaped = raised
    finally:
        sys.stdout, sys.stderr = kept
        server.server_close()
    printed, complained = streams
    return escaped, printed.getvalue(), complained.getvalue()


def exit_comes_out():
    """Does `sys.exit` in a handler reach the caller of `handle_request`?"""
    return isinstance(fail(SystemExit(7))[0], SystemExit)


def report_on_stdout():
    """Does a part of the report go to stdout?"""
    return bool(fail(ValueError("x"))[1])


def report_says():
    """Which word does the headline use?"""
    report = "".join(fail(ValueError("x"))[1:])
    return [word for word in ("happened", "occurred") if word in report]


def waits_for_threads():
    """Does `server_close` join the handlers' threads?"""
    gate, joined = threading.Event(), []

    class Waiting(socketserver.BaseRequestHandler):
        def handle(self):
            gate.wait(10)

    def join(thread, *args):
        joined.append(thread)
        gate.set()
        return original(thread, *args)

    server = socketserver.ThreadingTCPServer(HERE, Waiting)
    client = socket.create_connection(server.server_address)
    server.handle_request()
    original, threading.Thread.join = threading.Thread.join, join
    try:
        server.server_close()
    finally:
        threading.Thread.join = original
        gate.set()
    client.recv(1)
    client.close()
    return bool(joined)


def keeps_all_threads(requests=30):
    """Does a server remember the threads that have finished long ago?"""
    server = socketserver.ThreadingTCPServer(
        HERE, socketserver.BaseRequestHandler
    )
    for _ in range(requests):
        serve_one(server)
    kept = len(getattr(server, "_threads", None) or [])
    server.server_close()
    return kept == requests


def collects_on_each_turn():
    """Does the loop have a hook that collects children?"""
    mixin = socketserver.ForkingMixIn
    if not hasattr(mixin, "service_actions"):
        return False
    server = socketserver.ForkingTCPServer(
        HERE, socketserver.BaseRequestHandler
    )
    serve_one(server)
    while server.active_children:
        server.service_actions()
    server.server_close()
    return True


def without_buffer():
    """What is `wfile`, if it has no buffer?"""

    class Look(socketserver.StreamRequestHandler):
        def handle(self):
            self.server.seen = type(self.wfile).__name__

    server = socketserver.TCPServer(HERE, Look)
    serve_one(server)
    server.server_close()
    return server.seen


def tree():
    """Who are the parents of each class?"""
    return {
        name: [each.__name__ for each in value.__bases__ if each is not object]
        for name, value in vars(socketserver).items()
        if name.endswith(("Server", "MixIn", "Handler"))
    }


def hooks():
    """In which order are the hooks called for one request?"""
    called = []

    def noting(name):
        def method(self, *args):
            called.append(name)
            return getattr(socketserver.TCPServer, name)(self, *args)

        return method

    names = (
        "get_request",
        "verify_request",
        "process_request",
        "finish_request",
        "shutdown_request",
        "close_request",
        "handle_error",
        "handle_timeout",
    )
    # In Python 2, only a child of `object` can be made by `type`.
    parents = socketserver.TCPServer, object
    kind = type("Server", parents, {name: noting(name) for name in names})
    server = kind(HERE, socketserver.BaseRequestHandler)
    serve_one(server)
    server.server_close()
    return called


def main():
    """Print all answers."""
    base, tcp = socketserver.BaseServer, socketserver.TCPServer
    threading_mixin = socketserver.ThreadingMixIn
    # In Python 2, a module's file may be the compiled one.
    with io.FileIO(socketserver.__file__.rstrip("c")) as source:
        text = hashlib.sha256(source.read()).hexdigest()
    answers = {
        "version": sys.version_info[:3],
        "text": text,
        "tree": tree(),
        "hooks": hooks(),
        "name": socketserver.__name__,
        "selectors": hasattr(socketserver, "selectors"),
        "service-actions": hasattr(base, "service_actions"),
        "collects-on-each-turn": collects_on_each_turn(),
        "exit-comes-out": exit_comes_out(),
        "report-on-stdout": report_on_stdout(),
        "report-says": report_says(),
        "with-block": hasattr(base, "__enter__"),
        "without-buffer": without_buffer(),
        "block-on-close": getattr(threading_mixin, "block_on_close", None),
        "waits-for-threads": waits_for_threads(),
        "keeps-all-threads": keeps_all_threads(),
        "reuse-port": hasattr(tcp, "allow_reuse_port"),
        "forking-unix": hasattr(socketserver, "ForkingUnixStreamServer"),
        "backlog": tcp.request_queue_size,
    }
    sys.stdout.write(json.dumps(answers) + "\n")


if __name__ == "__main__":
    main()
