"""`lab`: open JupyterLab on the notebooks."""

import argparse
import json
import os
import subprocess
import sys
from contextlib import suppress

from companion.environment import CACHE, ROOT, TroubleError, explained
from companion.options import port_number
from companion.processes import supervised

from .execute import NOTEBOOKS

GRACE = 8  # seconds for JupyterLab to end after a Ctrl-C, and after asking

# What JupyterLab would otherwise keep in the user's home.
HOMES = {
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    "IPYTHONDIR": "ipython",
}
# What is set for the reader, by the part of JupyterLab that reads it: it asks
# its makers for no news, and draws a notebook whole, for these are short.
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false"},
    "notebook-extension/tracker": {"windowingMode": "none"},
}


def main(argv: list[str]) -> int:
    """Run JupyterLab until Ctrl-C; return its exit status."""
    options = parse(argv)
    if not NOTEBOOKS.is_dir():
        raise TroubleError(
            f"{NOTEBOOKS} is not there: the checkout is not whole. Clone it "
            f"again."
        )
    # The whole checkout, so that links from a notebook to a page work.
    command = [sys.executable, "-m", "jupyterlab", "--notebook-dir", str(ROOT)]
    command += ["--LabApp.default_url=/lab/tree/notebooks/01_map.ipynb"]
    # Told are the address and what goes wrong, no more.
    command += ["--ServerApp.answer_yes=True", "--log-level=ERROR"]
    # Nothing is asked of the internet.
    command += ["--LabApp.extension_manager=readonly"]
    if os.name == "posix" and os.geteuid() == 0:
        command += ["--allow-root"]  # in a container, the only user there is
    if not options.browser:
        command += ["--no-browser"]
    if options.port:
        command += ["--port", str(options.port), "--port-retries", "0"]
    with supervised(command, env=surroundings()) as server:
        try:
            return server.wait()
        except KeyboardInterrupt:
            # JupyterLab has heard it as well, and is ending its kernels;
            # unless it was still starting, and missed it.
            for ending in (server.terminate, server.kill):
                with suppress(subprocess.TimeoutExpired):
                    server.wait(GRACE)
                    break
                ending()
            return 0


def parse(argv: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python3 -m companion lab",
        description="Open the notebooks in JupyterLab, on this machine "
        "alone. Ctrl-C ends it.",
    )
    parser.add_argument("--port", type=port_number, metavar="N")
    parser.add_argument(
        "--no-browser",
        dest="browser",
        action="store_false",
        help="print the address and open nothing",
    )
    return parser.parse_args(argv)


def surroundings() -> dict[str, str]:
    """Return the environment in which JupyterLab keeps to the checkout."""
    folder = CACHE / "jupyter"
    with explained():
        for name, values in SETTINGS.items():
            file = folder / "settings/@jupyterlab"
            file /= f"{name}.jupyterlab-settings"
            if not file.exists():  # what the reader has set since, stays
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(json.dumps(values), encoding="utf-8")
    homes = {name: str(folder / each) for name, each in HOMES.items()}
    path = os.pathsep.join(
        filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])
    )
    return os.environ | homes | {"PYTHONPATH": path}
