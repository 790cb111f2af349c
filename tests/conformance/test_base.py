"""What BaseServer promises: the loop, the pipeline, and how both end.

Most tests drive a server without a network: `postbox` is a BaseServer whose
requests are letters that the test posts.  See `postbox_class` in toolkit.py.
"""

import contextlib
import errno
import functools
import io
import sys
import threading
import time

import pytest

from .toolkit import (
    ESCAPING,
    HOOKS,
    Alarm,
    Background,
    Trouble,
    Waiting,
    bounded,
    ignore,
    postbox_class,
    raising,
    recording,
    serving,
    stays,
    wait_for,
    waits_in_shutdown,
)

TRIP = [
    "get_request()",
    "verify_request(request, client)",
    "process_request(request, client)",
    "finish_request(request, client)",
    "shutdown_request(request)",
    "close_request(request)",
]
"""The hooks that one request goes through, when all is well."""

ARRIVAL = TRIP[:2]
FAREWELL = TRIP[4:]


@pytest.fixture
def make_postbox(impl, journal):
    """Make postboxes that write their hooks into `journal`.

    make_postbox(handler, hook=function, ...) replaces hooks; a replacement
    takes the server and what the hook takes.
    """
    boxes = []

    def make(handler=ignore, hooks=HOOKS, **replaced):
        base = type("Postbox", (postbox_class(impl),), replaced)
        box = recording(base, journal, hooks)(handler)
        boxes.append(box)
        return box

    yield make
    for box in boxes:
        # Not the recorded server_close: a test may have broken it.
        box.socket.close()
        box.slot.close()


@pytest.fixture
def postbox(make_postbox):
    return make_postbox()


# -- Making one, closing one


@pytest.mark.about("BaseServer.__init__")
def test_the_constructor_keeps_the_address_and_the_handler(impl):
    address = ["any", "object"]
    server = impl.BaseServer(address, ignore)
    assert server.server_address is address, (
        "server_address must be the very object that was given: what an"
        " address is, only a child of BaseServer knows"
    )
    assert server.RequestHandlerClass is ignore, (
        "RequestHandlerClass must be kept as it was given"
    )


@pytest.mark.about("BaseServer.__init__")
def test_the_constructor_calls_no_hook(postbox, journal):
    assert journal.lines() == [], (
        "making a BaseServer must not bind, activate or serve anything: it"
        " has no socket"
    )


@pytest.mark.about("BaseServer.__init__")
def test_what_was_set_before_the_constructor_is_kept(impl):
    class Early(impl.BaseServer):
        def __init__(self):
            self.timeout = 7
            self.colour = "green"
            super().__init__("address", ignore)

    server = Early()
    assert (server.timeout, server.colour) == (7, "green"), (
        "dnslib, fakeredis and Paste set attributes before they call the"
        " constructor; it must not set them back to their defaults"
    )


@pytest.mark.about("BaseServer.__init__")
def test_a_new_server_neither_runs_nor_is_asked_to_stop(impl):
    server = impl.BaseServer("address", ignore)
    assert server._BaseServer__shutdown_request is False, (
        "nobody has called shutdown() yet"
    )
    assert not server._BaseServer__is_shut_down.is_set(), (
        "a shutdown() that comes before the loop must wait for it, so the"
        " event starts out unset"
    )


@pytest.mark.about("BaseServer.__enter__")
def test_with_gives_the_server_itself(postbox):
    with postbox as inside:
        assert inside is postbox, "`with server as s` must give the server"


@pytest.mark.about("BaseServer.__exit__")
def test_the_end_of_with_closes_the_server_once(postbox, journal):
    with postbox:
        assert journal.lines() == [], "entering `with` must call no hook"
    assert journal.lines() == ["server_close()"], (
        "leaving `with` must call server_close(), once, and nothing else"
    )


@pytest.mark.about("BaseServer.__exit__")
def test_an_error_inside_with_closes_the_server_and_goes_on(postbox, journal):
    with pytest.raises(Trouble), postbox:
        raise Trouble
    assert journal.lines() == ["server_close()"], (
        "the server must be closed also when the block fails, and the error"
        " must not be swallowed: __exit__ returns nothing"
    )


@pytest.mark.about(
    "BaseServer.server_activate",
    "BaseServer.service_actions",
    "BaseServer.handle_timeout",
    "BaseServer.server_close",
)
@pytest.mark.parametrize(
    "hook",
    ["server_activate", "service_actions", "handle_timeout", "server_close"],
)
def test_a_hook_does_nothing_unless_a_child_says_so(impl, hook):
    server = impl.BaseServer("address", ignore)
    before = dict(vars(server))
    assert getattr(server, hook)() is None, f"{hook}() must return nothing"
    assert vars(server) == before, f"{hook}() must leave the server as it is"


@pytest.mark.about("BaseServer.close_request")
def test_closing_a_request_leaves_it_alone(impl):
    server = impl.BaseServer("address", ignore)
    request = object()  # it has no close(), which nobody may ask for
    assert server.close_request(request) is None, (
        "BaseServer does not know what a request is: it closes nothing"
    )


