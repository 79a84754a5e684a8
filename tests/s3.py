"""An S3 of the tests' own: a folder, served by rclone on a loopback port."""

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["Bucket", "bucket", "rclone"]

KEY, SECRET = "the-tests-own-key", "the-tests-own-secret"


class Bucket:
    """An empty bucket, and the server that serves it, which may be stopped and started again.

    Args:
        program: rclone.
        folder: what the bucket holds, as files; made if it lacks.
        port: where the server listens.
    """

    url = "s3://bucket/images"

    def __init__(self, program: str, folder: Path, port: int) -> None:
        (folder / "bucket").mkdir(parents=True, exist_ok=True)
        server = [program, "serve", "s3", "--config", "/dev/null", "--addr", f"127.0.0.1:{port}"]
        self._command = [*server, "--auth-key", f"{KEY},{SECRET}", str(folder)]
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None
        self.environment = {
            "AWS_ENDPOINT": f"http://127.0.0.1:{port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
        }
        """What a process needs in order to find it."""

    def start(self) -> None:
        """Serve; comes back once it does."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=5).close()
                return
            except OSError:
                assert self._process.poll() is None, "rclone did not start"
                assert time.monotonic() < until, "rclone does not answer"
                time.sleep(0.05)

    def send(self, number: signal.Signals) -> None:
        """Send the server a signal."""
        if self._process is not None:
            self._process.send_signal(number)

    def stop(self) -> None:
        """Kill the server; what it had answered stays in the folder."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(30)


def rclone() -> str | None:
    """The program, if it is installed: beside this Python, or anywhere."""
    return shutil.which("rclone", path=str(Path(sys.executable).parent)) or shutil.which("rclone")


@contextmanager
def bucket(folder: Path) -> Iterator[Bucket]:
    """A bucket that is served, as long as this lasts."""
    program = rclone()
    assert program is not None, "rclone is not installed"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    served = Bucket(program, folder, port)
    try:
        served.start()
        yield served
    finally:
        served.stop()
