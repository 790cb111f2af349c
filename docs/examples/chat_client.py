"""A client for the chat: python3 -m docs.examples.chat_client [HOST] [PORT]

Like `nc HOST PORT`, for those who have none: what you type goes out, what
comes in is printed.
"""

import contextlib
import socket
import sys
import threading


def show(sock):
    """Print what comes in, until the other side hangs up."""
    with contextlib.suppress(OSError), sock.makefile("rb") as lines:
        for line in lines:
            print(line.decode("utf-8", "replace"), end="", flush=True)


def say(sock):
    """Send what is typed; at its end, say that no more will come."""
    with contextlib.suppress(OSError):
        for line in sys.stdin:
            sock.sendall(line.encode())
        sock.shutdown(socket.SHUT_WR)


def main(host="127.0.0.1", port="8002"):
    """Chat until either side hangs up; return the exit status."""
    try:
        sock = socket.create_connection((host, int(port)))
    except (OSError, OverflowError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        print(f"There is no chat at {host}:{port}: {why}.", file=sys.stderr)
        return 1
    with sock, contextlib.suppress(KeyboardInterrupt):
        threading.Thread(target=say, args=[sock], daemon=True).start()
        show(sock)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