@pytest.mark.about("BaseServer.verify_request")
def test_every_request_is_welcome_at_first(impl):
    server = impl.BaseServer("address", ignore)
    assert server.verify_request("request", "client") is True, (
        "verify_request() must say True unless a child overrides it"
    )


@pytest.mark.about("BaseServer")
@pytest.mark.parametrize("name", ["fileno", "get_request"])
def test_what_needs_a_socket_is_left_to_the_children(impl, name):
    assert not hasattr(impl.BaseServer, name), (
        f"BaseServer has no {name}(): a child brings it"
    )


# -- The pipeline, step by step


@pytest.mark.about("BaseServer.handle_request")
def test_one_request_goes_through_the_hooks_in_order(postbox, journal):
    postbox.post(b"a")
    bounded(postbox.handle_request)
    assert journal.lines() == TRIP, (
        "each hook must be called once, in this order, with the request and"
        " the address that get_request() returned"
    )


@pytest.mark.about("BaseServer.handle_request")
def test_handle_request_handles_one_request_only(postbox, journal):
    postbox.post(b"ab")
    bounded(postbox.handle_request)
    assert journal.lines().count("get_request()") == 1, (
        "two requests were waiting, and one call must take one of them"
    )
    bounded(postbox.handle_request)
    assert journal.lines() == TRIP * 2, "the second call takes the second"


@pytest.mark.about("BaseServer.handle_request")
def test_handle_request_waits_until_a_request_comes(postbox, journal):
    waiting = Background(postbox.handle_request)
    assert stays(waiting), (
        "without a timeout handle_request() must wait for a request"
    )
    assert journal.lines() == [], "and ask get_request() for nothing before"
    postbox.post(b"a")
    waiting.result("handle_request() must see a request that comes later")
    assert journal.lines() == TRIP, "and handle it like any other"


@pytest.mark.about("BaseServer.process_request")
def test_process_request_finishes_then_shuts_down(postbox, journal):
    postbox.process_request("letter", "sender")
    assert journal.lines() == [
        "process_request('letter', 'sender')",
        "finish_request('letter', 'sender')",
        "shutdown_request('letter')",
        "close_request('letter')",
    ], "process_request() is finish_request(), then shutdown_request()"


@pytest.mark.about("BaseServer.process_request")
def test_process_request_leaves_errors_to_its_caller(make_postbox, journal):
    postbox = make_postbox(finish_request=raising(Trouble()))
    with pytest.raises(Trouble):
        postbox.process_request("letter", "sender")
    assert journal.lines() == [
        "process_request('letter', 'sender')",
        "finish_request('letter', 'sender')",
    ], (
        "who calls process_request() reports the error and shuts the request"
        " down; doing it here too would do it twice"
    )


@pytest.mark.about("BaseServer.shutdown_request")
def test_shutdown_request_closes_the_request(postbox, journal):
    postbox.shutdown_request("letter")
    assert journal.lines() == [
        "shutdown_request('letter')",
        "close_request('letter')",
    ], "shutdown_request() must end in close_request(), with the request"


@pytest.mark.about("BaseServer.finish_request")
def test_the_handler_is_called_with_request_client_and_server(make_postbox):
    calls = []
    postbox = make_postbox(lambda *args: calls.append(args))
    postbox.finish_request("letter", "sender")
    assert calls == [("letter", "sender", postbox)], (
        "finish_request() must call RequestHandlerClass(request,"
        " client_address, server), once, with positions and no keywords"
    )


@pytest.mark.about("BaseServer.finish_request")
def test_a_partial_can_be_the_handler(make_postbox):
    calls = []

    def handler(colour, request, client_address, server):
        calls.append((colour, request))

    postbox = make_postbox(functools.partial(handler, "green"))
    postbox.post(b"a")
    bounded(postbox.handle_request)
    assert calls == [("green", "letter a")], (
        "any callable must do as a handler: functools.partial is how one"
        " hands arguments to a handler"
    )


@pytest.mark.about("BaseServer.finish_request")
def test_the_handler_is_looked_up_for_each_request(make_postbox):
    first, second = [], []
    postbox = make_postbox(lambda *args: first.append(args[0]))
    postbox.post(b"ab")
    bounded(postbox.handle_request)
    postbox.RequestHandlerClass = lambda *args: second.append(args[0])
    bounded(postbox.handle_request)
    assert (first, second) == (["letter a"], ["letter b"]), (
        "a handler put into RequestHandlerClass later must serve from then on"
    )


@pytest.mark.about("BaseServer.finish_request")
def test_what_the_handler_returns_is_ignored(make_postbox, journal):
    postbox = make_postbox(lambda *args: False)
    postbox.post(b"a")
    assert bounded(postbox.handle_request) is None, (
        "handle_request() has nothing to return"
    )
    assert journal.lines() == TRIP, "a handler is called for its effects"


@pytest.mark.about("BaseServer._handle_request_noblock")
def test_an_own_handle_request_noblock_is_used_by_handle_request(make_postbox):
    taken = []
    postbox = make_postbox(
        _handle_request_noblock=lambda self: taken.append(self.get_request())
    )
    postbox.post(b"a")
    bounded(postbox.handle_request)
    assert taken == [("letter a", "sender")], (
        "Odoo overrides _handle_request_noblock(): handle_request() must"
        " call it once a request is there, with nothing but self"
    )


