"""Stands where the standard library's `socketserver` would be found.

Put this folder first in `PYTHONPATH` and the project's root after it. Then
`import socketserver` gives minisocketserver, in child processes too, and all
that stands on the original stands on the mini without being asked.

`SOCKETSERVER_IMPL` may name another implementation: a file, or the folder of
a package. It then runs under the original's name.
"""

import importlib
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType


def load(path: Path) -> ModuleType:
    """Run the file or package at `path` as the module called `socketserver`.

    Whatever the implementation raises while it is run goes to the importer.
    """
    file = path / "__init__.py" if path.is_dir() else path
    spec = importlib.util.spec_from_file_location(__name__, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is not a Python file", path=str(file))
    module = importlib.util.module_from_spec(spec)
    # Known by its name before it runs, or a package could not import its
    # own parts.
    sys.modules[__name__] = module
    spec.loader.exec_module(module)
    return module


impl = os.environ.get("SOCKETSERVER_IMPL")
sys.modules[__name__] = (
    load(Path(impl)) if impl else importlib.import_module("minisocketserver")
)
