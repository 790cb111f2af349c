"""The kit: what it opens it closes, and what it says is kind and true."""

import threading

import pytest

import minisocketserver as ss
from companion.lab import kit

ADDRESS = ("127.0.0.1", 0)


@pytest.fixture(scope="module")
def fonts():
    """What the first picture opens for all others is open."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kit, "_display", lambda markup: None)
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
    monkeypatch.setattr(kit, "PATIENCE", 0.05)
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


def test_a_watched_class_can_have_children():
    class Child(kit.watched(ss.TCPServer)):
        def verify_request(self, request, client_address):
            return super().verify_request(request, client_address)

    with kit.running(Child(ADDRESS, Echo)) as server:
        assert kit.ask(server, b"hello") == b"hello"
    assert "verify_request" in [name for name, *_ in Child.calls]


def test_a_timeline_tells_each_span_as_text(fonts, monkeypatch, capsys):
    shown = []
    monkeypatch.setattr(kit, "_display", shown.append)
    timeline = kit.Timeline()
    with timeline.span("worker", "works"):
        pass
    timeline.show("Who works")
    assert "worker" in capsys.readouterr().out
    assert "<svg" in shown[0]
    assert "Who works" in shown[0]


@pytest.mark.slow
def test_the_family_is_told_as_text_as_well(monkeypatch, capsys):
    shown = []
    monkeypatch.setattr(kit, "_display", shown.append)
    kit.family()
    said = capsys.readouterr().out
    assert "built on ThreadingMixIn, TCPServer" in said
    assert "<a " not in shown[0]


@pytest.mark.slow
def test_an_xray_is_a_page_of_its_own(monkeypatch):
    shown = []
    monkeypatch.setattr(kit, "_display", shown.append)
    kit.xray("timeout")
    assert 'data-xray="timeout"' in shown[0]
    assert "handle_timeout" in shown[0]
