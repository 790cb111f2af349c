"""Which module the tests run on: what `--impl` stands for."""

import importlib
import importlib.util
import socketserver
import sys
import traceback
from pathlib import Path

NAMED = {"stdlib": "socketserver", "mini": "minisocketserver"}
"""The two modules that have a name of their own."""


class NoModuleError(Exception):
    """There is no module to test; says why in one sentence."""


def find(spec, folder):
    """Import and return what spec names: stdlib, mini, or a path.

    A path is a .py file, or the folder of a package, and may be relative to
    `folder`.  Raises NoModuleError with a sentence for who gave the spec.
    """
    try:
        if spec in NAMED:
            return importlib.import_module(NAMED[spec])
        source = _source(folder / spec)
        module = load(_free_name(folder / spec), source)
    except NoModuleError as error:
        raise NoModuleError(f"--impl={spec}: {error}") from None
    except (Exception, SystemExit) as error:
        raise NoModuleError(
            f"--impl={spec}: it cannot be imported: {_explain(error)}"
        ) from None
    if not any(hasattr(module, name) for name in socketserver.__all__):
        raise NoModuleError(
            f"--impl={spec}: it has none of socketserver's classes, not even"
            " BaseServer; is it the right file?"
        )
    return module


def load(name, path):
    """Import the .py file at path as module `name`.

    An `__init__.py` makes a package: its relative imports work.  On failure
    the module is forgotten again and the exception comes out.
    """
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _source(path):
    """Return the file to import for a path that somebody gave."""
    if not path.exists():
        raise NoModuleError(
            "there is no such file or folder; give stdlib, mini, or the path"
            " of your own module"
        )
    source = path / "__init__.py" if path.is_dir() else path
    if not source.exists():
        raise NoModuleError(
            "the folder has no __init__.py, so it is no package; add one, or"
            " give a .py file"
        )
    if source.suffix != ".py":
        raise NoModuleError("it is neither a .py file nor a package's folder")
    return source


def _free_name(path):
    """Return a module name for a path: its own, if nobody has that yet.

    A learner's socketserver.py becomes socketserver_: the original stays.
    """
    name = path.resolve().stem
    while name in sys.modules or name in sys.stdlib_module_names:
        name += "_"
    return name


def _explain(error):
    """Say in one line what went wrong, and where."""
    if isinstance(error, SyntaxError):
        message, path, line = error.msg, error.filename, error.lineno
    else:
        last = traceback.extract_tb(error.__traceback__)[-1]
        message = f"{type(error).__name__}: {error}"
        path, line = last.filename, last.lineno
    return f"{message} ({Path(path).name}, line {line})"
