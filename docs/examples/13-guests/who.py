"""Who in the standard library stands on socketserver, and fills in what?"""

import importlib
import inspect
import logging.config
import socketserver

THEIRS = {
    each for each in vars(socketserver).values() if isinstance(each, type)
}


def is_guest(cls):
    """Tell whether a class inherits from one of socketserver's."""
    return cls not in THEIRS and not THEIRS.isdisjoint(cls.__mro__)


def classes(module):
    """List what a module defines, in the order of its lines."""
    found = [
        cls
        for cls in vars(importlib.import_module(module)).values()
        if inspect.isclass(cls) and cls.__module__ == module
    ]
    # These two are made inside a function, which hands them to a thread.
    if module == "logging.config":
        thread = logging.config.listen(0)
        found += [thread.rcvr, thread.hdlr]
    return filter(is_guest, found)


def fills_in(cls):
    """List what a class overrides that socketserver has written."""
    written = {
        name
        for each in cls.__mro__
        if each in THEIRS
        for name in vars(each)
        if name == "__init__" or not name.startswith("__")
    }
    return sorted(written & vars(cls).keys())


for module in (
    "http.server",
    "xmlrpc.server",
    "wsgiref.simple_server",
    "logging.config",
):
    print(module)
    for cls in classes(module):
        parents = ", ".join(base.__name__ for base in cls.__bases__)
        print(f"  {cls.__name__}({parents})")
        print("     ", ", ".join(fills_in(cls)) or "nothing")
