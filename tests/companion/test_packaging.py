"""`pip install .` gives the library, and nothing else."""

import subprocess
import sys
import zipfile
from email import message_from_bytes

import pytest

import minisocketserver
from companion.environment import ROOT


@pytest.fixture(scope="module")
def wheel(clone, tmp_path_factory):
    """What pip makes of the checkout, opened."""
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", folder, "."],
        cwd=clone.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (made,) = folder.iterdir()
    with zipfile.ZipFile(made) as opened:
        yield opened


@pytest.mark.slow
@pytest.mark.timeout(300)  # pip fetches what builds it
@pytest.mark.xdist_group("packaging")
class TestWheel:
    def test_the_library_is_all_there_is(self, wheel):
        inside = {
            name for name in wheel.namelist() if ".dist-info" not in name
        }
        library = ROOT / "minisocketserver"
        expected = {*library.glob("*.py"), library / "py.typed"}
        assert inside == {
            path.relative_to(ROOT).as_posix() for path in expected
        }

    def test_it_depends_on_nothing_and_knows_its_version(self, wheel):
        (facts,) = (
            name for name in wheel.namelist() if name.endswith("/METADATA")
        )
        metadata = message_from_bytes(wheel.read(facts))
        assert metadata["Version"] == minisocketserver.__version__
        needed = metadata.get_all("Requires-Dist", [])
        assert [each for each in needed if "extra ==" not in each] == []

    def test_license_and_notice_come_along(self, wheel):
        names = {name.rpartition("/")[2] for name in wheel.namelist()}
        assert {"LICENSE", "NOTICE"} <= names
