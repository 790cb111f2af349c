"""What a page says of the order of the hooks is what happens."""

import socket

import pytest

pytest.importorskip("markdown", reason="the site's packages are not here")

import minisocketserver as mini
from companion.site.errors import PageError
from companion.text import TEXT

from .test_class_pages import cells
from .test_site import convert


def rows(*names):
    """The rows of the table: steps, and who supplies them."""
    page = convert(TEXT, f"::: pipeline {' '.join(names)}")
    (table,) = page.all("table", "guide-pipeline")
    return cells(table)


def steps(name):
    """The steps that are always taken."""
    return [step for step, *_ in rows(name) if "if something" not in step]


def telling(cls, names, told):
    """Make a child of a class whose methods tell that they are called."""

    def teller(name):
        def method(self, *arguments):
            told.append(name)
            return getattr(super(child, self), name)(*arguments)

        return method

    child = type("Child", (cls,), {name: teller(name) for name in names})
    return child


def test_the_steps_of_a_connection_are_those_that_are_taken():
    names, told = steps("TCPServer"), []
    server_class = telling(mini.TCPServer, names, told)
    server = server_class(("127.0.0.1", 0), mini.BaseRequestHandler)
    with server, socket.create_connection(server.server_address):
        server.handle_request()
    assert told == names


def test_the_steps_of_a_datagram_are_those_that_are_taken():
    names, told = steps("UDPServer"), []
    server_class = telling(mini.UDPServer, names, told)
    server = server_class(("127.0.0.1", 0), mini.BaseRequestHandler)
    with server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"x", server.server_address)
        server.handle_request()
    assert told == names


def test_the_steps_of_a_handler_are_those_that_are_taken():
    names, told = steps("StreamRequestHandler"), []
    ours, theirs = socket.socketpair()
    with ours, theirs:
        telling(mini.StreamRequestHandler, names, told)(theirs, "", None)
    assert told == names == ["setup", "handle", "finish"]


def test_a_thread_takes_over_where_it_is_started():
    names = steps("ThreadingTCPServer")
    place = names.index("process_request_thread")
    assert names[place - 1 : place + 2] == [
        "process_request",
        "process_request_thread",
        "finish_request",
    ]


def test_what_only_mends_a_failure_is_marked():
    assert ["handle_error if something failed", "BaseServer"] in rows(
        "TCPServer"
    )


def test_each_class_says_who_supplies_a_step():
    table = {step: owners for step, *owners in rows("BaseServer", "UDPServer")}
    assert table["get_request"] == ["left to a child class", "UDPServer"]
    assert table["process_request"] == ["BaseServer", "BaseServer"]


def test_a_step_that_a_class_does_not_have_is_no_promise():
    names = ("ThreadingTCPServer", "ForkingTCPServer")
    table = {step: owners for step, *owners in rows(*names)}
    assert table["process_request_thread"] == [
        "ThreadingMixIn",
        "no such step",
    ]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("ThreadingMixIn", "no request passes through a `ThreadingMixIn`."),
        ("Nobody", "no public class is called `Nobody`."),
    ],
)
def test_what_has_no_steps_stops_the_build(names, said):
    with pytest.raises(PageError) as stopped:
        convert(TEXT, f"::: pipeline {names}")
    assert said in str(stopped.value)
