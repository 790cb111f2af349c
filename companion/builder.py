"""A build that waits for its order; until then it loads what is not ours.

    read ──order──▶ builder ──▶ site
      └──starts the next one, which waits

A reader need not wait for that. What is ours is loaded after the order, so
that a changed tool counts at once.
"""

import signal
import sys
from importlib import import_module

NOT_OURS = (
    "material.plugins.search.plugin",
    "mkdocs.commands.build",
    "PIL.ImageFont",
    "pygments.formatters.html",
    "pygments.lexers.python",
    "pymdownx.superfences",
)


def main() -> int:
    """Carry out the order on the standard input: how `read` is called.

    Whoever goes away without an order leaves an empty one.
    """
    # Until then, a Ctrl-C is for whoever gives the order.
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in NOT_OURS:
        import_module(name)
    order = sys.stdin.read().splitlines()
    signal.signal(signal.SIGINT, usual)
    if not order:
        return 0
    from companion.commands import main as carry_out

    return carry_out(["read", *order])


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)  # the shells' status for Ctrl-C
