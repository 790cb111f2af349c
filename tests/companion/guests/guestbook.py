"""What every guest does: serve in a thread, and sign for what it stood on.

A guest is a script. It serves real requests with a package that stands on
`socketserver`, whichever implementation Python finds under that name, and
prints JSON.
"""

import json
import sys
import threading
from contextlib import contextmanager


@contextmanager
def serving(server):
    """Let `server` serve in a thread; stop it, then close it."""
    loop = threading.Thread(target=server.serve_forever)
    loop.start()
    try:
        yield server.server_address
    finally:
        server.shutdown()
        loop.join()
        server.server_close()


def sign(servers, answers):
    """Print which modules the servers' classes come from, and the answers."""
    modules = {
        base.__module__ for server in servers for base in type(server).__mro__
    }
    json.dump({"modules": sorted(modules), "answers": answers}, sys.stdout)
