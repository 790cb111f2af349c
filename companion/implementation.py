"""Which implementation of `socketserver`? What `--impl` stands for."""

import importlib
import importlib.util
import socketserver
import sys
import traceback
from pathlib import Path
from types import ModuleType

NAMED = {"stdlib": "socketserver", "mini": "minisocketserver"}
"""The two modules that have a name of their own."""


class NoImplementationError(Exception):
    """There is no such implementation; says why in one sentence."""


def find(spec: str, folder: Path) -> ModuleType:
    """Import and return what spec names: stdlib, mini, or a path.

    A path is a .py file, or the folder of a package, and may be relative to
    `folder`. Raises NoImplementationError, in words for who gave the spec.
    """
    try:
        if spec in NAMED:
            return importlib.import_module(NAMED[spec])
        source = _source(folder / spec)
        module = load(_free_name(folder / spec), source)
    except NoImplementationError as error:
        raise NoImplementationError(f"--impl={spec}: {error}") from None
    except (Exception, SystemExit) as error:
        raise NoImplementationError(
            f"--impl={spec}: it cannot be imported: {_explain(error)}"
        ) from None
    if not any(hasattr(module, name) for name in socketserver.__all__):
        raise NoImplementationError(
            f"--impl={spec}: it has none of socketserver's classes, not even"
            " BaseServer; is it the right file?"
        )
    return module


def load(name: str, path: Path | str) -> ModuleType:
    """Import the .py file at path as module `name`.

    An `__init__.py` makes a package: its relative imports work. On failure
    the module is forgotten again and the exception comes out.
    """
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file", path=str(path))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _source(path: Path) -> Path:
    """Return the file to import for a path that somebody gave."""
    if not path.exists():
        raise NoImplementationError(
            "there is no such file or folder; give stdlib, mini, or the path"
            " of your own module"
        )
    source = path / "__init__.py" if path.is_dir() else path
    if not source.exists():
        raise NoImplementationError(
            "the folder has no __init__.py, so it is no package; add one, or"
            " give a .py file"
        )
    if source.suffix != ".py":
        raise NoImplementationError(
            "it is neither a .py file nor a package's folder"
        )
    return source


def _free_name(path: Path) -> str:
    """Return a module name for a path: its own, if nobody has that yet.

    A learner's socketserver.py becomes socketserver_: the original stays.
    """
    name = path.resolve().stem
    while name in sys.modules or name in sys.stdlib_module_names:
        name += "_"
    return name


def _explain(error: BaseException) -> str:
    """Say in one line what went wrong, and where."""
    if isinstance(error, SyntaxError):
        message, path, line = error.msg, error.filename, error.lineno
    else:
        last = traceback.extract_tb(error.__traceback__)[-1]
        message = f"{type(error).__name__}: {error}"
        path, line = last.filename, last.lineno
    return f"{message} ({Path(path).name}, line {line})"
