r"""What the notebooks import: servers that end, clients, checks, pictures.

    with kit.running(server):          a loop in a thread, sure to be closed
        answer = kit.ask(server, b"hello\n")

    kit.check(guess, answer, because="...")       a prediction, kindly judged
    many = kit.number(clients, 1, 100)             what the reader has changed

    watched = kit.watched(TCPServer)   the same server, and it tells its calls
    timeline = kit.Timeline()          who did what, when: a picture, and text
    kit.family()                       who inherits from whom
    kit.xray("tcp")                    a recording, to be walked through

A kernel lives for hours, and a cell is run again and again. So nothing here
keeps a port, a thread or a socket after its cell: what a `with` block opened
is closed at its end, after an error and after an interrupt as well.
"""

from __future__ import annotations

import contextlib
import functools
import html
import inspect
import io
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar
from xml.etree import ElementTree

PATIENCE = 5.0  # seconds that a client or a thread is waited for
READABLE = 200  # characters of a value that are shown

Number = TypeVar("Number", int, float)

_clients: list[socket.socket] = []


# -- Servers and clients


@contextlib.contextmanager
def running(server: Any, *, poll_interval: float = 0.05) -> Iterator[Any]:
    """Run a server's loop in a thread; stop and close it at the end.

    Clients that `connect` has opened meanwhile are closed first, so that no
    handler waits for one. A handler that still runs after `PATIENCE` seconds
    is said aloud and left to itself: the kernel must not hang with it.

    A loop that a hook has broken closes its server. Who waits for an answer
    over a connection learns it then, and not after `PATIENCE` seconds.
    """
    first = len(_clients)
    loop = threading.Thread(
        target=_loop,
        args=(server, poll_interval),
        name="loop",
        daemon=True,
    )

    def stop() -> None:
        server.shutdown()
        loop.join()

    loop.start()
    try:
        yield server
    finally:
        for client in _clients[first:]:
            client.close()
        del _clients[first:]
        _in_time(stop, "the loop")
        _in_time(server.server_close, "a handler")


def _loop(server: Any, poll_interval: float) -> None:
    """Run a server's loop; close the server if the loop breaks."""
    try:
        server.serve_forever(poll_interval)
    except BaseException:
        server.server_close()
        raise  # its thread tells it


