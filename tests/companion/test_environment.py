"""The companion's own Python: made, kept, renewed, and refused politely."""

import errno
import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from companion import environment

pytestmark = [
    pytest.mark.xdist_group("environment"),  # made once for all
    pytest.mark.timeout(300),  # making one is work, on a busy machine
]
slow = pytest.mark.slow


def said_without_traceback(done, *words):
    """Hold a refusal to the law: one clear sentence, and a status."""
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


# -- Making and keeping


@slow
def test_the_first_start_makes_the_environment(started):
    tree, first, _ = started
    assert "Making" in first.stdout
    assert f"tiny 1.0 in {tree.root / '.venv'}" in first.stdout


@slow
def test_everything_is_written_inside_the_checkout(started):
    _, first, home = started
    assert first.returncode == 0
    assert list(home.iterdir()) == []


@slow
def test_the_tools_keep_their_caches_inside_the_checkout(prepared):
    names = ("PIP_CACHE_DIR", "VIRTUALENV_OVERRIDE_APP_DATA")
    folders = prepared.run("read", *names).stdout.splitlines()
    assert len(folders) == len(names)
    for folder in folders:
        assert prepared.root in Path(folder).parents


@slow
def test_the_second_start_goes_straight_on(prepared):
    second = prepared.run("read")
    assert second.stdout == f"tiny 1.0 in {prepared.root / '.venv'}\n"


@slow
def test_a_changed_lock_is_noticed(prepared):
    (prepared.root / "requirements.lock").write_text("tiny==2.0\n")
    again = prepared.run("read")
    assert "tiny 2.0" in again.stdout
    assert "Making" not in again.stdout


@slow
def test_another_python_gets_its_own_environment(prepared):
    stamp = prepared.root / ".venv" / "companion.json"
    facts = json.loads(stamp.read_text())
    stamp.write_text(json.dumps(facts | {"python": "another"}))
    rubbish = prepared.root / ".venv" / "rubbish"
    rubbish.touch()
    again = prepared.run("read")
    assert "Making" in again.stdout
    assert "tiny 1.0" in again.stdout
    assert not rubbish.exists()


@slow
def test_after_a_killed_start_two_at_once_set_it_right(small):
    with small.start("read") as first:
        next(line for line in first.stdout if "Making" in line)
        first.kill()
    assert first.returncode == -signal.SIGKILL

    with small.start("read") as one, small.start("read") as other:
        told = [one.communicate()[0], other.communicate()[0]]
    assert all("tiny 1.0" in text for text in told)
    assert sum("Making" in text for text in told) == 1


@slow
@pytest.mark.skipif(os.name == "nt", reason="there are no FIFOs")
@pytest.mark.parametrize("module", ["venv", "pip"])
def test_what_a_killed_start_has_begun_ends_before_another(small, module):
    fifo = small.root / "fifo"
    os.mkfifo(fifo)
    hold = small.root / "hold"
    hold.mkdir()
    (hold / "sitecustomize.py").write_text(
        f"import sys\n"
        f"if sys.orig_argv[1:3] == ['-m', {module!r}]:\n"
        f"    open({str(fifo)!r}).read()\n"
    )
    with small.start("read", PYTHONPATH=str(hold)) as first:
        with fifo.open("w"):  # opens as soon as what is begun reads it
            first.kill()
            another = small.start("read")
            assert "waiting for it" in another.stdout.readline()
        with another:
            assert "tiny 1.0" in another.communicate()[0]


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """An environment that is nowhere near the one that runs the tests."""
    monkeypatch.setattr(environment, "CACHE", tmp_path)
    monkeypatch.setattr(environment, "PIP_LOG", tmp_path / "pip.log")
    monkeypatch.setattr(environment, "STAMP", tmp_path / "stamp.json")


def test_an_interrupted_installation_is_no_installation(
    elsewhere, monkeypatch
):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(environment, "supervised", interrupted)
    stamp = {"python": environment.identity()}
    environment.write_stamp(stamp)
    with pytest.raises(KeyboardInterrupt):
        environment.install(["site"], stamp)
    assert environment.read_stamp() == {}


@pytest.mark.skipif(os.name == "nt", reason="there a lock wakes nobody")
def test_who_has_to_wait_is_woken_by_the_lock(elsewhere, monkeypatch):
    try_lock = environment.try_lock
    monkeypatch.setattr(environment, "try_lock", lambda file: False)
    monkeypatch.setattr(environment.time, "sleep", pytest.fail)
    with environment.only_one():
        lock = environment.CACHE / "venv.lock"
        with lock.open("w") as another:
            assert not try_lock(another)


# -- Refusing


@slow
def test_without_a_network_the_cure_is_told_and_the_rest_is_kept(prepared):
    lock = prepared.root / "requirements.lock"
    lock.write_text("tiny==2.0\n")
    offline = {
        "PIP_NO_INDEX": "",
        "PIP_FIND_LINKS": "",
        "PIP_INDEX_URL": "http://127.0.0.1:9/",
        "PIP_RETRIES": "0",
    }
    said_without_traceback(
        prepared.run("read", **offline), "network", "run the command again"
    )
    lock.write_text("tiny==1.0\n")
    again = prepared.run("read", **offline)
    assert again.stdout == f"tiny 1.0 in {prepared.root / '.venv'}\n"


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_without_venv_is_told_how_to_get_it(small, module):
    hide = (
        f"import runpy, sys; sys.modules[{module!r}] = None; "
        f"sys.argv = ['companion', 'read']; "
        f"runpy.run_module('companion', run_name='__main__')"
    )
    done = subprocess.run(
        [*small.command()[:1], "-c", hide],
        cwd=small.root,
        capture_output=True,
        text=True,
        check=False,
    )
    said_without_traceback(done, "apt install python3", "-venv")
    assert not (small.root / ".venv").exists()


def test_an_environment_that_is_not_ours_is_left_alone(small):
    treasure = small.root / ".venv" / "treasure"
    treasure.parent.mkdir()
    treasure.touch()
    said_without_traceback(small.run("read"), "did not make it", "Rename")
    assert treasure.exists()


def test_a_checkout_that_cannot_be_written_is_named(small, as_anybody):
    small.root.chmod(0o555)
    try:
        done = small.run("read", prefix=as_anybody)
    finally:
        small.root.chmod(0o755)
    said_without_traceback(done, str(small.root), "where you may write")


def test_a_full_disk_is_named_when_python_meets_it():
    with (
        pytest.raises(environment.TroubleError, match="disk is full"),
        environment.explained(),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_named_when_pip_meets_it():
    output = "ERROR: Could not install: [Errno 28] No space left on device\n"
    with pytest.raises(environment.TroubleError, match="disk is full"):
        environment.pip_trouble(output)


# -- What is pinned


@pytest.mark.parametrize("group", ["site", "test"])
def test_every_requirement_is_pinned_and_has_its_reason(group):
    pinned = {
        line.split("==")[0]
        for line in environment.LOCK.read_text().splitlines()
        if "==" in line
    }
    reasoned = False
    for line in environment.requirements(group).read_text().splitlines():
        if line.startswith("#"):
            reasoned = True
        elif not line:
            reasoned = False
        else:
            name = line.split(">")[0].split("=")[0].strip()
            assert name in pinned
            assert reasoned, f"{name} has no reason"
            reasoned = False


def test_the_lock_names_no_host():
    assert "://" not in environment.LOCK.read_text()
