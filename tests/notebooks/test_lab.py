"""`python3 -m companion lab` opens JupyterLab, and a notebook runs there."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from urllib.parse import urlsplit

import pytest

from companion.environment import ROOT
from companion.processes import end_group
from tests.site.conftest import browser, home

__all__ = ["browser", "home"]

pytestmark = pytest.mark.xdist_group("lab")  # started once for all
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/lab\S*")

pytest.importorskip("jupyterlab", reason="JupyterLab is not installed")
expect = pytest.importorskip("playwright.sync_api").expect


@pytest.fixture(scope="module")
def lab():
    """JupyterLab as the command starts it: its address, with the token."""
    server = subprocess.Popen(
        [sys.executable, "-m", "companion", "lab", "--no-browser"],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    said = []
    for line in server.stdout:
        said.append(line)
        if found := ADDRESS.search(line):
            break
    else:
        pytest.fail("JupyterLab did not start:\n" + "".join(said))
    wait_for(found[0])
    yield found[0]
    os.killpg(server.pid, signal.SIGINT)
    server.communicate(timeout=50)
    status = server.returncode
    end_group(server)
    assert status == 0, "a Ctrl-C ends it quietly"


def wait_for(address):
    """Return when somebody listens: the address is told a moment before."""
    host, port = urlsplit(address).netloc.split(":")
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)  # nothing tells, so we ask again


@pytest.mark.slow
def test_it_serves_the_notebooks(lab):
    page, _, token = lab.partition("?token=")
    base = page.partition("/lab")[0]
    url = f"{base}/api/contents/notebooks?token={token}"
    with urllib.request.urlopen(url, timeout=30) as answer:
        listing = answer.read().decode()
    for notebook in ROOT.glob("notebooks/*.ipynb"):
        assert notebook.name in listing


@pytest.mark.slow
@pytest.mark.parametrize("name", ["02_request", "06_mixins"])
@pytest.mark.timeout(180)
def test_restart_and_run_all(lab, browser, name):
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    page.goto(lab.replace("01_map", name))
    panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    panel.locator(".jp-Cell").first.wait_for(timeout=60_000)
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Restart Kernel and Run All").click()
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    # A failing cell stops those below it: the number of the last one tells.
    last = panel.locator(".jp-CodeCell .jp-InputPrompt").last
    expect(last).to_have_text(re.compile(r"\[\d+\]"), timeout=60_000)
    page.close()