def _in_time(act: Callable[[], object], who: str) -> None:
    """Call `act` in a thread, and wait for it, but not for ever."""
    thread = threading.Thread(target=act, name="closing", daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if thread.is_alive():
        print(f"After {PATIENCE:.0f} seconds {who} still runs: left alone.")


def connect(server: Any, *, timeout: float = PATIENCE) -> socket.socket:
    """Open a socket to a server, of the server's own kind.

    Nothing waits longer than `timeout` seconds on it. The enclosing `running`
    closes it, if nobody has closed it before.
    """
    family = server.socket.family
    client = socket.socket(family, server.socket.type)
    _clients.append(client)
    client.settimeout(timeout)
    if family == getattr(socket, "AF_UNIX", None) and not streams(server):
        client.bind("")  # a name of the kernel's choice, to be answered at
    client.connect(server.server_address)
    return client


def ask(server: Any, message: bytes, *, timeout: float = PATIENCE) -> bytes:
    """Send one message; return the whole answer.

    To a stream, the end of the message is told, and the answer is read to its
    end; a server that hangs up early has answered what it has answered. A
    datagram is answered by one datagram. Raises `TimeoutError` if nothing
    comes in `timeout` seconds, `ConnectionRefusedError` if nobody is there.
    """
    answer = bytearray()
    try:
        with connect(server, timeout=timeout) as client:
            client.sendall(message)
            if not streams(server):
                return client.recv(65536)
            client.shutdown(socket.SHUT_WR)
            while part := client.recv(65536):
                answer += part
    except (TimeoutError, ConnectionRefusedError):
        raise
    except OSError:
        pass  # it has hung up: in the middle of our words, or of its own
    return bytes(answer)


def streams(server: Any) -> bool:
    """Tell whether a server speaks by connections, not by datagrams."""
    return bool(server.socket.type == socket.SOCK_STREAM)


def together(*acts: Callable[[], object]) -> list[object]:
    """Call all at once, each in a thread; return what each returned.

    An exception is returned in the place of a result: one client that fails
    must not hide what the others saw.
    """
    results: list[object] = [None] * len(acts)
    gate = threading.Barrier(len(acts) or 1)

    def act(i: int) -> None:
        gate.wait(PATIENCE)
        try:
            results[i] = acts[i]()
        except Exception as error:
            results[i] = error

    threads = [
        threading.Thread(target=act, args=(i,), daemon=True)
        for i in range(len(acts))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(4 * PATIENCE)
    return results


# -- Predictions


def check(guess: object, answer: object, *, because: str) -> None:
    """Compare a prediction with what happened; say why, and never raise.

    `...` stands for a prediction that was not made yet. Words are compared
    without regard to capitals and blanks, a class counts as its name, and a
    number or a truth in quotes as itself.
    """
    happened = _told(answer)
    if guess is None or _open(guess):
        print("You have not guessed yet: write your guess above, and run both")
        print(f"cells again. What happened: {happened}\n{because}")
    elif _plain(guess) == _plain(answer):
        print(f"Yes: {happened}\n{because}")
    elif isinstance(answer, bytes) and guess == answer.decode(errors="ignore"):
        print(f"Nearly. It is {happened}: bytes, with a b in front, where you")
        print(f"wrote text. A connection carries bytes alone.\n{because}")
    else:
        print(f"Not this time. You said {_told(guess)}, and it is {happened}.")
        print(because)


def _open(guess: object) -> bool:
    """Tell whether a guess still has a gap in it."""
    if isinstance(guess, (list, tuple)):
        return any(map(_open, guess))
    return guess is ...


def _plain(value: object) -> object:
    """Reduce a value to what a comparison of guesses should look at."""
    if isinstance(value, type):
        value = value.__name__
    if isinstance(value, (int, float)):
        value = str(value) if isinstance(value, bool) else f"{value:g}"
    if isinstance(value, str):
        return " ".join(value.split()).casefold().rstrip(".()")
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value


def _told(value: object) -> str:
    """Write a value as Python does, and no more of it than one can read."""
    text = repr(value)
    return text if len(text) <= READABLE else f"{text[:READABLE]}..."


def number(value: Any, least: Number, most: Number) -> Number:
    """Read a number that the reader may have changed, and keep it in bounds.

    It is an `int` if `least` is one, else a `float`. What is no number counts
    as `least`. Whatever is not taken as it stands is said aloud.
    """
    try:
        kept = type(least)(value)
    except (TypeError, ValueError, OverflowError):
        kept = least
    if not least <= kept <= most:
        kept = most if kept > most else least
    if kept != value:
        print(f"{_told(value)} is taken as {kept}: {least} to {most} will do.")
    return kept


# -- Calls, in the order in which they come


def watched(cls: type, *names: str) -> type:
    """Return a subclass that notes which of its methods are called.

    Its `calls` is a list of `(method, supplied by, thread)`, in order: for
    the methods in `names`, else for every public one. Each time the cell is
    run, it makes another subclass, whose list is empty.
    """
    calls: list[tuple[str, str, str]] = []
    child = type(cls.__name__, (cls,), {"calls": calls})
    for name in names or filter(functools.partial(_is_hook, cls), dir(cls)):
        setattr(child, name, _telling(child, cls, name))
    return child


def _is_hook(cls: type, name: str) -> bool:
    """Tell whether a name is a public method, written in Python."""
    return not name.startswith("_") and inspect.isfunction(getattr(cls, name))


def _telling(child: type, cls: type, name: str) -> Callable[..., object]:
    """Make a method that notes its call, and then does the inherited one."""
    supplier = next(each for each in cls.__mro__ if name in vars(each))

    @functools.wraps(getattr(cls, name))
    def method(self: Any, *args: Any, **options: Any) -> object:
        who = threading.current_thread().name
        self.calls.append((name, supplier.__name__, who))
        return getattr(super(child, self), name)(*args, **options)

    return method


def show_calls(cls: Any, *, without: Iterable[str] = ("fileno",)) -> None:
    """Print the calls of a `watched` class, and who supplied each method.

    A thread that `running` has not made is one of the server's own: they are
    called worker 1, worker 2, in the order in which they come. The same call
    several times in a row is one line.
    """
    known = {"MainThread": "main", "loop": "loop", "closing": "closing"}
    shown = (call for call in cls.calls if call[0] not in set(without))
    for (name, supplier, thread), row in itertools.groupby(shown):
        where = known.setdefault(thread, f"worker {len(known) - 2}")
        times = len(list(row))
        again = f", {times} times" if times > 1 else ""
        print(f"{name:24} from {supplier:20} in thread: {where}{again}")


# -- Pictures


class Timeline:
    """Who did what, and from when to when; shown as bars, told as text."""

    def __init__(self) -> None:
        """Start the clock."""
        self.began = time.monotonic()
        self.spans: list[tuple[str, str, float, float]] = []

    @contextlib.contextmanager
    def span(self, lane: str, what: str = "") -> Iterator[None]:
        """Note, in a lane, how long the `with` block takes."""
        start = time.monotonic() - self.began
        try:
            yield
        finally:
            end = time.monotonic() - self.began
            self.spans.append((lane, what, start, end))

    def show(self, title: str = "Who is busy when") -> None:
        """Draw a bar for each span, and print the same as a table.

        What a forked child has noted stays in the child, so it is not here.
        """
        if not self.spans:
            print("Nothing was noted here, so there is nothing to draw.")
            return
        lanes = list(dict.fromkeys(lane for lane, *_ in sorted(self.spans)))
        with drawing(title, height=0.9 + 0.45 * len(lanes)) as axes:
            for lane, what, start, end in self.spans:
                axes.barh(lane, end - start, left=start, alpha=0.6)
                axes.annotate(what, (start, lane), va="center", fontsize=8)
            axes.set_xlabel("seconds")
            axes.set_yticks(lanes)
            axes.invert_yaxis()
        for lane, what, start, end in sorted(self.spans, key=lambda s: s[2:]):
            print(f"{lane:12} {what:16} {start:5.2f} s to {end:5.2f} s")


INK = "#010203"  # stands for the ink of whatever page the picture is on


@contextlib.contextmanager
def drawing(title: str, *, height: float = 3.0) -> Iterator[Any]:
    """Hand out the axes of a picture, and show it at the end.

    It is drawn in the page's own ink, so it can be read in the dark as well.
    Whoever draws prints the same as text, too.
    """
    import matplotlib as mpl

    inks = ("text.color", "axes.labelcolor", "axes.edgecolor")
    inks += ("xtick.color", "ytick.color")
    settings = dict.fromkeys(inks, INK) | {
        "svg.fonttype": "none",
        "svg.hashsalt": title,
        "font.family": "sans-serif",
    }
    with mpl.rc_context(settings):
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7, height), layout="tight")
        axes = figure.add_subplot()
        axes.set_title(title)
        yield axes
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True)
    svg = file.getvalue()
    svg = svg[svg.index("<svg") :].replace(INK, "currentColor")
    label = html.escape(f"{title}. The same as text is below.")
    _display(f'<div role="img" tabindex="0" aria-label="{label}">{svg}</div>')


