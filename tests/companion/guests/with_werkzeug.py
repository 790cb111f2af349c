"""Werkzeug: a thread per request, a process per request, a socket given."""

import os
import socket
import threading
from contextlib import closing
from http.client import HTTPConnection

from guestbook import serving, sign
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

BODY = bytes(range(256)) * 400  # more than fits into one packet
MAIN = os.getpid(), threading.get_ident()


@Request.application
def application(request):
    """Answer with the body turned round, and say where it was handled."""
    process, thread = os.getpid(), threading.get_ident()
    return Response(
        request.get_data()[::-1],
        headers={
            "X-Path": request.full_path,
            "X-Own-Process": str(process != MAIN[0]),
            "X-Own-Thread": str(thread != MAIN[1]),
        },
    )


def ask(address):
    """Send two requests, on one connection where the server keeps it."""
    answers = []
    with closing(HTTPConnection(*address[:2], timeout=10)) as client:
        for path in ("/first?n=1", "/second?n=2"):
            client.request("POST", path, BODY)
            with client.getresponse() as response:
                own = {
                    name: value
                    for name, value in response.getheaders()
                    if name.startswith("X-")
                }
                assert response.read() == BODY[::-1]
                answers.append([response.status, response.version, own])
    return answers


def main():
    """Serve with each of the servers in turn."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        servers = [
            make_server("127.0.0.1", 0, application, **options)
            for options in (
                {"threaded": True},
                {"processes": 2},
                {"fd": listener.fileno()},
            )
        ]
        answers = []
        for server in servers:
            with serving(server) as address:
                answers.append(ask(address))
    sign(servers, answers)


if __name__ == "__main__":
    main()
