"""What does a process cost, in threads?"""

import socket
import statistics
import time
from socketserver import (
    BaseRequestHandler,
    ForkingTCPServer,
    ThreadingTCPServer,
)


def seconds(kind, requests=30):
    """Measure the processor time that the server spends on handing over."""
    with kind(("127.0.0.1", 0), BaseRequestHandler) as server:
        start = time.process_time()
        for _ in range(requests):
            with socket.create_connection(server.server_address) as client:
                server.handle_request()
                client.recv(1)
        return time.process_time() - start


rounds = [
    seconds(ForkingTCPServer) / seconds(ThreadingTCPServer) for _ in range(5)
]
ratio = statistics.median(rounds)
print("a process costs more than a thread:", ratio > 1)
