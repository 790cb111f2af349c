"""A socketserver module by its name or by its path."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

NAMES = {"stdlib": "socketserver", "mini": "minisocketserver"}


class UnknownImplementationError(Exception):
    """Nothing there can be measured; says what is wrong."""


def load(name: str) -> ModuleType:
    """Import ``stdlib``, ``mini``, or the module or package at a path.

    Raises UnknownImplementationError if there is no such thing, or if it
    does not look like a socketserver.
    """
    try:
        module = _by_name(name) if name in NAMES else _by_path(Path(name))
    except ImportError as error:
        raise UnknownImplementationError(
            f"{name} cannot be imported: {error}."
        ) from error
    if not hasattr(module, "TCPServer"):
        raise UnknownImplementationError(
            f"{name} has no TCPServer: give a module like socketserver."
        )
    return module


def _by_name(name: str) -> ModuleType:
    return importlib.import_module(NAMES[name])


def _by_path(path: Path) -> ModuleType:
    file = path / "__init__.py" if path.is_dir() else path
    if not file.is_file() or file.suffix != ".py":
        raise UnknownImplementationError(
            f"There is no module at {path}: give stdlib, mini, a .py file "
            "or a package's folder."
        )
    spec = importlib.util.spec_from_file_location(
        "measured",
        file,
        submodule_search_locations=[str(path)] if path.is_dir() else None,
    )
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
