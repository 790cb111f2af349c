"""What does super() mean in a mix-in? The next in line."""

from socketserver import TCPServer, ThreadingMixIn, ThreadingTCPServer


def after(kind, mixed):
    """Return the class that super() in `kind` means, for a `mixed` object."""
    line = mixed.__mro__
    return line[line.index(kind) + 1]


class Alone(ThreadingMixIn):
    """A mix-in without a server."""


for place, kind in enumerate(ThreadingTCPServer.__mro__, 1):
    print(place, kind.__name__)

print("super() in ThreadingMixIn means")
print("  ", after(ThreadingMixIn, ThreadingTCPServer).__name__)
print("  ", after(ThreadingMixIn, Alone).__name__, "if it stands alone")
print("parents of ThreadingMixIn:", ThreadingMixIn.__bases__[0].__name__)
print("a TCPServer?", issubclass(ThreadingMixIn, TCPServer))
