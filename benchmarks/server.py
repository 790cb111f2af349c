"""One server in a process of its own: ``python -m benchmarks.server``.

It serves in its main thread, as a program would, and says so on its standard
output once it listens. On SIGUSR1 it writes one line more: the seconds of
processor time spent so far. SIGUSR2 does no more than wake it.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from benchmarks.workloads import (
    WORKLOADS,
    Workload,
    handler_class,
    server_class,
)
from companion.implementation import find


def main(implementation: str, workload: str, path: str) -> None:
    """Serve *workload* until the process is killed.

    *path* is the Unix server's address; the others take a free port.
    """
    work = WORKLOADS[workload]
    server = _server(implementation, work, path)
    # An interrupt from the keyboard is for who started this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGUSR2, lambda *_: None)
    signal.signal(signal.SIGUSR1, lambda *_: _say(_processor_time(server)))
    _say(path if work.unix else server.server_address[1])
    if work.loop == "handle_request":
        while True:
            server.handle_request()
    server.serve_forever()


def _server(implementation: str, work: Workload, path: str) -> Any:
    impl = find(implementation, Path())
    address = path if work.unix else ("127.0.0.1", 0)
    return server_class(impl, work)(address, handler_class(impl, work))


def _processor_time(server: Any) -> float:
    """Seconds that this process, its threads and its children have run."""
    if hasattr(server, "collect_children"):
        # A child is counted only once it has been waited for.
        server.collect_children(blocking=True)
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    usages = [resource.getrusage(who) for who in whose]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _say(what: object) -> None:
    os.write(sys.stdout.fileno(), f"{what}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
