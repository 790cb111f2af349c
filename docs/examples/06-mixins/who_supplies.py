"""Which class supplies a method? Python's answer, in a table."""

from socketserver import TCPServer, ThreadingMixIn


class Mixed(ThreadingMixIn, TCPServer):
    """The mix-in in front."""


class Swapped(TCPServer, ThreadingMixIn):
    """The mix-in behind."""


HOOKS = (
    "get_request",
    "verify_request",
    "process_request",
    "process_request_thread",
    "finish_request",
    "shutdown_request",
    "server_close",
)


def supplier(kind, name):
    """Go along the method resolution order; return the first that has it."""
    return next(each for each in kind.__mro__ if name in vars(each))


print(f"{'':24}{'Mixed':16}Swapped")
for name in HOOKS:
    mixed = supplier(Mixed, name).__name__
    swapped = supplier(Swapped, name).__name__
    mark = "" if mixed == swapped else "  <-"
    print(f"{name:24}{mixed:16}{swapped:14}{mark}".rstrip())
