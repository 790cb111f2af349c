"""Well-known packages serve real requests with the mini in place.

Each guest is a script that runs twice, on the original and on the stand-in,
and must get the same answers.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from companion.suites.run import ROOT, STANDIN

GUESTS = Path(__file__).parent / "guests"


def visit(guest, *path):
    """Run the script with `path` in front; return what it signed."""
    done = subprocess.run(
        [sys.executable, "-W", "always::ResourceWarning", GUESTS / guest],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    assert "ResourceWarning" not in done.stderr, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("guest", "stands_on"),
    [
        pytest.param(
            "with_werkzeug.py",
            {"base", "tcp", "threaded", "forking"},
            marks=pytest.mark.skipif(
                not hasattr(os, "fork"), reason="needs os.fork"
            ),
        ),
        ("with_prometheus_client.py", {"base", "tcp", "threaded"}),
        ("with_dnslib.py", {"base", "tcp", "udp", "threaded"}),
    ],
)
def test_a_guest_gets_the_same_answers_from_the_mini(guest, stands_on):
    original = visit(guest, ROOT)
    mini = visit(guest, STANDIN, ROOT)

    assert "socketserver" in original["modules"]
    assert "socketserver" not in mini["modules"]
    assert {f"minisocketserver.{name}" for name in stands_on} <= set(
        mini["modules"]
    )
    assert mini["answers"] == original["answers"]
    assert original["answers"]
