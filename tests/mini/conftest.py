"""A Redis server for the tests that need one, started on a free port."""

import shutil
import socket
import subprocess

import pytest

from companion.environment import in_ci


class Redis:
    """A redis-server that a test may kill and start again."""

    def __init__(self, program, folder):
        self._program, self._folder = program, folder
        with socket.create_server(("127.0.0.1", 0)) as sock:
            self.port = sock.getsockname()[1]
        self._process = None

    @property
    def where(self):
        return f"127.0.0.1:{self.port}"

    def start(self):
        """Start it, and return when it listens."""
        keep_nothing = ["--save", "", "--appendonly", "no"]
        where = ["--bind", "127.0.0.1", "--port", str(self.port)]
        self._process = subprocess.Popen(
            [self._program, *where, *keep_nothing, "--dir", self._folder],
            stdout=subprocess.PIPE,
            text=True,
        )
        for line in self._process.stdout:
            if "Ready to accept connections" in line:
                return
        pytest.fail(f"redis-server does not start on port {self.port}")

    def kill(self):
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


@pytest.fixture
def redis_server(tmp_path):
    """A `Redis`, running. Without one the test is skipped, never in CI."""
    program = shutil.which("redis-server")
    if not program:
        reason = "no redis-server on the path: nothing crosses machines"
        (pytest.fail if in_ci() else pytest.skip)(reason)
    server = Redis(program, str(tmp_path))
    server.start()
    yield server
    server.kill()
