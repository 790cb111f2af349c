"""What the notebooks' tests share: the files, and a kernel to run them in."""

import pytest

pytest.importorskip("nbclient", reason="nothing here can run a notebook")

import nbclient
import nbformat

from companion.environment import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    """The path of each notebook in turn."""
    return request.param


@pytest.fixture
def book(path):
    """Each notebook in turn, as it is in the checkout."""
    return nbformat.read(path, as_version=4)


def client():
    """Return what runs cells, and has no kernel yet."""
    return nbclient.NotebookClient(
        nbformat.v4.new_notebook(),
        timeout=60,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(ROOT / "notebooks")}},
    )


@pytest.fixture(scope="session")
def warm():
    """What the first kernel opens for all, such as an event loop, is open."""
    with client().setup_kernel():
        pass


@pytest.fixture
def kernel(warm, tmp_path, monkeypatch):
    """Run cells in one kernel, one after the other; its files are its own.

    Call it with sources; it returns the executed cells.
    """
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    runner = client()

    def run(*sources):
        runner.nb.cells = [nbformat.v4.new_code_cell(each) for each in sources]
        return [
            runner.execute_cell(cell, index)
            for index, cell in enumerate(runner.nb.cells)
        ]

    run.client, run.scratch = runner, scratch
    with runner.setup_kernel():
        yield run
