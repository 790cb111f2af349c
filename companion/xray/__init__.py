"""The X-ray: a run of a real server, recorded, to be walked through."""

from .calls import Call, calls
from .recording import Act, Function, Lane, Recording, Socket, Step
from .store import SCENARIOS, RecordingError, load, record, script

__all__ = [
    "SCENARIOS",
    "Act",
    "Call",
    "Function",
    "Lane",
    "Recording",
    "RecordingError",
    "Socket",
    "Step",
    "calls",
    "load",
    "record",
    "script",
]