def family() -> None:
    """Show all classes of the mini, and who inherits from whom."""
    from companion.site.family import Picture
    from companion.site.kin import Kin
    from companion.site.library import Library
    from companion.text import TEXT

    kin = Kin.of(Library.read(TEXT))
    tree = Picture(kin, list(kin.public.values()), None).drawn()
    for box in tree.iter("a"):
        box.tag = "span"  # a notebook has no pages to link to
        box.attrib.pop("href")
    svg = ElementTree.tostring(tree, encoding="unicode")
    _display(f'<div class="lab-family" tabindex="0">{FAMILY_STYLE}{svg}</div>')
    for cls in kin.public.values():
        parents = ", ".join(each.__name__ for each in kin.parents(cls))
        print(f"{cls.__name__:28} {parents and 'built on ' + parents}")


FAMILY_STYLE = """<style>
.lab-family { overflow-x: auto; }
.lab-family svg { width: calc(var(--wide) * 1px); max-width: none; }
.lab-family path { fill: none; stroke: currentColor; }
.lab-family .kin-box {
  display: grid; place-items: center; box-sizing: border-box; height: 26px;
  border: 1px solid currentColor; border-radius: 4px;
  font: 12px/1 ui-monospace, monospace;
}
.lab-family .kin-mixin { border-style: dashed; }
</style>"""


def xray(name: str) -> None:
    """Show a recording in the player, to be walked through step by step.

    The names of the recordings are those of the site's pages: `"tcp"`,
    `"threading-tcp"`, `"shutdown-deadlock"` and so on.
    """
    from companion import xray as recordings
    from companion.xray.page import document

    page = document(recordings.load(name), recordings.script(name))
    _display(
        f'<iframe data-xray="{name}" title="X-ray: {name}" '
        'style="width: 100%; height: 46rem; border: 0" '
        f'srcdoc="{html.escape(page)}"></iframe>'
    )


def _display(markup: str) -> None:
    """Show HTML below the cell."""
    from IPython.display import display

    display({"text/html": markup}, raw=True)
