"""What the tools' tests share: trees to run them in, and how to run them."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from companion.environment import ROOT

BARE = getattr(sys, "_base_executable", sys.executable)

# Stands in the place of `read` in a small tree, and says where it runs; or
# what the variables are that one asks for.
HELLO = """\
def main(argv):
    import os, sys, tiny
    if argv:
        print(*(os.environ[name] for name in argv), sep="\\n")
    else:
        print("tiny", tiny.__version__, "in", sys.prefix)
    return 0
"""


class Tree:
    """A checkout, and how its companion answers a bare Python."""

    def __init__(self, root, env):
        self.root = root
        self.env = env

    def command(self, *arguments):
        return [BARE, "-m", "companion", *arguments]

    def run(self, *arguments, prefix=(), **settings):
        return subprocess.run(
            [*prefix, *self.command(*arguments)],
            cwd=self.root,
            env=self.env | settings,
            capture_output=True,
            text=True,
            check=False,
        )

    def start(self, *arguments, **settings):
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.root,
            env=self.env | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture
def small(tmp_path):
    """A small checkout that was never started."""
    return small_tree(tmp_path)


def small_tree(folder):
    """Make a checkout whose `read` needs one small package, beside it."""
    root = folder / "checkout"
    shutil.copytree(
        ROOT / "companion",
        root / "companion",
        ignore=shutil.ignore_patterns("__pycache__", "site"),
    )
    (root / "companion" / "read.py").write_text(HELLO)
    (root / "requirements").mkdir()
    (root / "requirements" / "site.in").write_text("tiny\n")
    (root / "requirements" / "notebooks.in").write_text("tiny\n")
    (root / "requirements.lock").write_text("tiny==1.0\n")
    wheels = folder / "wheels"
    wheels.mkdir()
    for version in ("1.0", "2.0"):
        make_wheel(wheels, version)
    # The user's settings shall not decide what a test sees, nor shall the
    # tools on the user's path.
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PIP_", "VIRTUALENV_"))
    }
    env |= {
        "PATH": os.defpath,
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
    }
    return Tree(root, env)


@pytest.fixture(scope="session")
def started(tmp_path_factory):
    """A small checkout that was started once, and what it said then."""
    folder = tmp_path_factory.mktemp("started")
    tree = small_tree(folder)
    home = folder / "home"
    home.mkdir()
    return tree, tree.run("read", HOME=str(home)), home


@pytest.fixture
def prepared(started, tmp_path):
    """A small checkout of one's own, with its environment made."""
    tree, *_ = started
    root = tmp_path / "checkout"
    shutil.copytree(tree.root, root, symlinks=True)
    return Tree(root, tree.env)


def make_wheel(folder, version):
    """Write the smallest wheel that pip installs."""
    facts = f"tiny-{version}.dist-info"
    with zipfile.ZipFile(
        folder / f"tiny-{version}-py3-none-any.whl", "w"
    ) as wheel:
        wheel.writestr("tiny.py", f"__version__ = '{version}'\n")
        wheel.writestr(
            f"{facts}/METADATA",
            f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n",
        )
        wheel.writestr(
            f"{facts}/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr(f"{facts}/RECORD", "")


@pytest.fixture(scope="session")
def clone(tmp_path_factory):
    """The whole checkout as somebody gets it: what git knows, no more."""
    root = tmp_path_factory.mktemp("clone") / "checkout"
    listed = subprocess.run(
        [
            "git",
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if Path(ROOT, name).is_file():
            Path(root, name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)
    return Tree(root, dict(os.environ))