@pytest.mark.about("BaseServer._handle_request_noblock")
def test_an_own_handle_request_noblock_is_used_by_the_loop(make_postbox):
    taken = threading.Event()

    def noblock(self):
        self.get_request()
        taken.set()

    postbox = make_postbox(_handle_request_noblock=noblock)
    postbox.post(b"a")
    with serving(postbox):
        wait_for(taken, "serve_forever() must call _handle_request_noblock()")


@pytest.mark.about("BaseServer._handle_request_noblock")
def test_a_step_replaced_while_the_loop_runs_is_used(make_postbox):
    before, after = threading.Event(), threading.Event()
    postbox = make_postbox(lambda *args: before.set())
    with serving(postbox):
        postbox.post(b"a")
        wait_for(before, "the loop must serve the first letter")

        def noblock():
            postbox.get_request()
            after.set()

        postbox._handle_request_noblock = noblock
        postbox.post(b"b")
        wait_for(
            after,
            "the loop must look _handle_request_noblock up at each request,"
            " not once when it starts",
        )


# -- Requests that are turned away


@pytest.mark.about("BaseServer.verify_request")
@pytest.mark.parametrize("answer", [False, None, 0, ""], ids=repr)
def test_an_unwelcome_request_is_shut_down(make_postbox, journal, answer):
    postbox = make_postbox(verify_request=lambda *args: answer)
    postbox.post(b"a")
    bounded(postbox.handle_request)
    assert journal.lines() == ARRIVAL + FAREWELL, (
        "a request that verify_request() refuses must not be processed, but"
        " it must be shut down, or its client would wait for ever"
    )


@pytest.mark.about("BaseServer.verify_request")
def test_any_true_answer_makes_a_request_welcome(make_postbox, journal):
    postbox = make_postbox(verify_request=lambda *args: "yes")
    postbox.post(b"a")
    bounded(postbox.handle_request)
    assert journal.lines() == TRIP, (
        "verify_request() may return anything true; compare it with nothing"
    )


@pytest.mark.about("BaseServer.verify_request")
def test_an_unwelcome_request_does_not_end_the_loop(make_postbox):
    served = threading.Event()
    postbox = make_postbox(
        lambda *args: served.set(),
        verify_request=lambda self, request, client: request != "letter a",
    )
    with serving(postbox):
        postbox.post(b"ab")
        wait_for(served, "the request after a refused one must be served")


# -- Errors, hook by hook


@pytest.mark.about("BaseServer._handle_request_noblock")
@pytest.mark.parametrize(
    "error",
    [
        OSError(),
        ConnectionAbortedError(),
        TimeoutError(),
        OSError(errno.EMFILE, "no descriptor is left"),
    ],
    ids=lambda error: type(error).__name__ + str(error.errno or ""),
)
def test_a_client_that_left_while_it_queued_is_no_event(
    make_postbox, journal, capsys, error
):
    postbox = make_postbox(get_request=raising(error))
    postbox.post(b"a")
    bounded(postbox.handle_request)
    assert journal.lines() == ["get_request()"], (
        "an OSError out of get_request() means there is no request after"
        " all: no other hook is called, handle_error() neither"
    )
    assert capsys.readouterr() == ("", ""), "and nothing is printed"


@pytest.mark.about("BaseServer.serve_forever")
def test_the_loop_survives_an_oserror_in_get_request(make_postbox):
    served = threading.Event()
    letters = []

    def get_request(self):
        letters.append(self.socket.recv(1))
        if letters == [b"a"]:
            raise ConnectionResetError
        return "letter", "sender"

    postbox = make_postbox(lambda *args: served.set(), get_request=get_request)
    with serving(postbox):
        postbox.post(b"ab")
        wait_for(served, "the loop must go on after a failed get_request()")


@pytest.mark.about("BaseServer._handle_request_noblock")
@pytest.mark.parametrize("error", [Trouble, *ESCAPING])
def test_another_error_in_get_request_comes_out(make_postbox, journal, error):
    postbox = make_postbox(get_request=raising(error()))
    postbox.post(b"a")
    with pytest.raises(error):
        bounded(postbox.handle_request)
    assert journal.lines() == ["get_request()"], (
        "there is no request yet, so there is none to report or to close"
    )


@pytest.mark.about("BaseServer._handle_request_noblock")
@pytest.mark.parametrize("error", [Trouble, *ESCAPING])
def test_an_error_in_verify_request_comes_out(make_postbox, journal, error):
    postbox = make_postbox(verify_request=raising(error()))
    postbox.post(b"a")
    with pytest.raises(error):
        bounded(postbox.handle_request)
    lines = journal.lines()
    assert lines[:2] == ARRIVAL, "a request is fetched, then verified"
    assert not [line for line in lines if line.startswith("handle_error")], (
        "verify_request() is asked outside of the `try`: its errors are not"
        " the request's and are not reported as such"
    )
    assert not [line for line in lines if line.startswith("process")], (
        "a request that could not be verified must not be processed"
    )


