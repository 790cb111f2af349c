"""Down the pipeline

Write `_handle_request_noblock` and the plain hooks that it calls. The request
is taken, verified and processed. Whatever goes wrong on the way, the client's
connection is closed, and only what is meant for the whole program ends the
loop. Where `get_request` would fail again at once, the loop rests for a tenth
of a second.
"""

import errno
import time

from companion.practise.format import Fill, Mistake
from tests.conformance.toolkit import Alarm, bounded, postbox_class, raising

EXERCISE = Fill(
    teaches="which errors a server swallows, reports, or lets by",
    learned="Three kinds of trouble: nobody there after all, one bad "
    "request, and the end of the program. Each has its own way out.",
    covers=("BaseServer.shutdown_request", "BaseServer.close_request"),
    symbols=(
        "BaseServer._handle_request_noblock",
        "BaseServer.process_request",
        "BaseServer.finish_request",
        "BaseServer.verify_request",
        "BaseServer.shutdown_request",
    ),
    difficulty=4,
    hints=(
        "Draw it first: which of the calls may fail, and who closes the "
        "connection in that case?",
        "An OSError of `get_request` is a rumour that was not true: return. "
        "`_EXHAUSTED` and `_GONE` list the ones that would come again.",
        "`Exception` is for `handle_error`. What is no Exception, such as "
        "KeyboardInterrupt, is raised again, after the goodbye.",
    ),
    mistakes=(
        Mistake(
            "A rumour ends the loop",
            "Ready is a rumour: the client may have left since. An OSError "
            "of `get_request` is not the server's.",
            fails="forgives_a_rumour",
            edit=("except OSError as error:", "except KeyError as error:"),
            symptom="A client hangs up at the wrong moment, and the whole "
            "server ends.",
        ),
        Mistake(
            "One bad request ends the loop",
            "The loop serves others as well. An Exception is reported, and "
            "the loop goes on.",
            fails="reports_and_goes_on",
            edit=(
                "except Exception:\n"
                "    self.handle_error(request, client_address)\n",
                "except KeyError:\n"
                "    self.handle_error(request, client_address)\n",
            ),
            symptom="A bug in one handler, and nobody is served any more.",
        ),
        Mistake(
            "Reported, and not hung up on",
            "After the report, the connection is still open, and nobody else "
            "knows of it.",
            fails="closes_after_an_error",
            edit=(
                "self.handle_error(request, client_address)\n"
                "self.shutdown_request(request)",
                "self.handle_error(request, client_address)",
            ),
            symptom="Each failed request costs a descriptor, until none is "
            "left.",
        ),
        Mistake(
            "Ctrl-C taken for a bad request",
            "KeyboardInterrupt is no Exception, and for a reason: it is meant "
            "for the whole program.",
            fails="lets_by_what_is_for_the_program",
            has=r"except BaseException:\n +self\.handle_error",
            edit=(
                "except Exception:\n"
                "    self.handle_error(request, client_address)\n",
                "except BaseException:\n"
                "    self.handle_error(request, client_address)\n",
            ),
            symptom="Ctrl-C prints a traceback, and the server goes on.",
        ),
        Mistake(
            "Verified, and the answer ignored",
            "`verify_request` says whether the request shall be processed. "
            "Somebody has to listen.",
            fails="turns_away",
            edit=("if not welcome:", "if welcome is None:"),
            symptom="`verify_request` says no, and the client is served.",
        ),
        Mistake(
            "Processed and left open",
            "`process_request` knows that the work is done, so it says "
            "goodbye.",
            fails="closes",
            edit=(
                "self.finish_request(request, client_address)\n"
                "self.shutdown_request(request)",
                "self.finish_request(request, client_address)",
            ),
            symptom="The answer is there, and the client waits for more.",
        ),
    ),
)


def postbox(yours, **hooks):
    """Return a server without a network that notes its hooks."""
    noted = []

    class Postbox(postbox_class(yours)):
        def close_request(self, request):
            noted.append("close")

        def handle_error(self, request, client_address):
            noted.append("error")

    def handler(request, client_address, server):
        noted.append("handle")

    server = type("Postbox", (Postbox,), hooks)(handler)
    server.noted = noted
    server.post(b"a")
    return server


def ran(server):
    """Handle one request; return what was raised."""
    try:
        bounded(server.handle_request)
    except BaseException as error:
        return error


def promise_handles(yours):
    """A request is handled by the handler."""
    with postbox(yours) as server:
        error = ran(server)
        assert error is None, f"it raised {error!r}"
        assert server.noted[:1] == ["handle"], f"it noted {server.noted}"


def promise_closes(yours):
    """When the handler is done, the request is closed."""
    with postbox(yours) as server:
        ran(server)
        assert server.noted == ["handle", "close"], f"it noted {server.noted}"


def promise_forgives_a_rumour(yours):
    """An OSError of `get_request` is no error of the server."""
    hook = raising(ConnectionAbortedError())
    with postbox(yours, get_request=hook) as server:
        error = ran(server)
        assert error is None, f"it raised {error!r}"
        assert server.noted == [], f"it noted {server.noted}"


def promise_turns_away(yours):
    """Who is turned away is closed and not handled."""
    with postbox(yours, verify_request=lambda *args: False) as server:
        ran(server)
        assert server.noted == ["close"], f"it noted {server.noted}"


def promise_reports_and_goes_on(yours):
    """An Exception is reported, and does not come out."""
    with postbox(yours, finish_request=raising(ValueError("no"))) as server:
        error = ran(server)
        assert error is None, f"it raised {error!r}"
        assert "error" in server.noted, "nobody called handle_error"


def promise_closes_after_an_error(yours):
    """A request that failed is closed, after the report."""
    with postbox(yours, finish_request=raising(ValueError("no"))) as server:
        ran(server)
        assert server.noted == ["error", "close"], f"it noted {server.noted}"


def promise_lets_by_what_is_for_the_program(yours):
    """What is no Exception closes the request and comes out."""
    with postbox(yours, finish_request=raising(Alarm())) as server:
        error = ran(server)
        assert isinstance(error, Alarm), f"what came out is {error!r}"
        assert server.noted == ["close"], f"it noted {server.noted}"


def promise_closes_when_it_cannot_verify(yours):
    """An error of `verify_request` closes the request and comes out."""
    with postbox(yours, verify_request=raising(ValueError("no"))) as server:
        error = ran(server)
        assert isinstance(error, ValueError), f"what came out is {error!r}"
        assert server.noted == ["close"], f"it noted {server.noted}"


def promise_rests_where_all_is_taken(yours):
    """When no descriptor is left, it rests before the next try."""
    hook = raising(OSError(errno.EMFILE, "too many open files"))
    with postbox(yours, get_request=hook) as server:
        began = time.monotonic()
        error = ran(server)
        seconds = time.monotonic() - began
        assert error is None, f"it raised {error!r}"
        assert seconds > 0.05, "the loop would try again at once"
