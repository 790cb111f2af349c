"""What may stand behind an option, said in words when it may not."""

import argparse
from pathlib import Path


def writable(name: str) -> Path:
    """Read the name of a file, and make sure that it can be written.

    What is in the file stays; one that is not there is made, empty.
    """
    path = Path(name)
    try:
        path.open("a", encoding="utf-8").close()
    except OSError as error:
        raise argparse.ArgumentTypeError(
            f"{name} cannot be written: {error.strerror}"
        ) from None
    return path


def port_number(text: str) -> int:
    """Read a port from the command line."""
    if text.isdecimal() and 0 < int(text) < 2**16:
        return int(text)
    raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