def failing_at(make_postbox, place, error):
    """Make a postbox where a hook, or the handler, raises error."""
    if place == "handler":
        return make_postbox(raising(error))
    return make_postbox(**{place: raising(error)})


PLACES = {
    "process_request": TRIP[:3],
    "finish_request": TRIP[:4],
    "handler": TRIP[:4],
}
"""Where processing may fail, and the hooks called until then."""


@pytest.mark.about(
    "BaseServer._handle_request_noblock", "BaseServer.handle_error"
)
@pytest.mark.parametrize("place", PLACES)
def test_an_error_is_reported_then_the_request_is_shut_down(
    make_postbox, journal, place
):
    postbox = failing_at(make_postbox, place, Trouble())
    postbox.post(b"a")
    bounded(postbox.handle_request)
    assert journal.lines() == [
        *PLACES[place],
        "handle_error(request, client)",
        *FAREWELL,
    ], (
        "an Exception while a request is processed must go to handle_error()"
        " first, then the request must be shut down, once; it must not"
        " come out of handle_request()"
    )


@pytest.mark.about("BaseServer._handle_request_noblock")
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("error", ESCAPING)
def test_what_is_no_exception_comes_out_after_the_shutdown(
    make_postbox, journal, place, error
):
    postbox = failing_at(make_postbox, place, error())
    postbox.post(b"a")
    with pytest.raises(error):
        bounded(postbox.handle_request)
    assert journal.lines() == [*PLACES[place], *FAREWELL], (
        f"{error.__name__} is meant for the program (bpo-23430): the request"
        " must be shut down, nothing reported, and the exception raised on"
    )


@pytest.mark.about("BaseServer.serve_forever")
def test_the_loop_survives_a_failing_handler(make_postbox, capsys):
    served = threading.Event()

    def handler(request, client_address, server):
        if request == "letter a":
            raise Trouble
        served.set()

    postbox = make_postbox(handler)
    with serving(postbox):
        postbox.post(b"ab")
        wait_for(served, "the request after a failed one must be served")


@pytest.mark.about("BaseServer.serve_forever")
@pytest.mark.parametrize("error", ESCAPING)
def test_what_is_no_exception_ends_the_loop(make_postbox, journal, error):
    postbox = make_postbox(raising(error()))
    postbox.post(b"a")
    with pytest.raises(error):
        bounded(postbox.serve_forever)
    assert "server_close()" not in journal.lines(), (
        "the listener stays open: the program may run the loop again"
    )
    bounded(
        postbox.shutdown,
        promise="a loop that died of an error has ended: shutdown() must"
        " not wait for it",
    )


@pytest.mark.about("BaseServer.serve_forever")
@pytest.mark.parametrize(
    "place", ["get_request", "verify_request", "service_actions"]
)
def test_an_error_outside_of_processing_ends_the_loop(make_postbox, place):
    postbox = make_postbox(**{place: raising(Trouble())})
    postbox.post(b"a")
    with pytest.raises(Trouble):
        bounded(postbox.serve_forever)
    bounded(postbox.shutdown, promise="shutdown() must see that it ended")


@pytest.mark.about("BaseServer.serve_forever")
def test_a_loop_that_died_can_be_run_again(make_postbox):
    served = threading.Event()

    def handler(request, client_address, server):
        if request == "letter a":
            raise Alarm
        served.set()

    postbox = make_postbox(handler)
    postbox.post(b"ab")
    with pytest.raises(Alarm):
        bounded(postbox.serve_forever)
    with serving(postbox):
        wait_for(served, "the second loop must serve what the first left")


@pytest.mark.about("BaseServer._handle_request_noblock")
def test_an_error_in_the_report_comes_out(make_postbox, journal):
    postbox = make_postbox(
        raising(Trouble()), handle_error=raising(LookupError())
    )
    postbox.post(b"a")
    with pytest.raises(LookupError):
        bounded(postbox.handle_request)
    assert journal.lines() == [*TRIP[:4], "handle_error(request, client)"], (
        "nobody is left to report an error of handle_error(): it comes out;"
        " werkzeug raises there on purpose, to debug"
    )


@pytest.mark.about("BaseServer._handle_request_noblock")
def test_an_error_in_shutdown_request_is_reported_and_tried_again(
    make_postbox, journal
):
    failures = [Trouble()]

    def shutdown_request(self, request):
        if failures:
            raise failures.pop()

    postbox = make_postbox(shutdown_request=shutdown_request)
    postbox.post(b"a")
    bounded(postbox.handle_request)
    assert journal.lines() == [
        *TRIP[:5],
        "handle_error(request, client)",
        "shutdown_request(request)",
    ], (
        "shutdown_request() is a part of process_request(), so its error is"
        " reported like a handler's, and the request is shut down again"
    )


