"""`python3 -m companion xray`: one's own server, and all that may fail."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

pytest.importorskip("markdown", reason="the site's packages are not here")

from companion.environment import ROOT
from companion.xray import RecordingError, command, own

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        sys.platform == "win32", reason="scripts are ended by signals"
    ),
]

SERVER = '''\
"""Shout back.

What my own server does.
"""

import socket
import threading

import {module} as socketserver


class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.readline().upper())


with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Upper) as server:
    loop = threading.Thread(target=server.serve_forever, args=(0.05,))
    loop.start()
    with socket.create_connection(server.server_address) as client:
        client.sendall(b"hello\\n")
        print(client.makefile("rb").readline().decode())
    server.shutdown()
    loop.join()
'''

BEGUN = """\
import socketserver
server = socketserver.TCPServer(("127.0.0.1", 0), None)
server.server_close()
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(code, name="my_server.py"):
        (tmp_path / name).write_text(code)
        return tmp_path / name

    return write


@pytest.mark.parametrize(
    ("module", "implementation"),
    [("socketserver", "stdlib"), ("minisocketserver", "mini")],
)
def test_a_server_that_ends_is_recorded_whole(
    write, capfd, module, implementation
):
    script = write(SERVER.format(module=module))
    assert command.main([script.name]) == 0
    assert "HELLO" in capfd.readouterr().out, "its own output is shown"
    done = own.run(script, [], 20)
    assert not done.trouble
    assert done.recording.implementation == implementation
    assert done.recording.title == "Shout back"
    called = {f.symbol for f in done.recording.functions}
    assert {"Upper.handle", "ThreadingMixIn.process_request"} <= called


def test_the_page_is_one_file_with_everything_in_it(write):
    script = write(SERVER.format(module="socketserver"))
    assert command.main(["--output", "seen.html", script.name]) == 0
    page = (script.parent / "seen.html").read_text()
    assert "<xray-player>" in page
    assert "Upper.handle" in page
    assert 'src="' not in page
    assert "<link" not in page


def test_a_script_that_does_not_exist_is_named(write, capsys):
    write("")
    with pytest.raises(RecordingError, match=r"no file nope\.py"):
        command.main(["--output", "seen.html", "nope.py"])
    assert not Path("seen.html").exists(), "an empty page was left"


def test_a_script_that_never_ends_is_stopped_and_shown(write, capsys):
    script = write(
        BEGUN + "import threading\nthreading.Event().wait()\n", "my.py"
    )
    assert command.main(["--limit", "1", script.name]) == 1
    assert "after 1 s and was stopped; --limit" in capsys.readouterr().err
    assert (
        "TCPServer.server_close"
        in (script.parent / "my.xray.html").read_text()
    )


def test_a_script_that_hears_no_signal_is_stopped_as_well(write, monkeypatch):
    monkeypatch.setattr(own, "GRACE", 0.1)
    script = write(
        BEGUN + "import signal, threading\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "threading.Event().wait()\n"
    )
    done = own.run(script, [], 1)
    assert "was stopped" in done.trouble
    assert done.recording.ended == done.trouble


@pytest.mark.parametrize("code", ["print('hello')", "import socketserver"])
def test_a_script_without_a_server_is_told_so(write, code):
    script = write(code)
    with pytest.raises(RecordingError, match=r"Nothing was recorded.*server"):
        own.run(script, [], 20)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("1 / 0", r"died of ZeroDivisionError: .* \(line 1\)"),
        ("def (", r"died of SyntaxError: .*my_server\.py, line 1"),
    ],
)
def test_a_script_that_dies_before_there_is_a_server_is_to_be_mended(
    write, code, said
):
    script = write(code)
    with pytest.raises(RecordingError, match=f"{said}.*: mend it"):
        own.run(script, [], 20)


def test_a_missing_script_is_all_that_is_asked_for(capsys):
    with pytest.raises(SystemExit):
        command.parse([])
    assert "required: script\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("raise ValueError('my mistake')", r"died of ValueError: my mistake"),
        ("import sys; sys.exit(3)", "ended with status 3"),
        ("import sys; sys.exit('no luck')", "ended with status 1"),
        ("import os; os.kill(os.getpid(), 9)", "ended by SIGKILL"),
    ],
)
def test_a_script_that_dies_keeps_what_was_recorded(write, end, said):
    done = own.run(write(BEGUN + end), [], 20)
    assert said in done.trouble
    assert done.recording.rows
    assert done.recording.ended == done.trouble


