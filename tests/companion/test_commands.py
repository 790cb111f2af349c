"""The commands: greeting, help, refusals, and two that people begin with."""

import re
import runpy
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from companion import commands, read, test
from companion.environment import ROOT


def companion(*arguments):
    """Run the companion on a Python that sees no packages at all."""
    return subprocess.run(
        [sys.executable, "-S", "-m", "companion", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


# -- The door


def test_alone_it_says_what_one_can_do():
    done = companion()
    assert done.returncode == 0
    for name in commands.COMMANDS:
        assert f"python3 -m companion {name} " in done.stdout


def test_an_unknown_command_is_answered_with_the_list():
    done = companion("raed")
    assert done.returncode == 2
    first, *rest = done.stderr.splitlines()
    assert "'raed'" in first
    assert len(rest) == len(commands.COMMANDS)


@pytest.mark.slow
@pytest.mark.parametrize("name", commands.COMMANDS)
def test_each_command_has_help_before_anything_is_installed(name):
    done = companion(name, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("usage: ")


def test_help_behind_two_dashes_is_not_ours():
    assert commands.asks_for_help(["--quick", "-h"])
    assert not commands.asks_for_help(["--quick", "--", "-h"])


@pytest.mark.slow
def test_a_reader_who_leaves_early_is_no_error():
    with subprocess.Popen(
        [sys.executable, "-S", "-m", "companion", "lint"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as linter:
        linter.stdout.close()
        assert linter.stderr.read() == b""
        assert linter.wait() == 1


FULL = Path("/dev/full")  # a disk that has no room, on Linux


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("arguments", [[], ["lint"]], ids=["alone", "lint"])
@pytest.mark.slow
def test_an_output_that_has_no_room_is_told_in_a_sentence(arguments):
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-S", "-m", "companion", *arguments],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("The output could not be written: the disk")
    assert done.stderr.count("\n") == 1


def test_an_old_python_is_told_so_in_a_sentence(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    with pytest.raises(SystemExit, match=r"needs Python 3\.10 or newer"):
        runpy.run_module("companion", run_name="__main__")


def test_the_door_can_be_read_by_any_python():
    source = (ROOT / "companion" / "__main__.py").read_text()
    assert not re.search(r"\bf[\"']|:=|->|\bmatch\b", source)


# -- test


@pytest.fixture
def steps(monkeypatch):
    """Steps that are quick: two that fail, between two that pass."""
    monkeypatch.setattr(test, "CHECKS", [("One", ["this"])])
    monkeypatch.setattr(test, "TESTS", ["no_such_module"])
    monkeypatch.setattr(test, "EVERY_PYTHON", ("Three", ["this"]))
    monkeypatch.setattr(test, "find_browser", lambda: "/a/browser")


def test_every_step_runs_although_one_fails(steps, capfd):
    assert test.main([]) == 1
    said = capfd.readouterr().out
    assert said.count("Beautiful is better than ugly.") == 2
    assert said.endswith("\nSteps: 3 passed, 3 failed\n")


def test_all_is_well_when_each_step_is(steps, monkeypatch, capfd):
    monkeypatch.setattr(test, "TESTS", ["this"])
    assert test.main([]) == 0
    assert capfd.readouterr().out.endswith("\nSteps: 6 passed, 0 failed\n")


@pytest.mark.parametrize(
    ("arguments", "told"), [([], True), (["--", "-k", "shutdown"], False)]
)
def test_nox_leaves_out_only_what_was_tested(arguments, told):
    here = f"tested={sys.version_info[0]}.{sys.version_info[1]}"
    _, nox = test.tests(test.parse(arguments))[-1]
    assert nox[0] == "nox"
    assert (here in nox) == told


@pytest.mark.parametrize(("ci", "status"), [("true", 1), ("", 0)])
def test_only_ci_must_have_a_browser(steps, monkeypatch, capfd, ci, status):
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(test, "TESTS", ["this"])
    monkeypatch.setattr(test, "find_browser", lambda: None)
    assert test.main([]) == status
    assert "Install chromium" in capfd.readouterr().out


@pytest.mark.parametrize(
    "given", [["--quick", "--", "-k", "shutdown"], ["--", "-k", "shutdown"]]
)
def test_what_follows_two_dashes_is_for_pytest(given):
    assert test.parse(given).pytest == ["-k", "shutdown"]


# The tests as they are, but for one step: it says so, and waits for us.
PATIENT = """
import sys
from companion import commands, environment, test
environment.enter = lambda *_: None
test.CHECKS = [("One", ["waits"])]
test.ROOT = sys.argv[1]
sys.exit(commands.main(["test", "--quick"]))
"""
WAITS = """
import threading
print("waiting", flush=True)
threading.Event().wait(60)
"""


@pytest.mark.slow
@pytest.mark.timeout(30)  # half of what the step would wait
def test_who_ends_the_tests_ends_their_steps_too(tmp_path):
    (tmp_path / "waits.py").write_text(WAITS)
    with subprocess.Popen(
        [sys.executable, "-c", PATIENT, str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as tests:
        next(line for line in tests.stdout if "waiting" in line)
        tests.terminate()
        # The pipe is the step's, too: it ends when both have.
        assert "===" not in tests.stdout.read()
    assert tests.returncode == 128 + signal.SIGTERM


def test_a_checkout_that_cannot_be_written_is_not_tested(
    monkeypatch, tmp_path
):
    monkeypatch.setattr(test, "ROOT", tmp_path / "gone")
    with pytest.raises(test.TroubleError, match="where you may write"):
        test.main(["--quick"])


# -- read


def test_a_port_that_is_taken_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(read.TroubleError, match=f"Port {port} "):
            read.free_port(port)


def test_a_port_that_cannot_be_is_named():
    done = companion("read", "--port", "70000", "--help")
    assert done.returncode == 2
    assert "a port is a number from 1 to 65535" in done.stderr


def test_another_port_is_found_when_the_usual_one_is_taken(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(read, "USUAL_PORT", port)
        assert read.free_port(None) not in (0, port)


@pytest.mark.parametrize(
    ("variables", "seen"),
    [
        ({}, False),
        ({"DISPLAY": ""}, False),
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
    ],
)
def test_on_linux_a_screen_has_its_variable(monkeypatch, variables, seen):
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert read.has_screen() is seen


@pytest.mark.slow
@pytest.mark.parametrize(
    ("screen", "arguments", "count"),
    [(True, [], 1), (False, [], 0), (True, ["--no-browser"], 0)],
)
def test_a_browser_is_opened_where_one_can_be_seen(
    tmp_path, monkeypatch, screen, arguments, count
):
    livereload = pytest.importorskip("mkdocs.livereload")

    def end(_):
        raise KeyboardInterrupt

    class Builders(read.Builders):
        def build(self, folder, url):
            folder.mkdir()
            return True

    opened = []
    monkeypatch.setattr(livereload.webbrowser, "open", opened.append)
    monkeypatch.setattr(livereload.LiveReloadServer, "_build_loop", end)
    monkeypatch.setattr(read, "CACHE", tmp_path)
    monkeypatch.setattr(read, "Builders", Builders)
    monkeypatch.setattr(read, "has_screen", lambda: screen)
    assert read.main(arguments) == 0
    assert len(opened) == count


def test_a_preview_that_cannot_be_written_is_refused(tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    cache.touch()
    monkeypatch.setattr(read, "CACHE", cache)
    with pytest.raises(read.TroubleError, match=f"{cache} could not be"):
        read.main(["--no-browser"])


@pytest.mark.parametrize("inside", [".", "folder"])
def test_a_site_that_cannot_be_written_is_refused(tmp_path, inside):
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(read.TroubleError, match=rf"{file}.* may write"):
        read.main(["--build", str(file / inside)])


def test_a_build_that_fails_says_why(tmp_path, monkeypatch, capsys):
    pytest.importorskip("mkdocs")

    def fail(*_):
        raise ZeroDivisionError("no half of nothing")

    monkeypatch.setattr(read, "run_notebooks", lambda: None)
    monkeypatch.setattr(read, "build_language", fail)
    assert read.main(["--build", str(tmp_path)]) == 1
    assert "no half of nothing" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.timeout(600)  # it installs from the network
def test_a_fresh_clone_is_read(clone):
    began = time.monotonic()
    with clone.start("read", "--no-browser") as reader:
        try:
            url = address(reader)
            first_start = time.monotonic() - began
            assert "minisocketserver" in fetch(url)
            assert (clone.root / ".cache" / "jieba.cache").exists()
            no_page_breaks_the_show(clone, reader, url)
        finally:
            reader.send_signal(signal.SIGINT)
        rest = reader.stdout.read()
    assert reader.returncode == 0
    assert "Traceback" not in rest

    # Of three, because others may keep the machine busy.
    assert min(second_start(clone) for _ in range(3)) < first_start / 5
    assert not list((clone.root / ".cache").glob("site-*"))


def second_start(clone):
    """Return the seconds until `read` speaks where all is installed."""
    began = time.monotonic()
    with clone.start("read", "--no-browser") as reader:
        line = reader.stdout.readline()
        seconds = time.monotonic() - began
        reader.send_signal(signal.SIGINT)
        rest = reader.stdout.read()
    assert "Building" in line
    assert "Traceback" not in rest
    return seconds


def address(reader):
    """Return the address that `read` prints, once it does."""
    said = []
    for line in reader.stdout:
        said.append(line)
        if found := re.search(r"http://\S+/", line):
            assert "DEBUG" not in "".join(said)
            return found[0]
    raise AssertionError("no address in: " + "".join(said))


def fetch(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read().decode()


def no_page_breaks_the_show(clone, reader, url):
    """A change is built; a build that breaks leaves what was there."""
    home = clone.root / "docs" / "en" / "index.md"
    home.write_text(home.read_text() + "\nA sentence more.\n")
    until(reader, "Built.")
    assert "A sentence more." in fetch(url)

    config = clone.root / "mkdocs.yml"
    sound = config.read_text()
    config.write_text(sound + "\nno_such_setting: [\n")
    until(reader, "stays on show")
    assert "A sentence more." in fetch(url)
    config.write_text(sound)
    until(reader, "Built.")


def until(reader, words):
    """Read on until a line has `words` in it; pytest's timeout ends it."""
    for line in reader.stdout:
        if words in line:
            return
    raise AssertionError(f"it ended without saying {words!r}")