@pytest.mark.about("BaseServer._handle_request_noblock")
@pytest.mark.parametrize("place", ["shutdown_request", "close_request"])
def test_a_request_that_cannot_be_shut_down_ends_the_call(
    make_postbox, journal, place
):
    postbox = make_postbox(**{place: raising(Trouble())})
    postbox.post(b"a")
    with pytest.raises(Trouble):
        bounded(postbox.handle_request)
    assert journal.lines().count(f"{place}(request)") == 2, (
        "once in process_request(), once more after handle_error(); the"
        " second error has nowhere to go and comes out"
    )


@pytest.mark.about("BaseServer.handle_request")
def test_an_error_in_handle_timeout_comes_out(make_postbox):
    postbox = make_postbox(handle_timeout=raising(Trouble()))
    postbox.timeout = 0
    with pytest.raises(Trouble):
        bounded(postbox.handle_request)


# -- The report of an error


def report_of(server, error, client_address="sender"):
    """Return what handle_error() prints for an error raised here."""
    sys_stderr, sys.stderr = sys.stderr, io.StringIO()
    try:
        try:
            raise error
        except type(error):
            server.handle_error("letter", client_address)
        return sys.stderr.getvalue()
    finally:
        sys.stderr = sys_stderr


@pytest.mark.about("BaseServer.handle_error")
def test_the_report_has_a_headline_between_two_rules(impl):
    server = impl.BaseServer("address", ignore)
    lines = report_of(server, Trouble("no"), ("::1", 80)).split("\n")
    assert lines[:2] == [
        "-" * 40,
        "Exception occurred during processing of request from ('::1', 80)",
    ], "a rule of 40 dashes, then the sentence with the client's address"
    assert lines[-2:] == ["-" * 40, ""], (
        "the report must end with a rule of 40 dashes and a new line"
    )


@pytest.mark.about("BaseServer.handle_error")
def test_the_report_shows_the_whole_traceback(impl):
    server = impl.BaseServer("address", ignore)
    lines = report_of(server, Trouble("no")).split("\n")[2:-2]
    assert lines[0] == "Traceback (most recent call last):", (
        "the traceback must begin as Python's own does"
    )
    assert "in report_of" in lines[1], "the place where it was raised"
    assert lines[-1].endswith("Trouble: no"), (
        "the last line of the traceback names the exception"
    )


@pytest.mark.about("BaseServer.handle_error")
def test_the_report_shows_what_the_error_came_from(impl):
    server = impl.BaseServer("address", ignore)
    error = Trouble("no")
    error.__cause__ = LookupError("the deeper reason")
    assert "LookupError: the deeper reason" in report_of(server, error), (
        "an exception's cause belongs to its traceback"
    )


@pytest.mark.about("BaseServer.handle_error")
def test_the_report_goes_to_stderr_alone(make_postbox, capsys):
    postbox = make_postbox(raising(Trouble("no")))
    postbox.post(b"a")
    bounded(postbox.handle_request)
    out, err = capsys.readouterr()
    assert out == "", "nothing of the report may be printed on stdout"
    assert "Trouble: no" in err, (
        "the report must go to sys.stderr as it is at that moment"
    )


# -- How long handle_request waits


@pytest.mark.about("BaseServer.handle_request", "BaseServer.handle_timeout")
def test_a_timeout_of_zero_only_looks(postbox, journal):
    postbox.timeout = 0
    bounded(postbox.handle_request)
    assert journal.lines() == ["handle_timeout()"], (
        "nothing was there: handle_timeout() must be called, once, and no"
        " request be fetched; mind that 0 is false but not None"
    )


@pytest.mark.about("BaseServer.handle_request")
def test_a_timeout_of_zero_still_takes_what_is_there(postbox, journal):
    postbox.timeout = 0
    postbox.post(b"a")
    bounded(postbox.handle_request)
    assert journal.lines() == TRIP, "a request that waits is no timeout"


@pytest.mark.about("BaseServer.handle_request", "BaseServer.handle_timeout")
def test_the_servers_timeout_ends_the_wait(postbox, journal):
    postbox.timeout = 0.02
    start = time.monotonic()
    bounded(postbox.handle_request)
    assert time.monotonic() - start >= 0.02, (
        "handle_timeout() must not be called before `timeout` seconds are over"
    )
    assert journal.lines() == ["handle_timeout()"], (
        "and then it must be called, once, and get_request() not at all"
    )


@pytest.mark.about("BaseServer.handle_request")
def test_the_sockets_own_timeout_ends_the_wait(postbox, journal):
    postbox.socket.settimeout(0.01)
    bounded(
        postbox.handle_request,
        promise="people set a timeout on the listening socket, as Paste"
        " does: handle_request() must respect it",
    )
    assert journal.lines() == ["handle_timeout()"], (
        "nobody came, so handle_timeout() must be called, and nothing else"
    )


@pytest.mark.about("BaseServer.handle_request")
@pytest.mark.parametrize(
    ("server", "sock"), [(0.01, 3600), (3600, 0.01)], ids=["server", "socket"]
)
def test_the_smaller_timeout_wins(postbox, journal, server, sock):
    postbox.timeout = server
    postbox.socket.settimeout(sock)
    bounded(
        postbox.handle_request,
        promise="of the server's timeout and the socket's the smaller"
        " must end the wait",
    )
    assert journal.lines() == ["handle_timeout()"], (
        "nobody came, so handle_timeout() must be called, and nothing else"
    )


