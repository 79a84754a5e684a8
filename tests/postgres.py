"""A Postgres of the tests' own: a cluster in a temporary folder, from the binaries that the machine has."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

__all__ = ["Cluster", "binaries", "cluster"]

UNPRIVILEGED = "postgres"
"""Who runs it where we are root, as whom Postgres refuses to run."""


class Cluster:
    """A running Postgres.

    Args:
        url: of a database that its superuser may use.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._count = 0

    def fresh(self) -> str:
        """The URL of a new, empty database."""
        self._count += 1
        name = f"seedbed_{os.getpid()}_{self._count}"
        engine = create_engine(self._url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return engine.url.set(database=name, drivername="postgresql").render_as_string(hide_password=False)


def binaries() -> Path | None:
    """The folder of Postgres' programs, if it is installed; Debian keeps them off the path."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    return folders[-1].parent if folders else None


@contextmanager
def cluster(programs: Path) -> Iterator[Cluster]:
    """A cluster on a free loopback port, stopped and deleted at the end."""
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="seedbed-postgres-"))
    if user:
        shutil.chown(folder, user)
    try:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        data, log = folder / "data", folder / "log"
        init: list[str | Path] = [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "--auth=trust",
            "--no-sync",
            "--encoding=UTF8",
        ]
        subprocess.run(init, user=user, cwd=folder, check=True, capture_output=True)
        options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "fsync": "off"}
        arguments = [f"--{name}={value}" for name, value in options.items()]
        command: list[str | Path] = [programs / "postgres", "-D", data, *arguments]
        with log.open("wb") as output:
            process = subprocess.Popen(command, user=user, cwd=folder, stdout=output, stderr=output)
        try:
            url = f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
            _await(url, process, log)
            yield Cluster(url)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)
    finally:
        shutil.rmtree(folder)


def _await(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    engine, until = create_engine(url), time.monotonic() + 120
    while True:
        try:
            engine.connect().close()
            engine.dispose()
            return
        except OperationalError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.1)
