"""A child has ended. Who knows about it, and until when?"""

import os
import socket
from socketserver import BaseRequestHandler, ForkingTCPServer


def in_the_table(pid):
    """Say whether the kernel still keeps an entry for a process."""
    try:
        os.kill(pid, 0)  # signal 0 does nothing but look
    except ProcessLookupError:
        return False
    return True


with ForkingTCPServer(("127.0.0.1", 0), BaseRequestHandler) as server:
    with socket.create_connection(server.server_address):
        server.handle_request()
    [child] = server.active_children

    # Wait until it has ended, and leave the exit status where it is.
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    print("ended; in the kernel's table:", in_the_table(child))
    print("       in active_children:   ", child in server.active_children)

    server.service_actions()
    print("asked; in the kernel's table:", in_the_table(child))
    print("       in active_children:   ", child in server.active_children)