@pytest.fixture
def early_wakeups(impl, monkeypatch):
    """Make the selector return with nothing so many times at first.

    Returns a function; what it returns is the list of timeouts that the
    selector was asked to wait.
    """
    select = impl._ServerSelector.select

    def make(count, then=lambda: None):
        timeouts = []

        def impatient(self, timeout=None):
            timeouts.append(timeout)
            if len(timeouts) <= count:
                tick = time.monotonic()
                while time.monotonic() == tick:
                    pass  # some time, if next to nothing, has gone by
                return []
            then()
            return select(self, timeout)

        monkeypatch.setattr(impl._ServerSelector, "select", impatient)
        return timeouts

    return make


@pytest.mark.about("BaseServer.handle_request")
def test_an_early_wakeup_is_no_timeout(postbox, journal, early_wakeups):
    postbox.timeout = 60
    timeouts = early_wakeups(2, then=functools.partial(postbox.post, b"a"))
    bounded(postbox.handle_request)
    assert journal.lines() == TRIP, (
        "a selector may come back early with nothing, after a signal for"
        " one: before `timeout` is over, wait again"
    )
    first, second, third = timeouts
    assert first > second > third > 0, (
        "after an early wake-up only what is left of the timeout may be"
        " waited, or many signals would make the wait endless"
    )


@pytest.mark.about("BaseServer.handle_request", "BaseServer.handle_timeout")
def test_early_wakeups_do_not_cut_the_timeout_short(postbox, early_wakeups):
    early_wakeups(10**9)  # the selector never waits at all
    postbox.timeout = 0.03
    start = time.monotonic()
    bounded(postbox.handle_request)
    assert time.monotonic() - start >= 0.03, (
        "however often the selector comes back with nothing, handle_timeout()"
        " must not be called before `timeout` seconds are over"
    )


@pytest.mark.about("BaseServer.handle_request")
def test_a_timeout_of_zero_does_not_wait(postbox, early_wakeups):
    timeouts = early_wakeups(0)
    postbox.timeout = 0
    bounded(postbox.handle_request)
    assert max(timeouts) <= 0, (
        "with a timeout of 0 the selector may look, and never wait"
    )


@pytest.mark.about("BaseServer.handle_request")
def test_without_a_timeout_an_early_wakeup_waits_on(
    postbox, journal, early_wakeups
):
    timeouts = early_wakeups(2, then=functools.partial(postbox.post, b"a"))
    bounded(postbox.handle_request)
    assert timeouts == [None] * 3, "no timeout, no end of the wait"
    assert journal.lines() == TRIP, "until a request comes"


@pytest.mark.about("BaseServer.handle_timeout")
def test_handle_request_returns_what_handle_timeout_returned(make_postbox):
    postbox = make_postbox(handle_timeout=lambda self: "nobody came")
    postbox.timeout = 0
    assert bounded(postbox.handle_request) == "nobody came", (
        "an own loop over handle_request() can learn of the timeout so"
    )


# -- The loop


@pytest.mark.about("BaseServer.serve_forever")
def test_the_loop_serves_requests_in_their_order(make_postbox, journal):
    letters, all_here = [], threading.Event()

    def handler(request, client_address, server):
        letters.append(request)
        if len(letters) == 3:
            all_here.set()

    postbox = make_postbox(handler)
    with serving(postbox):
        postbox.post(b"abc")
        wait_for(all_here, "the loop must serve one request after the other")
    assert letters == ["letter a", "letter b", "letter c"], (
        "requests must be served in the order in which they came"
    )
    assert journal.lines() == TRIP * 3 + ["server_close()"], (
        "each request must go through all hooks before the next is fetched;"
        " server_close() is called by us, not by the loop"
    )


@pytest.mark.about("BaseServer.serve_forever")
def test_the_loop_serves_what_waited_before_it_began(make_postbox):
    served = threading.Event()
    postbox = make_postbox(lambda *args: served.set())
    postbox.post(b"a")
    with serving(postbox):
        wait_for(served, "a request that came before the loop must be served")


@pytest.mark.about("BaseServer.serve_forever")
def test_the_loop_ignores_the_servers_timeout(make_postbox, journal):
    turned = threading.Event()
    postbox = make_postbox(service_actions=lambda self: turned.set())
    postbox.timeout = 0
    with serving(postbox):
        wait_for(turned, "the loop must turn every poll_interval seconds")
    assert "handle_timeout()" not in journal.lines(), (
        "`timeout` and handle_timeout() belong to handle_request() alone"
    )


@pytest.mark.about("BaseServer.service_actions", "BaseServer.serve_forever")
def test_the_loop_acts_on_each_turn_also_when_nobody_comes(make_postbox):
    turns, enough = [], threading.Event()

    def service_actions(self):
        turns.append(1)
        if len(turns) == 3:
            enough.set()

    postbox = make_postbox(service_actions=service_actions)
    with serving(postbox, poll_interval=0.001):
        wait_for(enough, "service_actions() must be called on each turn")


