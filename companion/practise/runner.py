"""The companion's end of the line to the warden."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from companion.environment import ROOT, TroubleError


class Runner:
    """Has trials made by a warden, which is started when first needed.

    Use it in a `with` block: whatever runs when it is left is killed.
    """

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Runner:
        """Enter a `with` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Send the warden away."""
        self.close()

    def start(self) -> subprocess.Popen[bytes]:
        """Start the warden, unless it is there: it takes a moment."""
        if self.process is None:
            if not hasattr(os, "fork"):
                raise TroubleError(
                    "The exercises need a system that can fork, and this one "
                    "cannot. On Windows, run the command in WSL."
                )
            self.process = subprocess.Popen(
                [sys.executable, "-m", "companion.practise.warden"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                # Out of reach of a Ctrl-C, which is meant for the companion:
                # the warden hears of its end, and tidies up.
                start_new_session=True,
            )
        return self.process

    def trials(
        self, orders: Sequence[Mapping[str, object]]
    ) -> list[dict[str, Any]]:
        """Have trials made, side by side, and return their replies.

        Raises TroubleError if the warden fails.
        """
        warden = self.start()
        assert warden.stdin is not None
        assert warden.stdout is not None
        try:
            warden.stdin.write(json.dumps({"trials": orders}).encode() + b"\n")
            warden.stdin.flush()
            line = warden.stdout.readline()
        except OSError:
            line = b""
        if not line:
            assert warden.stderr is not None
            said = warden.stderr.read().decode(errors="replace").strip()
            self.close()
            raise TroubleError(
                "The process that runs your code was ended from outside, or "
                "failed. Run the command again. It said: "
                f"{said.splitlines()[-1] if said else 'nothing'}"
            )
        replies: list[dict[str, Any]] = json.loads(line)
        return replies

    def close(self) -> None:
        """Send the warden away, with all that it watches; harmless twice."""
        warden, self.process = self.process, None
        if warden is not None:
            assert warden.stdin is not None
            # One that was killed cannot take what is left to be written.
            with suppress(BrokenPipeError):
                warden.stdin.close()
            with warden:
                warden.wait()
