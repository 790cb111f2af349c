"""The history page is true: each Python that is installed is asked.

A probe is a question to a Python's own `socketserver`. Which answer each
version gives stands below; that the page names each probe is a test, too.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from companion.environment import ROOT

PAGE = (ROOT / "docs" / "en" / "history.md").read_text("utf-8")
SCRIPT = Path(__file__).parent / "data" / "probes.py"

# What each probe says before a version and from it on.
CHANGES = {
    "name": ("SocketServer", (3, 0), "socketserver"),
    "selectors": (False, (3, 0), True),
    "service-actions": (False, (3, 0), True),
    "collects-on-each-turn": (False, (3, 0), True),
    "exit-comes-out": (False, (3, 0), True),
    "report-on-stdout": (True, (3, 0), False),
    "without-buffer": ("_fileobject", (3, 0), "_SocketWriter"),
    "with-block": (False, (3, 0), True),
    "waits-for-threads": (False, (3, 7), True),
    "block-on-close": (None, (3, 7), True),
    "report-says": (["happened"], (3, 9), ["occurred"]),
    "reuse-port": (False, (3, 11), True),
    "forking-unix": (False, (3, 12), True),
}

# What other tests ask about.
LASTING = {"tree", "hooks", "keeps-all-threads", "backlog", "text"}


def found():
    """Every Python here: the one that runs this, pyenv's, and the path's."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    names = ["python2.7", *(f"python3.{minor}" for minor in range(6, 16))]
    on_path = filter(None, map(shutil.which, names))
    pythons = [*pyenv.glob("versions/*/bin/python"), *map(Path, on_path)]
    # The same one may be reachable by several names, and pyenv's names on
    # the path lead to whichever it has switched on.
    others = {each.resolve() for each in pythons if "shims" not in each.parts}
    return [Path(sys.executable), *sorted(others)]


@cache
def answers(python):
    """What the probes say there."""
    run = subprocess.run(
        [python, "-E", "-s", SCRIPT],
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert run.returncode == 0, run.stderr.decode()
    said = json.loads(run.stdout)
    return said | {"version": tuple(said["version"])}


every_python = pytest.mark.parametrize("python", found(), ids=str)


@pytest.mark.slow
@every_python
def test_a_python_answers_as_the_page_says(python):
    said = answers(python)
    for probe, (before, since, after) in CHANGES.items():
        expected = after if said["version"] >= since else before
        assert said[probe] == expected, probe
    in_37 = said["version"][:2] == (3, 7)
    assert said["keeps-all-threads"] is in_37, "the leak was in 3.7 alone"


@pytest.mark.slow
@every_python
def test_the_tree_and_the_order_of_the_hooks_have_not_changed(python):
    ours = answers(Path(sys.executable))
    said = answers(python)
    assert said["hooks"] == ours["hooks"]
    for name, parents in said["tree"].items():
        # What one of them lacks, the list of changes has.
        assert ours["tree"].get(name, parents) == parents


@pytest.mark.slow
@every_python
def test_five_clients_may_queue_before_3_15(python):
    said = answers(python)
    if said["version"] < (3, 15):
        assert said["backlog"] == 5
    else:
        assert said["backlog"] > 5


@pytest.mark.slow
def test_two_releases_have_the_same_text():
    texts = {said["version"]: said["text"] for said in map(answers, found())}
    pair = [texts.get((3, 12, 1)), texts.get((3, 13, 0))]
    if None in pair:
        pytest.skip("needs Python 3.12.1 and 3.13.0")
    assert pair[0] == pair[1]


def test_the_page_names_every_probe_and_no_other():
    probes = r"\(?\bprobes?((?:\s+(?:and\s+)?`[\w-]+`)+)"
    named = {
        name
        for group in re.findall(probes, PAGE)
        for name in re.findall(r"`([\w-]+)`", group)
    }
    assert named == {*CHANGES, *LASTING}


@pytest.mark.parametrize("probe", CHANGES)
def test_a_probe_is_named_under_the_version_that_it_is_about(probe):
    _, since, _ = CHANGES[probe]
    [section] = [
        each
        for each in re.split(r"^## ", PAGE, flags=re.M)
        if f"`{probe}`" in each
    ]
    title = section.partition("\n")[0]
    versions = [
        tuple(map(int, each.split(".")))
        for each in re.findall(r"\d+\.\d+", title)
    ]
    if probe == "name":
        assert versions == [(2, 7)]
    else:
        assert since in versions