@pytest.mark.about("BaseServer.service_actions", "BaseServer.serve_forever")
def test_the_loop_acts_after_each_request(make_postbox, journal):
    def service_actions(self):
        if "close_request(request)" in journal.lines():
            self._BaseServer__shutdown_request = True

    postbox = make_postbox(
        service_actions=service_actions, hooks=(*HOOKS, "service_actions")
    )
    postbox.post(b"a")
    bounded(postbox.serve_forever, poll_interval=3600)
    assert journal.lines() == [*TRIP, "service_actions()"], (
        "service_actions() comes after the request, on the same turn: the"
        " next wait may be long"
    )


@pytest.mark.about("BaseServer.serve_forever")
def test_the_loop_waits_poll_interval_seconds_for_a_request(
    make_postbox, early_wakeups
):
    def service_actions(self):
        self._BaseServer__shutdown_request = True

    postbox = make_postbox(service_actions=service_actions)
    timeouts = early_wakeups(1)
    bounded(postbox.serve_forever, 0.125)
    bounded(postbox.serve_forever, poll_interval=0)
    assert timeouts == [0.125, 0], (
        "the selector must be asked to wait poll_interval seconds each turn"
    )


@pytest.mark.about("BaseServer.serve_forever")
def test_the_loop_needs_a_fileno_and_no_socket(impl, journal):
    served = threading.Event()

    class Bare(postbox_class(impl)):
        def __init__(self):
            super().__init__(lambda *args: served.set())
            self.ear = self.socket
            del self.socket

        def fileno(self):
            return self.ear.fileno()

        def get_request(self):
            return self.ear.recv(1), "sender"

        def server_close(self):
            self.ear.close()
            self.slot.close()

    bare = Bare()
    with serving(bare):
        bare.post(b"a")
        wait_for(
            served,
            "serve_forever() may ask for fileno() and get_request() and not"
            " for self.socket: that belongs to TCPServer",
        )


@pytest.mark.about("BaseServer.serve_forever")
def test_the_loop_returns_nothing(postbox):
    with serving(postbox) as loop:
        pass
    assert loop.result() is None, "serve_forever() has nothing to return"


@pytest.mark.about("BaseServer.serve_forever")
def test_the_loop_leaves_the_server_open(postbox, journal):
    with serving(postbox):
        pass
    # `serving` closed it; before that, nobody did.
    assert journal.lines() == ["server_close()"], (
        "the loop must not close the server: it may be run again"
    )


# -- Stopping


@pytest.mark.about("BaseServer.shutdown")
def test_shutdown_waits_until_the_loop_has_ended(make_postbox):
    handler = Waiting()
    postbox = make_postbox(handler)
    with serving(postbox) as loop:
        postbox.post(b"a")
        wait_for(handler.present, "the request must be served")
        stopping = Background(postbox.shutdown)
        try:
            assert stays(stopping), (
                "the loop is still busy with a request: shutdown() must"
                " return only when the loop has ended"
            )
        finally:
            handler.leave.set()
        stopping.result("shutdown() must return once the loop has ended")
        loop.result("the loop must end after shutdown()")


@pytest.mark.about("BaseServer.shutdown")
def test_a_request_in_progress_is_finished_before_the_loop_ends(
    make_postbox, journal
):
    handler = Waiting()
    postbox = make_postbox(handler)
    with serving(postbox):
        postbox.post(b"a")
        wait_for(handler.present, "the request must be served")
        stopping = Background(postbox.shutdown)
        handler.leave.set()
        stopping.result()
        assert journal.lines() == TRIP, (
            "shutdown() ends the loop between two requests, never in the"
            " middle of one"
        )


@pytest.mark.about("BaseServer.shutdown")
def test_a_request_that_comes_with_the_wish_to_stop_is_not_taken(
    impl, make_postbox, journal, monkeypatch
):
    postbox = make_postbox(hooks=(*HOOKS, "service_actions"))
    select = impl._ServerSelector.select

    def stop_while_waiting(self, timeout=None):
        ready = select(self, timeout)
        postbox._BaseServer__shutdown_request = True
        return ready

    monkeypatch.setattr(impl._ServerSelector, "select", stop_while_waiting)
    postbox.post(b"a")
    bounded(postbox.serve_forever)
    assert journal.lines() == [], (
        "once shutdown() is asked no request may be accepted, also when it"
        " was asked during select() (bpo-35017): look at the flag again"
    )


@pytest.mark.about("BaseServer.shutdown")
def test_requests_left_waiting_are_served_by_the_next_loop(make_postbox):
    served = threading.Event()
    postbox = make_postbox(lambda *args: served.set())
    postbox._BaseServer__shutdown_request = True
    postbox.post(b"a")
    bounded(postbox.serve_forever)
    assert not served.is_set(), "the wish to stop came first"
    with serving(postbox):
        wait_for(served, "the waiting request must not be lost")


