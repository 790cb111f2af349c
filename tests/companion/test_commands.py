"""The commands: greeting, help, refusals, and two that people begin with."""

import re
import runpy
import signal
import socket
import subprocess
import sys
import time
import urllib.request

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


@pytest.mark.parametrize("name", commands.COMMANDS)
def test_each_command_has_help_before_anything_is_installed(name):
    done = companion(name, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("usage: ")


def test_help_behind_two_dashes_is_not_ours():
    assert commands.asks_for_help(["--quick", "-h"])
    assert not commands.asks_for_help(["--quick", "--", "-h"])


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
    assert said.endswith("\nSteps: 3 passed, 2 failed\n")


def test_all_is_well_when_each_step_is(steps, monkeypatch, capfd):
    monkeypatch.setattr(test, "TESTS", ["this"])
    assert test.main([]) == 0
    assert capfd.readouterr().out.endswith("\nSteps: 5 passed, 0 failed\n")


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


@pytest.mark.slow
@pytest.mark.timeout(600)  # it installs from the network
def test_a_fresh_clone_is_read(clone):
    began = time.monotonic()
    with clone.start("read", "--no-browser") as reader:
        try:
            url = address(reader)
            first_start = time.monotonic() - began
            assert "minisocketserver" in fetch(url)
            no_page_breaks_the_show(clone, reader, url)
        finally:
            reader.send_signal(signal.SIGINT)
        rest = reader.stdout.read()
    assert reader.returncode == 0
    assert "Traceback" not in rest

    began = time.monotonic()
    with clone.start("read", "--no-browser") as reader:
        line = reader.stdout.readline()
        second_start = time.monotonic() - began
        reader.send_signal(signal.SIGINT)
        rest = reader.stdout.read()
    assert "Building" in line
    assert "Traceback" not in rest
    assert second_start < max(2, first_start / 5)
    assert not list((clone.root / ".cache").glob("site-*"))


def address(reader):
    """Return the address that `read` prints, once it does."""
    said = []
    for line in reader.stdout:
        said.append(line)
        if found := re.search(r"http://\S+/", line):
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
