"""The kit: what it opens it closes, and what it says is kind and true."""

import re
import threading

import pytest

import minisocketserver as ss
from companion.lab import kit, pictures, servers

ADDRESS = ("127.0.0.1", 0)


@pytest.fixture(scope="module")
def fonts():
    """What the first picture opens for all others is open."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "_display", lambda markup: None)
        with kit.drawing("The first"):
            pass


class Echo(ss.StreamRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.read())


class EchoPacket(ss.DatagramRequestHandler):
    def handle(self):
        self.wfile.write(self.packet)


def test_a_server_is_closed_at_the_end_of_the_block():
    with kit.running(ss.TCPServer(ADDRESS, Echo)) as server:
        assert kit.ask(server, b"hello") == b"hello"
    assert server.socket.fileno() == -1


def test_a_server_is_closed_after_an_error():
    server = ss.TCPServer(ADDRESS, Echo)
    with pytest.raises(ZeroDivisionError), kit.running(server):
        raise ZeroDivisionError
    assert server.socket.fileno() == -1


def test_a_client_that_was_forgotten_holds_up_nobody():
    # It says nothing, and its handler waits for it.
    with kit.running(ss.ThreadingTCPServer(ADDRESS, Echo)) as server:
        client = kit.connect(server)
    assert client.fileno() == -1


def test_a_handler_that_never_ends_is_left_alone(monkeypatch, capsys):
    monkeypatch.setattr(servers, "PATIENCE", 0.05)
    present, leave = threading.Event(), threading.Event()

    class Endless(ss.BaseRequestHandler):
        def handle(self):
            present.set()
            leave.wait()

    with kit.running(ss.ThreadingTCPServer(ADDRESS, Endless)) as server:
        kit.connect(server)
        present.wait()
    leave.set()
    assert "a handler still runs" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["UDPServer", "UnixDatagramServer"])
def test_a_datagram_is_answered(name, tmp_path):
    cls = getattr(ss, name, None)
    if cls is None:
        pytest.skip("this platform has no Unix sockets")
    address = ADDRESS if name == "UDPServer" else str(tmp_path / "socket")
    with kit.running(cls(address, EchoPacket)) as server:
        assert kit.ask(server, b"hello") == b"hello"


def test_a_server_that_hangs_up_early_has_answered_what_it_has():
    class Deaf(ss.TCPServer):
        def verify_request(self, request, client_address):
            return False

    with kit.running(Deaf(ADDRESS, Echo)) as server:
        assert kit.ask(server, bytes(1_000_000)) == b""


def test_who_asks_a_server_whose_loop_breaks_does_not_wait(monkeypatch):
    said = []
    monkeypatch.setattr(threading, "excepthook", said.append)

    class Broken(ss.TCPServer):
        def get_request(self):
            raise NameError("a slip of the pen")

    with kit.running(Broken(ADDRESS, Echo)) as server:
        assert kit.ask(server, b"hello") == b""  # else: TimeoutError
    assert [args.exc_type for args in said] == [NameError]


def test_who_fails_does_not_hide_what_others_saw():
    first, second = kit.together(lambda: "one", lambda: 1 / 0)
    assert first == "one"
    assert isinstance(second, ZeroDivisionError)


@pytest.mark.parametrize(
    ("guess", "verdict"),
    [
        (..., "not guessed yet"),
        ([1, ...], "not guessed yet"),
        ("WORKER ", "Yes: 'worker'"),
        ("loop", "Not this time. You said 'loop', and it is 'worker'."),
        (object, "Not this time."),
    ],
)
def test_a_guess_is_judged_and_the_reason_told(guess, verdict, capsys):
    kit.check(guess, "worker", because="It is so.")
    said = capsys.readouterr().out
    assert verdict in said
    assert said.endswith("It is so.\n")


@pytest.mark.parametrize(
    ("guess", "answer"),
    [
        ("true", True),
        (1, True),
        ("No", False),
        (("yes", 0), (True, False)),
        ("4", 4),
        (4.0, 4),
        (ss.TCPServer, "TCPServer"),
        ("setup, handle", ["setup", "handle"]),
        ("1 2", (1, 2)),
        ("boss", ["boss"]),
        (["b", "a"], {"a", "b"}),
        ("b a", {"a", "b"}),
        ({"a"}, frozenset({"a"})),
    ],
)
def test_a_guess_may_be_written_in_another_way(guess, answer, capsys):
    kit.check(guess, answer, because="It is so.")
    assert capsys.readouterr().out.startswith("Yes: ")


@pytest.mark.parametrize(
    ("guess", "answer"),
    [
        (0, True),
        ("no", True),
        ("true", 1),
        (2, True),
        (["b", "a"], ["a", "b"]),
        ("a", {"a", "b"}),
        (["a", "b", "c"], {"a", "b"}),
        ("a b c", ["a", "b"]),
        ([], [1]),
    ],
)
def test_a_guess_that_is_wrong_is_not_taken_for_right(guess, answer, capsys):
    kit.check(guess, answer, because="It is so.")
    assert capsys.readouterr().out.startswith("Not this time.")


def test_an_answer_that_one_may_defend_counts(capsys):
    kit.check("late", "early", because="Either.", also=["late"])
    said = capsys.readouterr().out
    assert said == "That is right, too. Here it is 'early'.\nEither.\n"


@pytest.mark.parametrize("guess", [True, False, ...])
def test_what_has_changed_is_neither_judged_nor_explained(guess, capsys):
    kit.check(guess, True, because="It is so.", expected=False)
    said = capsys.readouterr().out
    assert said.startswith("You have changed the experiment")
    assert "it is True" in said
    assert "It is so" not in said


def test_what_is_as_it_was_is_judged(capsys):
    kit.check(1, True, because="It is so.", expected=True)
    assert capsys.readouterr().out == "Yes: True\nIt is so.\n"


def test_a_set_is_told_in_one_order(capsys):
    kit.check(..., {"b", "c", "a"}, because="It is so.")
    assert "['a', 'b', 'c']" in capsys.readouterr().out


def test_text_in_the_place_of_bytes_is_nearly_right(capsys):
    kit.check("hello", b"hello", because="It is so.")
    said = capsys.readouterr().out
    assert said.startswith("Nearly. It is b'hello'")
    assert said.endswith("It is so.\n")


def test_a_long_answer_is_cut_short(capsys):
    kit.check(b"", bytes(10_000_000), because="It is so.")
    assert len(capsys.readouterr().out) < 400


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (4, 4),
        (0, 1),
        (-3, 1),
        (10**9, 100),
        (2.7, 2),
        ("5", 5),
        ("many", 1),
        (None, 1),
        (float("nan"), 1),
        (float("inf"), 1),
    ],
)
def test_a_number_is_kept_in_bounds_and_that_is_said(value, kept, capsys):
    assert kit.number(value, 1, 100) == kept
    assert bool(capsys.readouterr().out) == (value != kept)


def test_a_number_of_seconds_may_have_a_fraction(capsys):
    assert kit.number(0.25, 0.0, 3.0) == 0.25
    assert kit.number(float("nan"), 0.5, 3.0) == 0.5
    assert "nan is taken as 0.5" in capsys.readouterr().out


def test_calls_are_told_with_their_suppliers(capsys):
    watched = kit.watched(ss.ThreadingTCPServer)
    with kit.running(watched(ADDRESS, Echo)) as server:
        kit.ask(server, b"hello")
    told = {(name, supplier) for name, supplier, _ in watched.calls}
    assert ("process_request", "ThreadingMixIn") in told
    assert ("get_request", "TCPServer") in told
    kit.show_calls(watched)
    shown = capsys.readouterr().out.splitlines()
    assert any("finish_request" in line and "worker" in line for line in shown)


def test_the_same_call_in_a_row_is_told_once(capsys):
    watched = type("Watched", (), {"calls": [("wait", "Server", "loop")] * 3})
    kit.show_calls(watched)
    (line,) = capsys.readouterr().out.splitlines()
    assert line.endswith("in thread: loop, 3 times")


def test_an_empty_timeline_says_that_it_is(capsys):
    kit.Timeline().show()
    assert "nothing to draw" in capsys.readouterr().out


def test_a_watched_class_can_have_children():
    class Child(kit.watched(ss.TCPServer)):
        def verify_request(self, request, client_address):
            return super().verify_request(request, client_address)

    with kit.running(Child(ADDRESS, Echo)) as server:
        assert kit.ask(server, b"hello") == b"hello"
    assert "verify_request" in [name for name, *_ in Child.calls]


def test_a_timeline_tells_each_span_as_text(fonts, monkeypatch, capsys):
    shown = []
    monkeypatch.setattr(pictures, "_display", shown.append)
    timeline = kit.Timeline()
    with timeline.span("worker", "works"):
        pass
    timeline.show("Who works")
    assert "worker" in capsys.readouterr().out
    assert "<svg" in shown[0]
    assert "Who works" in shown[0]


def test_lanes_are_in_the_order_of_their_numbers(fonts, monkeypatch):
    shown = []
    monkeypatch.setattr(pictures, "_display", shown.append)
    timeline = kit.Timeline()
    for lane in ("client 10", "client 2", "client 1"):
        with timeline.span(lane):
            pass
    timeline.show()
    lanes = re.findall(r"client \d+(?=</text>)", shown[0])
    assert lanes == ["client 1", "client 2", "client 10"]


@pytest.mark.slow
def test_the_family_is_told_as_text_as_well(monkeypatch, capsys):
    shown = []
    monkeypatch.setattr(pictures, "_display", shown.append)
    kit.family()
    said = capsys.readouterr().out
    assert "built on ThreadingMixIn, TCPServer" in said
    assert "<a " not in shown[0]


@pytest.mark.slow
def test_an_xray_is_a_page_of_its_own(monkeypatch):
    shown = []
    monkeypatch.setattr(pictures, "_display", shown.append)
    kit.xray("timeout")
    assert 'data-xray="timeout"' in shown[0]
    assert "handle_timeout" in shown[0]
