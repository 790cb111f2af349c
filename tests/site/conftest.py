"""The built site, served to a real browser; both live for the whole run."""

import functools
import json
import os
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from companion.environment import ROOT, find_browser, in_ci, wait_for_lock
from companion.read import run_notebooks

HERE = Path(__file__).parent

# Nobody watches, and the machine's network is none of its business.
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# Whoever is first waits for the site, and for all that runs while it is built.
BUILT_WITHIN = 300  # seconds


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.timeout(BUILT_WITHIN))


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of the site, built once from the checkout as it is."""
    place = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent  # which belongs to all workers of this run
    folder, verdict = place / "site", place / "site.json"
    with (place / "site.lock").open("w") as lock:
        wait_for_lock(lock)
        if not verdict.exists():
            run_notebooks()
            run = build(ROOT, folder)
            verdict.write_text(json.dumps([run.returncode, run.stderr]))
    status, said = json.loads(verdict.read_text())
    if status:
        pytest.fail(f"the site cannot be built:\n{said}")
    return folder


def build(root, folder):
    """Build the site of a checkout; a warning is an error."""
    # Not with --quiet: MkDocs counts the warnings that it prints.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    return subprocess.run(
        [*command, "--site-dir", str(folder)],
        cwd=root,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


class Quiet(SimpleHTTPRequestHandler):
    """Serve files, and say nothing about it."""

    # Browsers open connections in advance, and ask nothing over some.
    timeout = 0.5

    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def address(site):
    """Where the site is served: the URL of the home page."""
    handler = functools.partial(Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """Where Chromium may write: the user's home is none of its business."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def browser(home):
    """Chromium. Without one the tests are skipped; CI must have one."""
    executable = find_browser()
    if not executable:
        reason = "no Chromium on the path: the site is not looked at"
        (pytest.fail if in_ci() else pytest.skip)(reason)
    playwright = pytest.importorskip("playwright.sync_api")
    homes = ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=executable,
            args=SWITCHES,
            env=os.environ | dict.fromkeys(homes, str(home)),
        )
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser, address):
    """Open a page of the site, in a window of its own."""
    contexts = []

    def open_page(path="", **window):
        context = browser.new_context(reduced_motion="reduce", **window)
        contexts.append(context)
        page = context.new_page()
        page.goto(address + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