@pytest.mark.about("BaseServer.shutdown")
def test_shutdown_may_come_before_the_loop(postbox, journal):
    waiting = waits_in_shutdown(postbox)
    stopping = Background(postbox.shutdown)
    wait_for(waiting, "shutdown() must wait for _BaseServer__is_shut_down")
    assert not stopping.done.is_set(), (
        "no loop has ended yet, so shutdown() must wait for one"
    )
    postbox.post(b"a")
    bounded(
        postbox.serve_forever,
        promise="a wish to stop that came before the loop must be kept"
        " (certbot relies on it): the loop ends at once",
    )
    stopping.result("and shutdown() must see it end")
    assert journal.lines() == [], "and no request may be served"


@pytest.mark.about("BaseServer.shutdown")
def test_shutdown_after_the_loop_returns_and_is_remembered(postbox, journal):
    postbox._BaseServer__shutdown_request = True
    bounded(postbox.serve_forever)
    bounded(
        postbox.shutdown,
        promise="the loop has ended already: shutdown() must not wait",
    )
    postbox.post(b"a")
    bounded(
        postbox.serve_forever,
        promise="the wish is kept for the next loop, which ends at once",
    )
    assert journal.lines() == [], "so it serves nobody"
    with serving(postbox):
        # That loop has used the wish up: the one after it serves.
        journal.wait_for("close_request(request)")


@pytest.mark.about("BaseServer.shutdown")
def test_several_threads_may_shut_down_one_loop(make_postbox):
    handler = Waiting()
    postbox = make_postbox(handler)
    postbox.post(b"a")
    loop = Background(postbox.serve_forever, 0.01)
    wait_for(handler.present, "the request must be served")
    callers = []
    for _ in range(3):
        waiting = waits_in_shutdown(postbox)
        callers.append(Background(postbox.shutdown))
        wait_for(waiting, "shutdown() must wait for the loop")
    handler.leave.set()
    for caller in callers:
        caller.result("each caller of shutdown() must see the loop end")
    loop.result("the loop must end")
    bounded(
        postbox.shutdown,
        promise="and who calls shutdown() after them must not wait either:"
        " none of them may take back that the loop has ended",
    )


@pytest.mark.about("BaseServer.shutdown")
def test_asking_again_and_again_makes_nobody_wait(make_postbox):
    def ask_without_waiting():
        for _ in range(2000):
            postbox.shutdown()

    handler = Waiting()
    postbox = make_postbox(handler)
    postbox.post(b"a")
    loop = Background(postbox.serve_forever, 0.01)
    wait_for(handler.present, "the request must be served")
    postbox._BaseServer__is_shut_down.wait = lambda timeout=None: True
    try:
        bounded(
            ask_without_waiting,
            promise="while the loop is busy shutdown() may wait for its end"
            " and for nothing else: whatever it does to wake the loop must"
            " not block",
        )
    finally:
        handler.leave.set()
    loop.result("and the loop must end")


@pytest.mark.about("BaseServer.shutdown", "BaseServer.serve_forever")
def test_a_loop_that_was_shut_down_can_be_run_again(make_postbox):
    served = threading.Event()
    postbox = make_postbox(lambda *args: served.set())
    loop = Background(postbox.serve_forever, 0.01)
    bounded(postbox.shutdown)
    loop.result("the first loop must end")
    with serving(postbox):
        postbox.post(b"a")
        wait_for(served, "the wish to stop is used up by the first loop")


@pytest.mark.about("BaseServer.serve_forever")
def test_a_running_loop_is_not_shut_down_yet(make_postbox):
    turned = threading.Event()
    postbox = make_postbox(service_actions=lambda self: turned.set())
    is_shut_down = postbox._BaseServer__is_shut_down
    for _ in range(2):
        turned.clear()
        loop = Background(postbox.serve_forever, 0.01)
        wait_for(turned, "the loop must turn")
        assert not is_shut_down.is_set(), (
            "while a loop runs _BaseServer__is_shut_down must be unset, also"
            " when an earlier loop has ended"
        )
        bounded(postbox.shutdown)
        loop.result()
        assert is_shut_down.is_set(), "after the loop it must be set"


@pytest.mark.about("BaseServer.shutdown", "BaseServer.serve_forever")
def test_a_handler_can_stop_the_loop_by_the_flag(make_postbox):
    def handler(request, client_address, server):
        server._BaseServer__shutdown_request = True

    postbox = make_postbox(handler)
    postbox.post(b"ab")
    bounded(
        postbox.serve_forever,
        promise="shutdown() in the loop's own thread would wait for itself,"
        " so people set _BaseServer__shutdown_request: it must end the loop",
    )
    assert postbox.socket.recv(2) == b"b", "with the second letter untaken"


@pytest.mark.about("BaseServer.shutdown")
def test_a_dying_loop_lets_go_of_who_waits_in_shutdown(make_postbox):
    pause = Waiting()

    def handler(*args):
        pause(*args)
        raise Alarm

    postbox = make_postbox(handler)
    postbox.post(b"a")
    loop = Background(postbox.serve_forever, 0.01)
    wait_for(pause.present, "the request must be served")
    waiting = waits_in_shutdown(postbox)
    stopping = Background(postbox.shutdown)
    wait_for(waiting, "shutdown() must wait for the loop")
    pause.leave.set()
    stopping.result("an error that ends the loop ends it for shutdown() too")
    with contextlib.suppress(Alarm):
        loop.result()