def test_the_line_on_which_it_died_is_told_and_its_traceback_is_its_own(
    write, capfd
):
    done = own.run(write(BEGUN + "raise ValueError('oh')"), [], 20)
    assert "(line 4)" in done.trouble
    assert "companion" not in capfd.readouterr().err


def test_what_the_script_is_given_reaches_it(write, capfd):
    script = write(BEGUN + "import sys; print(sys.argv[1:])")
    command.main([script.name, "--", "one", "--two"])
    assert "['one', '--two']" in capfd.readouterr().out


def test_idle_turns_are_told_once(write):
    many = write(
        "import socketserver, threading\n"
        "class Server(socketserver.TCPServer):\n"
        "    turns = 0\n"
        "    def service_actions(self):\n"
        "        Server.turns += 1\n"
        "        if Server.turns == 50:\n"
        "            raise SystemExit\n"
        "with Server(('127.0.0.1', 0), None) as server:\n"
        "    server.serve_forever(0.001)\n"
    )
    recording = own.run(many, [], 20).recording
    called = [s for s in recording.steps() if s.event == "call"]
    turns = [s for s in called if s.function.name == "service_actions"]
    assert 1 <= len(turns) <= 4


def test_a_run_that_is_too_long_is_cut_and_says_so(write, capsys):
    script = write(
        "import socketserver\n"
        "for _ in range(400):\n"
        "    socketserver.TCPServer(('127.0.0.1', 0), None).server_close()\n"
    )
    done = own.run(script, [], 20)
    assert "longer than 5000 steps" in done.recording.ended
    assert len(done.recording.rows) <= 5000
    assert command.main([script.name]) == 0
    assert done.recording.ended in capsys.readouterr().err
    page = (script.parent / "my_server.xray.html").read_text()
    before, _, _ = page.partition("<xray-player>")
    assert f"<p><strong>{done.recording.ended}</strong></p>" in before


def test_a_run_that_is_too_long_and_dies_says_both(write):
    script = write(
        "import socketserver\n"
        "for _ in range(400):\n"
        "    socketserver.TCPServer(('127.0.0.1', 0), None).server_close()\n"
        "1 / 0\n"
    )
    ended = own.run(script, [], 20).recording.ended
    assert "died of ZeroDivisionError" in ended
    assert "longer than 5000 steps" in ended


def test_a_script_that_asks_is_told_that_nobody_answers(write):
    done = own.run(write(BEGUN + "input('Stop? ')"), [], 20)
    assert done.trouble.endswith("(line 4): xray gives it no input.")
    done = own.run(write(BEGUN + "raise ValueError"), [], 20)
    assert "input" not in done.trouble


@pytest.mark.parametrize(
    ("module", "has"), [("socketserver", True), ("minisocketserver", False)]
)
def test_a_page_with_the_originals_code_says_whose_it_is(write, module, has):
    script = write(SERVER.format(module=module))
    command.main([script.name])
    page = (script.parent / "my_server.xray.html").read_text()
    assert ("copyright © Python Software Foundation" in page) == has


def test_a_statement_of_several_lines_is_told_as_one(write):
    script = write(BEGUN)
    command.main([script.name])
    page = (script.parent / "my_server.xray.html").read_text()
    whole = "socket.socket(self.address_family, self.socket_type)"
    assert page.count(f"runs <code>self.socket = {whole}</code>") == 1


def test_ctrl_c_ends_the_script_and_keeps_the_page(write):
    script = write(
        BEGUN + "import threading\nprint('up', flush=True)\n"
        "threading.Event().wait()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", _COMMAND, script.name],
        cwd=script.parent,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        watchdog = threading.Timer(20, program.kill)
        watchdog.start()
        try:
            while "up" not in program.stdout.readline():
                assert program.poll() is None
            program.send_signal(signal.SIGINT)
            said, _ = program.communicate()
        finally:
            watchdog.cancel()
            watchdog.join()
    assert program.returncode == 0
    assert "my_server.xray.html has" in said


_COMMAND = """\
import sys
from companion.xray.command import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("limit", ["0", "-1", "soon", "nan", "inf"])
def test_a_limit_that_is_no_time_is_refused(limit, capsys):
    with pytest.raises(SystemExit):
        command.main([f"--limit={limit}", "my_server.py"])
    assert f"{limit} is no time" in capsys.readouterr().err


def test_a_script_that_is_called_like_a_file_of_the_text_is_told_apart(write):
    script = write(SERVER.format(module="minisocketserver"), "tcp.py")
    recording = own.run(script, [], 20).recording
    files = {f.symbol: f.file for f in recording.functions}
    assert files["Upper.handle"] == "./tcp.py"
    assert files["TCPServer.server_bind"] == "tcp.py"
