"""Stands where the standard library's `socketserver` would be found.

Put this folder first in `PYTHONPATH` and the project's root after it. Then
`import socketserver` gives minisocketserver, in child processes too, and all
that stands on the original stands on the mini without being asked.

`SOCKETSERVER_IMPL` may name another implementation: a file, or the folder of
a package. It then runs under the original's name.
"""

import importlib
import os
import sys
from pathlib import Path

impl = os.environ.get("SOCKETSERVER_IMPL")
if impl:
    from companion.implementation import load

    path = Path(impl)
    load(__name__, path / "__init__.py" if path.is_dir() else path)
else:
    sys.modules[__name__] = importlib.import_module("minisocketserver")
