"""The processes that build the site, without a site."""

import subprocess
import sys

import pytest

from companion.environment import ROOT
from companion.read import Builders

ONE = """
import os, pathlib, sys
_, folder, _, url = sys.stdin.read().splitlines() or sys.exit()
pathlib.Path(folder).write_text(f"{os.getpid()} {url}")
sys.exit(url == "bad")
"""


@pytest.fixture
def builders():
    """Builders that say who they are, and fail where they are told to."""
    with Builders([sys.executable, "-c", ONE]) as builders:
        yield builders


@pytest.mark.slow
def test_each_build_is_a_process_that_has_waited(builders, tmp_path):
    said = tmp_path / "said"
    for url, good in (("good", True), ("bad", False), ("good", True)):
        waiting = builders.next.pid
        assert builders.build(said, url) is good
        assert said.read_text() == f"{waiting} {url}"
        assert builders.next.pid != waiting


@pytest.mark.slow
def test_one_that_has_died_is_replaced(builders, tmp_path):
    builders.next.kill()
    builders.next.wait()
    assert builders.build(tmp_path / "said", "good")


@pytest.mark.slow
def test_the_one_that_waits_ends_with_whoever_gives_orders():
    with Builders([sys.executable, "-c", ONE]) as builders:
        waiting = builders.next
    assert waiting.returncode == 0


@pytest.mark.slow
@pytest.mark.timeout(30)
def test_what_is_ours_is_loaded_after_the_order():
    pytest.importorskip("mkdocs", reason="the site's packages are not here")
    code = (
        "import sys, companion.builder as it; print(it.main(), "
        "*(name for name in sys.modules if name.startswith('companion')))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        input="",
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == ["0", "companion", "companion.builder"]
